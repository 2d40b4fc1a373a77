"""What of a source is wanted: projects by name or pattern, less what is left out."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from packaging.utils import NormalizedName, canonicalize_name

from serverless_pypi.errors import CommandError
from serverless_pypi.printable import printable
from serverless_pypi.sources import Source
from serverless_pypi.sources.errors import NoSourceError
from simple_index.filenames import is_normalized

__all__ = ["NothingMatchesError", "Wanted"]

_WILD = frozenset("*?[")


class NothingMatchesError(CommandError):
    def __init__(self, source: str, pattern: str) -> None:
        super().__init__(f"No project of {source} matches {pattern!r}: see how they are called there.")


class Wanted:
    """*projects* are names or patterns, as ``acme-*``; without any it is every one.

    *exclude* is matched against the names of projects and of files.
    """

    def __init__(self, projects: Sequence[str], exclude: Sequence[str]) -> None:
        # A name is a name however it is spelled, and so is a pattern of names.
        self._projects = [canonicalize_name(project) for project in projects]
        self._excluded_projects = [canonicalize_name(pattern) for pattern in exclude]
        self._excluded_files = list(exclude)

    def choose(self, source: Source) -> tuple[list[NormalizedName], list[str]]:
        """The wanted projects of *source*, and names in its list that are none.

        The list is not asked for where each project is named: an index may have none.
        Raises `NoSourceError` and `NothingMatchesError`.
        """
        named = {name for name in self._projects if not _is_pattern(name)}
        patterns = [name for name in self._projects if _is_pattern(name)]
        if self._projects and not patterns:
            return sorted(self._less(named)), []
        listed, bad = _normalized(source.projects())
        if not listed:
            raise NoSourceError(f"There are no projects in {source.name}: check what it names.")
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in listed):
                raise NothingMatchesError(source.name, pattern)
        matching = {name for name in listed if not patterns or _matches(name, patterns)}
        return sorted(self._less(named | matching)), bad

    @property
    def is_everything(self) -> bool:
        """Whether no project is named."""
        return not self._projects

    def leaves_out(self, filename: str) -> bool:
        return _matches(filename, self._excluded_files)

    def _less(self, projects: Iterable[NormalizedName]) -> Iterable[NormalizedName]:
        return (name for name in projects if not _matches(name, self._excluded_projects))


def _is_pattern(name: str) -> bool:
    return not _WILD.isdisjoint(name)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _normalized(names: Iterable[str]) -> tuple[set[NormalizedName], list[str]]:
    listed, bad = set[NormalizedName](), list[str]()
    for name in names:
        normalized = canonicalize_name(name)
        if is_normalized(normalized):
            listed.add(normalized)
        else:
            bad.append(printable(name))
    return listed, bad
