"""Yanking: an object beside each file, which says by standing there what the page then repeats (PEP 592)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from serverless_pypi.store import Store
from simple_index import keys
from simple_index.model import File, ProjectDetail

__all__ = ["Mark", "are_gone", "are_ours", "are_shown", "mark", "unmark"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A mark that was put beside a file just now."""

    filename: str
    etag: str
    #: Of the one that the page showed before, if it showed one.
    before: str | None


def mark(store: Store, project: NormalizedName, files: Iterable[File], reason: str | None) -> list[Mark]:
    """Yank *files*, but for those that are yanked already, for that reason if one is given."""
    text = f"{reason}\n".encode() if reason else b""
    return [
        Mark(
            filename=file.filename,
            etag=store.put(_key(project, file.filename), text),
            before=file.yanked.etag if file.yanked else None,
        )
        for file in files
        if file.yanked is None or reason not in (None, file.yanked.text)
    ]


def unmark(store: Store, project: NormalizedName, files: Sequence[File]) -> list[str]:
    """Take back the yank of *files*; the names of those that had a mark, be it on the page yet or not."""
    there = {listed.key for listed in store.list(keys.project_prefix(project))}
    marked = [file.filename for file in files if _key(project, file.filename) in there]
    for filename in marked:
        store.delete(_key(project, filename))
    return marked


def are_shown(detail: ProjectDetail, marks: Iterable[Mark]) -> bool:
    """Whether the page has read each mark, or one that somebody else has put in its place by now."""
    shown = {file.filename: file.yanked.etag for file in detail.files if file.yanked is not None}
    return all(
        one.filename in shown and (shown[one.filename] == one.etag or shown[one.filename] != one.before)
        for one in marks
    )


def are_ours(detail: ProjectDetail, marks: Iterable[Mark]) -> bool:
    """Whether the marks that the page has read are those that were put just now."""
    shown = {file.filename: file.yanked.etag for file in detail.files if file.yanked is not None}
    return all(shown.get(one.filename) == one.etag for one in marks)


def are_gone(detail: ProjectDetail, files: Iterable[File]) -> bool:
    """Whether the page says of none of *files* that it is yanked."""
    names = {file.filename for file in files}
    return not any(file.filename in names and file.yanked is not None for file in detail.files)


def _key(project: NormalizedName, filename: str) -> str:
    return keys.yanked_of(keys.project_prefix(project) + filename)
