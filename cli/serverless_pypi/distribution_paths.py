"""The distributions that are meant by files, folders and patterns on a command line."""

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simple_index import keys
from simple_index.filenames import DISTRIBUTION_SUFFIXES

__all__ = ["Found", "find_distributions"]


@dataclass(kw_only=True, slots=True)
class Found:
    """What was found, in the order of the command line."""

    #: Each file once, however often it is named.
    paths: list[Path] = field(default_factory=list)
    #: By the argument or the file: why it is nothing to publish.
    problems: dict[str, str] = field(default_factory=dict)


def find_distributions(arguments: Sequence[str]) -> Found:
    """Files as they are named, and of each folder those that end as a distribution does.

    A pattern that the shell has left alone is taken as it would have been: Windows' expand none.
    """
    found, seen = Found(), dict[Path, Path]()
    for argument in arguments:
        try:
            for path in _of_argument(argument):
                seen.setdefault(path.resolve(), path)
        except _NothingError as error:
            found.problems[argument] = str(error)
        except OSError as error:
            found.problems[argument] = f"{argument!r} cannot be read: {error.strerror}."
    found.paths = list(seen.values())
    _tell_twins(found)
    return found


class _NothingError(Exception):
    """An argument that stands for no distribution; a sentence."""


def _of_argument(argument: str) -> Iterator[Path]:
    path = Path(argument)
    if not argument or "\0" in argument:
        raise _NothingError(f"{argument!r} is no file's name: name distributions, or the folder they are in.")
    if path.exists() or not glob.has_magic(argument):
        yield from _of_path(path)
        return
    matches = sorted(glob.glob(argument, recursive=True))
    if not matches:
        raise _NothingError(f"{argument!r} matches no file: build first, or name the distributions.")
    for match in matches:
        yield from _of_path(Path(match))


def _of_path(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise _NothingError(f"{str(path)!r} does not exist: build first, or check the name.")
    if not path.is_dir():
        raise _NothingError(f"{str(path)!r} is neither a file nor a folder: name distributions.")
    inside = sorted(one for one in path.iterdir() if keys.is_distribution(one.name) and one.is_file())
    if not inside:
        endings = ", ".join(DISTRIBUTION_SUFFIXES)
        raise _NothingError(f"the folder {str(path)!r} holds no distribution ({endings}): build first.")
    return inside


def _tell_twins(found: Found) -> None:
    """Two files of one name: at most one of them can be published."""
    first: dict[str, Path] = {}
    for path in found.paths:
        other = first.setdefault(path.name, path)
        if other != path:
            found.problems[str(path)] = f"{str(path)!r} has the name of {str(other)!r}: publish one of them."
    found.paths = list(first.values())
