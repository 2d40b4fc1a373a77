"""Yanking: an object beside each file, which says by standing there what the page then repeats (PEP 592)."""

from collections.abc import Iterable, Mapping, Sequence

from packaging.utils import NormalizedName

from serverless_pypi.store import Store
from simple_index import keys
from simple_index.model import File, ProjectDetail

__all__ = ["mark", "mark_of", "shows_marks", "shows_no_marks", "unmark"]


def mark_of(project: NormalizedName, filename: str) -> str:
    """The key of the object that yanks a file."""
    return keys.yanked_of(keys.project_prefix(project) + filename)


def mark(store: Store, project: NormalizedName, files: Iterable[File], reason: str | None) -> dict[str, str]:
    """Yank *files*, but for those that are yanked already, for that reason if one is given.

    The ETag of each mark that was put, by filename.
    """
    text = f"{reason}\n".encode() if reason else b""
    return {
        file.filename: store.put(mark_of(project, file.filename), text)
        for file in files
        if file.yanked is None or reason not in (None, file.yanked.text)
    }


def unmark(store: Store, project: NormalizedName, files: Sequence[File]) -> list[str]:
    """Take back the yank of *files*; the names of those that had a mark, be it on the page yet or not."""
    there = {listed.key for listed in store.list(keys.project_prefix(project))}
    marked = [file.filename for file in files if mark_of(project, file.filename) in there]
    for filename in marked:
        store.delete(mark_of(project, filename))
    return marked


def shows_marks(detail: ProjectDetail, marks: Mapping[str, str]) -> bool:
    """Whether the page was written with each of these very marks."""
    shown = {file.filename: file.yanked.etag for file in detail.files if file.yanked is not None}
    return all(shown.get(filename) == etag for filename, etag in marks.items())


def shows_no_marks(detail: ProjectDetail, filenames: Iterable[str]) -> bool:
    """Whether the page says of none of these files that it is yanked."""
    names = set(filenames)
    return not any(file.filename in names and file.yanked is not None for file in detail.files)
