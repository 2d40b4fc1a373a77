"""The walk over the whole bucket that makes every page true.

Events may be lost, operators may touch anything, and work may be given up: whatever the cause, a project
whose pages do not say what its folder holds is rebuilt here. The walk takes one project at a time, so its
memory does not grow with the bucket, and can be left off and taken up at any project.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from packaging.utils import NormalizedName

from indexer.answers import is_outage
from indexer.bucket import Bucket, Listed
from indexer.folder import Folder
from indexer.markers import provenance_url_of
from indexer.pages import Reading
from indexer.project_list import Span, update_project_list
from indexer.rebuild import Rebuilt, pages_of, rebuild
from simple_index import keys
from simple_index.filenames import is_normalized
from simple_index.model import File, ProjectDetail, Unlisted

__all__ = ["Reconciled", "reconcile"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """How far the walk came."""

    checked: int
    #: The projects whose pages were not true.
    rebuilt: tuple[Rebuilt, ...]
    #: Those of which that cannot be said, and why.
    failed: Mapping[NormalizedName, Exception]
    #: Where to take the walk up again; None at its end.
    after: str | None

    @property
    def healed(self) -> tuple[NormalizedName, ...]:
        return tuple(one.project for one in self.rebuilt)


def reconcile(
    bucket: Bucket,
    after: str = "",
    *,
    may_go_on: Callable[[], bool],
    pause: Callable[[float], None] = time.sleep,
) -> Reconciled:
    """Walk the projects behind *after* as long as *may_go_on*; at least one.

    The project list is made true for the stretch that was walked. A project that fails stops no other. Raises
    what S3 raises when it is not well, and `ContentionError`.
    """
    walked: list[Rebuilt] = []
    rebuilt: list[Rebuilt] = []
    failed: dict[NormalizedName, Exception] = {}
    reached: str | None = None
    for folder in _folders(bucket, after):
        if reached is not None and not may_go_on():
            break
        reached = folder.project
        try:
            reading = pages_of(folder.project).read(bucket, trust_memory=True)
            if not _is_true(bucket, reading, folder):
                rebuilt.append(rebuild(bucket, folder.project, may_go_on=may_go_on, pause=pause))
            elif reading.content is not None:
                walked.append(_as_it_is(reading.content))
        except Exception as error:
            if is_outage(error):
                raise
            failed[folder.project] = error
    else:
        reached = None  # to the end
    walked += rebuilt
    update_project_list(bucket, walked, span=Span(after=after, last=reached), pause=pause)
    return Reconciled(checked=len(walked), rebuilt=tuple(rebuilt), failed=failed, after=reached)


def _folders(bucket: Bucket, after: str) -> Iterator[Folder]:
    """The projects' folders in order of their prefixes, one LIST page in memory at a time."""
    # "0" is the character behind "/": the first key that is not in the folder of *after*.
    start = f"{keys.SIMPLE}{after}0" if after else ""
    for name, objects in groupby(bucket.list(keys.SIMPLE, after=start), _folder_name):
        if name is not None and is_normalized(name):
            yield Folder(NormalizedName(name), objects)


def _folder_name(listed: Listed) -> str | None:
    name, slash, _ = listed.key.removeprefix(keys.SIMPLE).partition("/")
    return name if slash else None


def _as_it_is(page: ProjectDetail) -> Rebuilt:
    return Rebuilt(project=page.project, files=len(page.files), since=page.since)


def _is_true(bucket: Bucket, reading: Reading[ProjectDetail], folder: Folder) -> bool:
    """Whether both pages are as they were written, and say what *folder* holds."""
    page = reading.content
    if page is None:
        html_stands = folder.get(keys.detail_html(folder.project)) is not None
        return reading.json_etag is None and folder.is_unused() and not html_stands
    return (
        _stands(folder, keys.detail_json(folder.project), reading.json_etag)
        and _stands(folder, keys.detail_html(folder.project), reading.html_etag)
        and _stands(folder, keys.status_of(folder.project), page.status.etag if page.status else None)
        and _objects(folder) == _described(page)
        and _remembered(folder) == {(removed.filename, removed.etag) for removed in page.removed}
        and all(_companions_stand(bucket, folder, file) for file in page.files)
        and not any(folder.orphans())
    )


def _stands(folder: Folder, key: str, etag: str | None) -> bool:
    """Whether the object under *key* is the one with *etag*; none if that is None."""
    listed = folder.get(key)
    return etag == (listed.etag if listed is not None else None)


def _companions_stand(bucket: Bucket, folder: Folder, file: File) -> bool:
    key = keys.project_prefix(folder.project) + file.filename
    return (
        folder.metadata_stands(file)
        and _stands(folder, keys.yanked_of(key), file.yanked.etag if file.yanked else None)
        and provenance_url_of(bucket, folder, file) == file.provenance
    )


def _objects(folder: Folder) -> set[tuple[str, str, int]]:
    return {(keys.filename_of(one.key), one.etag, one.size) for one in folder.distributions()}


def _described(page: ProjectDetail) -> set[tuple[str, str, int]]:
    entries: tuple[File | Unlisted, ...] = (*page.files, *page.unlisted)
    return {(entry.filename, entry.etag, entry.size) for entry in entries}


def _remembered(folder: Folder) -> set[tuple[str, str]]:
    return {(filename, listed.etag) for filename, listed in folder.remembered_files()}
