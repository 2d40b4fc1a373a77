"""A project's pages, made true: a pure function of the objects under its prefix."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packaging.utils import NormalizedName
from simple_index import html, keys, pep691
from simple_index.errors import RefusedError
from simple_index.model import File, ProjectDetail

from indexer.bucket import Bucket, Listed
from indexer.describing import describe
from indexer.errors import ConflictError, MissingObjectError
from indexer.filing import Refused
from indexer.pages import PagePair
from indexer.rejecting import reject
from indexer.retries import retry_on_conflict

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """A project whose pages say what the bucket holds."""

    project: NormalizedName
    files: int
    #: Whether its pages listed any file before.
    had_files: bool
    refused: tuple[Refused, ...]
    conflicts: int


def rebuild(
    bucket: Bucket,
    project: NormalizedName,
    described: Iterable[File] = (),
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Rebuilt:
    """Write both pages of *project* from a LIST of its files.

    *described* are entries that the caller has made already; a file that neither they nor the page
    before describe is read. Raises `ContentionError` if other handlers are always faster.
    """
    pair = _pages_of(project)
    fresh = tuple(described)

    def attempt(conflicts: int) -> Rebuilt:
        return _rebuild_once(bucket, project, pair, fresh, conflicts)

    return retry_on_conflict(pair.json_key, attempt, pause)


def _rebuild_once(
    bucket: Bucket,
    project: NormalizedName,
    pair: PagePair[ProjectDetail],
    fresh: tuple[File, ...],
    conflicts: int,
) -> Rebuilt:
    before = pair.read(bucket, trust_memory=conflicts == 0)
    # Only now: a page that changes after its ETag was read is never written over.
    objects = {listed.key: listed for listed in bucket.list(keys.project_prefix(project))}
    known = before.content.files if before.content else ()
    files, refused = _describe_all(bucket, objects, _Entries(project, (*known, *fresh)))
    pair.write(bucket, ProjectDetail(project=project, files=files), over=before)
    _delete_orphans(bucket, objects)
    return Rebuilt(
        project=project, files=len(files), had_files=bool(known), refused=refused, conflicts=conflicts
    )


class _Entries:
    """Page entries by the object that they describe."""

    def __init__(self, project: NormalizedName, files: Iterable[File]) -> None:
        prefix = keys.project_prefix(project)
        self._entries = {(prefix + file.filename, file.etag, file.size): file for file in files}

    def find(self, listed: Listed, objects: dict[str, Listed]) -> File | None:
        """The entry of this very object, unless it promises a ``.metadata`` that is not there."""
        file = self._entries.get((listed.key, listed.etag, listed.size))
        if file is None or (file.core_metadata and keys.metadata_of(listed.key) not in objects):
            return None
        return file


def _describe_all(
    bucket: Bucket, objects: dict[str, Listed], entries: _Entries
) -> tuple[tuple[File, ...], tuple[Refused, ...]]:
    files: list[File] = []
    refused: list[Refused] = []
    for listed in objects.values():
        if not keys.is_distribution(listed.key):
            continue
        file = entries.find(listed, objects)
        outcome = file if file is not None else _describe_or_reject(bucket, listed)
        if isinstance(outcome, File):
            files.append(outcome)
        else:
            refused.append(outcome)
    return tuple(files), tuple(refused)


def _describe_or_reject(bucket: Bucket, listed: Listed) -> File | Refused:
    try:
        return describe(bucket, listed.key)
    except RefusedError as error:
        reject(bucket, listed.key, etag=listed.etag, error=error)
        return Refused(key=listed.key, reason=str(error))
    except MissingObjectError as error:  # deleted since the LIST
        raise ConflictError(listed.key) from error


def _delete_orphans(bucket: Bucket, objects: dict[str, Listed]) -> None:
    """Delete each ``.metadata`` whose file is gone: the page, which no longer names it, was written first.

    Should the file come back just now, the deletion's own event has it described again.
    """
    for key, listed in objects.items():
        file_key = key.removesuffix(".metadata")
        if file_key != key and keys.is_distribution(file_key) and file_key not in objects:
            bucket.delete(key, etag=listed.etag)


def _pages_of(project: NormalizedName) -> PagePair[ProjectDetail]:
    return PagePair(
        json_key=keys.detail_json(project),
        html_key=keys.detail_html(project),
        parse=pep691.parse_detail,
        render_json=pep691.render_detail,
        render_html=html.render_detail,
    )
