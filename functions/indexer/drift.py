"""What of a project is not as its pages say.

One judgement for two: the indexer's walk asks whether anything drifted, and has the project rebuilt; the
operator's command asks what. It is made from a LIST and a reading of the pages, and asks nothing of S3.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from indexer.bucket import Bucket
from indexer.folder import Folder
from indexer.markers import provenance_url_of
from indexer.pages import Reading
from simple_index import keys
from simple_index.model import File, ProjectDetail, Unlisted

__all__ = ["Drift", "Kind", "drift_of"]

Kind = Literal["page", "status", "file", "metadata", "yanked", "provenance", "removed"]

#: How an object differs from what the page knows of it: it came, it went, or another stands there.
_Change = Literal["new", "gone", "other"]

_FILE: Mapping[_Change, str] = {
    "new": "is not on the page",
    "gone": "is on the page, and is gone",
    "other": "has another size or ETag than on the page",
}
_MARKER: Mapping[_Change, str] = {
    "new": "does not show on the page",
    "gone": "shows on the page, and is gone",
    "other": "is not the one that shows on the page",
}
_REMOVED: Mapping[_Change, str] = {
    "new": "is not remembered by the page",
    "gone": "is remembered by the page, and is gone",
    "other": "is not the one that the page remembers",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """An object that the pages know otherwise, or not at all."""

    kind: Kind
    key: str
    #: What is wrong with it: the rest of a sentence that begins with the key.
    problem: str

    def __str__(self) -> str:
        return f"{self.key} {self.problem}."


def drift_of(bucket: Bucket, reading: Reading[ProjectDetail], folder: Folder) -> Iterator[Drift]:
    """All that drifted; nothing where both pages are as they were written, and say what *folder* holds."""
    page = reading.content
    if page is None:
        yield from _of_no_page(reading, folder)
        return
    yield from _of_pages(reading, folder)
    yield from _of_marker("status", folder, keys.status_of(folder.project), page.status)
    yield from _of_files(folder, page)
    yield from _of_removed(folder, page)
    for file in page.files:
        yield from _of_companions(bucket, folder, file)
    for orphan in folder.orphans():
        yield Drift(kind="metadata", key=orphan.key, problem="has lost its file")


def _of_no_page(reading: Reading[ProjectDetail], folder: Folder) -> Iterator[Drift]:
    key = keys.detail_json(folder.project)
    if reading.json_etag is not None:
        yield Drift(kind="page", key=key, problem="is no page that the indexer wrote of this project")
    elif not folder.is_unused() or folder.get(keys.detail_html(folder.project)) is not None:
        yield Drift(kind="page", key=key, problem="is missing")


def _of_pages(reading: Reading[ProjectDetail], folder: Folder) -> Iterator[Drift]:
    json_key, html_key = keys.detail_json(folder.project), keys.detail_html(folder.project)
    if _change(folder, json_key, reading.json_etag) is not None:
        yield Drift(kind="page", key=json_key, problem="changed while it was compared")
    change = _change(folder, html_key, reading.html_etag)
    if change is not None:
        problem = "is missing" if change == "gone" else "is not the page that was written with index.json"
        yield Drift(kind="page", key=html_key, problem=problem)


def _of_marker(kind: Literal["status", "yanked"], folder: Folder, key: str, shown: Any) -> Iterator[Drift]:
    change = _change(folder, key, shown.etag if shown is not None else None)
    if change is not None:
        yield Drift(kind=kind, key=key, problem=_MARKER[change])


def _of_files(folder: Folder, page: ProjectDetail) -> Iterator[Drift]:
    entries: tuple[File | Unlisted, ...] = (*page.files, *page.unlisted)
    there = {(keys.filename_of(one.key), one.etag, one.size) for one in folder.distributions()}
    listed = {(entry.filename, entry.etag, entry.size) for entry in entries}
    for name, change in _changes(there, listed):
        yield Drift(kind="file", key=keys.project_prefix(folder.project) + name, problem=_FILE[change])


def _of_removed(folder: Folder, page: ProjectDetail) -> Iterator[Drift]:
    there = {(filename, listed.etag) for filename, listed in folder.remembered_files()}
    remembered = {(removed.filename, removed.etag) for removed in page.removed}
    for name, change in _changes(there, remembered):
        key = keys.removed_of(keys.project_prefix(folder.project) + name)
        yield Drift(kind="removed", key=key, problem=_REMOVED[change])


def _of_companions(bucket: Bucket, folder: Folder, file: File) -> Iterator[Drift]:
    key = keys.project_prefix(folder.project) + file.filename
    if not folder.metadata_stands(file):
        missing = folder.get(keys.metadata_of(key)) is None
        problem = "is missing" if missing else "is not the one that the page promises"
        yield Drift(kind="metadata", key=keys.metadata_of(key), problem=problem)
    yield from _of_marker("yanked", folder, keys.yanked_of(key), file.yanked)
    url = provenance_url_of(bucket, folder, file)
    if url != file.provenance:
        problem = (
            "is linked on the page, and is gone" if url is None else f"is not linked on the page as {url}"
        )
        yield Drift(kind="provenance", key=keys.provenance_of(key), problem=problem)


def _changes(there: Set[tuple[Any, ...]], known: Set[tuple[Any, ...]]) -> Iterator[tuple[str, _Change]]:
    """How the two differ, by name; each member begins with one."""
    if there == known:
        return
    names, known_names = {name for name, *_ in there}, {name for name, *_ in known}
    for name in sorted({name for name, *_ in there ^ known}):
        yield name, "new" if name not in known_names else "gone" if name not in names else "other"


def _change(folder: Folder, key: str, etag: str | None) -> _Change | None:
    """How what stands under *key* differs from an object with *etag*, or from none; None if it does not."""
    listed = folder.get(key)
    if listed is None:
        return None if etag is None else "gone"
    if etag is None:
        return "new"
    return None if listed.etag == etag else "other"
