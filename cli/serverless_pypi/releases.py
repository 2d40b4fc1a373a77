"""Which files of a project are meant: those of a version, or one by its filename."""

import difflib
import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from serverless_pypi.errors import CommandError, UnreadablePageError
from serverless_pypi.index import Index
from serverless_pypi.wording import counted, releases
from simple_index import keys, memory
from simple_index.errors import InvalidPageError, RefusedError
from simple_index.filenames import is_normalized, parse_filename
from simple_index.model import File, ProjectDetail

__all__ = ["NoSuchFileError", "NoSuchProjectError", "Selection", "read_project", "select"]

#: How many of what there is are named.
_MOST_NAMED = 10


class NoSuchProjectError(CommandError):
    def __init__(self, name: str, close: Sequence[str]) -> None:
        meant = f": did you mean {' or '.join(close)}?" if close else ": check its name."
        super().__init__(f"The index has no project {name!r}{meant}")


class NoSuchFileError(CommandError):
    def __init__(self, detail: ProjectDetail, wanted: str, there: Sequence[str]) -> None:
        has = f"it has {_some(there)}" if there else "it has no files"
        super().__init__(f"{detail.project} has no {wanted!r}, as a version or a filename: {has}.")


class RemovedError(CommandError):
    def __init__(self, project: NormalizedName, removed: Sequence[str]) -> None:
        super().__init__(
            f"{_some(removed)} of {project} {'was' if len(removed) == 1 else 'were'} removed before: first "
            'publish the same bytes again, or restore them ("Restore a deleted file" in docs/operating.md).'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What is meant of a project. Of *removed* files the index has only the names."""

    project: NormalizedName
    files: tuple[File, ...]
    removed: tuple[str, ...]

    def __str__(self) -> str:
        of = releases((self.project, file.version) for file in self.files)
        return f"{counted(len(self.files), 'file')} of {of}"

    @property
    def filenames(self) -> list[str]:
        return [file.filename for file in self.files]

    def only(self, filenames: Iterable[str]) -> "Selection":
        """What of it has one of these names."""
        names = set(filenames)
        return replace(self, files=tuple(file for file in self.files if file.filename in names))

    def as_json(self, changed: Iterable[str]) -> list[dict[str, Any]]:
        """Each file, and whether it is one of those that were *changed* just now."""
        names = set(changed)
        return [
            {
                "filename": file.filename,
                "version": file.version,
                "sha256": file.sha256,
                "size": file.size,
                "changed": file.filename in names,
            }
            for file in self.files
        ]

    def existing(self) -> "Selection":
        """Itself, if any of it is there still. Raises `RemovedError`."""
        if not self.files:
            raise RemovedError(self.project, self.removed)
        return self


def read_project(index: Index, name: str) -> ProjectDetail:
    """What the page of the project says, however its name is spelled. Raises `NoSuchProjectError`."""
    project = canonicalize_name(name.strip())
    page = index.page(project) if is_normalized(project) else None
    if page is None:
        raise NoSuchProjectError(name, difflib.get_close_matches(project, _projects(index)))
    return page.detail


def select(detail: ProjectDetail, wanted: Iterable[str]) -> Selection:
    """All that is *wanted*, in order of filenames, each once. Raises `NoSuchFileError`."""
    files, removed = dict[str, File](), set[str]()
    for each in wanted:
        found = [file for file in detail.files if _is_meant(each, file.filename)]
        gone = [one.filename for one in detail.removed if _is_meant(each, one.filename)]
        if not found and not gone:
            raise NoSuchFileError(detail, each, _alternatives(detail, each))
        files |= {file.filename: file for file in found}
        removed |= set(gone)
    return Selection(
        project=detail.project,
        files=tuple(files[filename] for filename in sorted(files)),
        removed=tuple(sorted(removed - files.keys())),
    )


def _is_meant(wanted: str, filename: str) -> bool:
    """Versions are compared, not their spellings: "1.0" is also "1.0.0" and "v1"."""
    if keys.is_distribution(wanted):
        return filename == wanted
    try:
        return Version(parse_filename(filename).version) == Version(wanted)
    except (InvalidVersion, RefusedError):
        return False


def _alternatives(detail: ProjectDetail, wanted: str) -> Sequence[str]:
    """What may have been meant: close filenames, else the versions, the newest first."""
    filenames = sorted(file.filename for file in detail.files)
    if keys.is_distribution(wanted):
        return difflib.get_close_matches(wanted, filenames) or filenames
    return sorted({file.version for file in detail.files}, key=Version, reverse=True)


def _projects(index: Index) -> list[str]:
    stored = index.store.read(keys.PROJECT_LIST_JSON)
    if stored is None:
        return []
    try:
        projects, _ = memory.parse_list(gzip.decompress(stored.body))
    except (InvalidPageError, OSError, EOFError, zlib.error):
        raise UnreadablePageError(keys.PROJECT_LIST_JSON) from None
    return [*projects.projects, *projects.emptied]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
