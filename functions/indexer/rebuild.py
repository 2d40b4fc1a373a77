"""A project's pages, made true: a pure function of the objects under its prefix."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packaging.utils import NormalizedName
from simple_index import html, keys, memory, pep691
from simple_index.model import File, ProjectDetail

from indexer.bucket import Bucket
from indexer.entries import Memory, entries_of
from indexer.errors import ConflictError, MissingObjectError
from indexer.filing import Refused
from indexer.folder import Folder
from indexer.markers import status_of
from indexer.pages import PagePair, Reading
from indexer.retries import retry_on_conflict
from indexer.tombstones import bury, read_tombstones

__all__ = ["Rebuilt", "pages_of", "rebuild"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """A project whose pages say what the bucket holds."""

    project: NormalizedName
    files: int
    #: Whether its pages knew of any file before.
    had_files: bool
    refused: tuple[Refused, ...]
    conflicts: int


def rebuild(
    bucket: Bucket,
    project: NormalizedName,
    described: Iterable[File] = (),
    *,
    reading: Reading[ProjectDetail] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Rebuilt:
    """Write both pages of *project* from a LIST of its files.

    *described* are entries that the caller has made already; a file that neither they nor the page
    before describe is read. *reading* is what the caller has read of the pages, if it has; it may be old.
    Raises `ContentionError` if other handlers are always faster.
    """
    pair = pages_of(project)
    fresh = tuple(described)

    def attempt(conflicts: int) -> Rebuilt:
        first = reading if conflicts == 0 else None
        before = first or pair.read(bucket, trust_memory=conflicts == 0)
        return _rebuild_once(bucket, pair, project, before, fresh, conflicts)

    return retry_on_conflict(pair.json_key, attempt, pause)


def _rebuild_once(
    bucket: Bucket,
    pair: PagePair[ProjectDetail],
    project: NormalizedName,
    before: Reading[ProjectDetail],
    fresh: tuple[File, ...],
    conflicts: int,
) -> Rebuilt:
    # Only now: a page that changes after its ETag was read is never written over.
    folder = Folder.of(bucket, project)
    known = before.content or ProjectDetail(project=project)
    detail, refused = _describe(bucket, folder, known, fresh)
    pair.write(bucket, detail, over=before)
    for orphan in folder.orphans():
        # After the page that no longer names it. Should the file come back just now, the deletion's own
        # event has it described again.
        bucket.delete(orphan.key, etag=orphan.etag)
    return Rebuilt(
        project=project,
        files=len(detail.files),
        had_files=bool(known.files),
        refused=refused,
        conflicts=conflicts,
    )


def _describe(
    bucket: Bucket, folder: Folder, known: ProjectDetail, fresh: tuple[File, ...]
) -> tuple[ProjectDetail, tuple[Refused, ...]]:
    """The project as *folder* shows it; what is remembered in *known* is not read again."""
    try:
        removed = read_tombstones(bucket, folder, known)
        status = status_of(bucket, folder, known.status)
        files, refused = entries_of(bucket, folder, Memory(folder, known.files, fresh, removed))
    except MissingObjectError as error:  # a marker that went since the LIST
        raise ConflictError(error.key) from error
    present = {file.filename for file in files}
    for file in known.files:
        if file.filename not in present and file.filename not in removed:
            # Before the page forgets it.
            removed[file.filename] = bury(bucket, folder, file)
    detail = ProjectDetail(
        project=folder.project, files=files, status=status, removed=tuple(removed.values())
    )
    return detail, refused


def pages_of(project: NormalizedName) -> PagePair[ProjectDetail]:
    """Where the pages of *project* live, and how they are read and rendered."""
    return PagePair(
        json_key=keys.detail_json(project),
        html_key=keys.detail_html(project),
        parse=memory.parse_detail,
        render_json=pep691.render_detail,
        render_html=html.render_detail,
    )
