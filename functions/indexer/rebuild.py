"""A project's pages, made true: a pure function of the objects under its prefix."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from indexer.entries import Entries, Memory, entries_of
from indexer.errors import ConflictError
from indexer.folder import Folder
from indexer.markers import status_of
from indexer.pages import PagePair, Reading
from indexer.rejecting import Refused
from indexer.retries import retry_on_conflict
from indexer.texts import Texts
from indexer.tombstones import bury, read_tombstones
from simple_index import html, keys, memory, pep691
from simple_index.errors import InvalidPageError
from simple_index.model import File, ProjectDetail, Removed
from simple_index.pep691 import Writing

__all__ = ["Rebuilt", "pages_of", "rebuild", "without_page"]

#: How many files are described before the pages are written with what is known: they are the memory from
#: which the next try goes on, should this one be killed.
_DESCRIBED_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """A project whose pages say what the bucket holds."""

    project: NormalizedName
    files: int
    #: `ProjectDetail.since` of its page; "" where it has none, and needs none.
    since: str
    conflicts: int = 0
    refused: tuple[Refused, ...] = ()
    #: By key: why an object could not be read, and is left out.
    failed: Mapping[str, Exception] = field(default_factory=dict)
    #: How many objects were read, and how many still are to be, for which there was no time.
    learned: int = 0
    left: int = 0


def rebuild(
    bucket: Bucket,
    project: NormalizedName,
    described: Iterable[File] = (),
    *,
    reading: Reading[ProjectDetail] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], None] = time.sleep,
    at_once: int = _DESCRIBED_AT_ONCE,
) -> Rebuilt:
    """Write both pages of *project* from a LIST of its files.

    *described* are entries that the caller has made already; a file that neither they nor the page
    before describe is read. *reading* is what the caller has read of the pages, if it has; it may be old.
    Where there is much to describe the pages are written several times, as long as *may_go_on*.
    Raises `ContentionError` if other handlers are always faster.
    """
    known = Memory()
    known.learn(*described)
    story = _Story(bucket, project, known, at_once)
    while True:
        first, reading = reading, None
        retry_on_conflict(story.pair.json_key, partial(story.attempt, first=first), pause)
        if not story.left or not may_go_on():
            return story.outcome()


def without_page(bucket: Bucket, project: NormalizedName) -> ProjectDetail:
    """What may keep a file from being published, where no page says it: status, removed names."""
    texts, folder, page = Texts(bucket), Folder.of(bucket, project), ProjectDetail(project=project)
    removed = read_tombstones(texts, folder, page)
    return replace(page, status=status_of(texts, folder, None), removed=tuple(removed.values()))


class _Story:
    """One rebuild: attempts until one meets no conflict, passes until every file is described."""

    def __init__(self, bucket: Bucket, project: NormalizedName, known: Memory, at_once: int) -> None:
        self.pair = pages_of(project)
        self._bucket = bucket
        self._project = project
        self._known = known
        self._texts = Texts(bucket)
        #: How many files may be described before the pages are written again.
        self._at_once = self._before_write = at_once
        self._conflicts = 0
        self._refused: dict[str, Refused] = {}
        self._last = ProjectDetail(project=project)
        self._failed: dict[str, Exception] = {}
        self._learned = 0
        self.left = 0

    def attempt(self, conflicts: int, first: Reading[ProjectDetail] | None) -> None:
        self._conflicts += conflicts > 0
        if conflicts > 0:
            self._known.faults.clear()  # they may have passed, and conflicts come to an end
        if first is None or conflicts > 0:
            first = self.pair.read(self._bucket, trust_memory=conflicts == 0)
        # Only now: a page that changes after its ETag was read is never written over.
        folder = Folder.of(self._bucket, self._project)
        before = first.content or ProjectDetail(project=self._project)
        detail, entries = self._describe(folder, before)
        if first.json_etag is None and folder.is_unused() and folder.get(self.pair.html_key) is None:
            # Never a project, whatever was refused or deleted here: a page would claim the name.
            self._last = ProjectDetail(project=self._project)
            self.left = 0
            return
        self.pair.write(self._bucket, detail, over=first)
        if first.json_etag is None and Folder.of(self._bucket, self._project).grounds() != folder.grounds():
            # Whoever took the last file away before there was a page has written none.
            raise ConflictError(self.pair.json_key)
        self._last = detail
        self._failed = entries.failed | self._texts.failed
        self.left = entries.left + self._texts.left
        self._before_write = self._at_once
        for orphan in folder.orphans():
            # After the page that no longer names it. Should the file come back just now, the deletion's
            # own event has it described again.
            self._bucket.delete(orphan.key, etag=orphan.etag)

    def outcome(self) -> Rebuilt:
        return Rebuilt(
            project=self._project,
            files=len(self._last.files),
            since=self._last.since,
            conflicts=self._conflicts,
            refused=tuple(self._refused.values()),
            failed=self._failed,
            learned=self._learned + self._texts.learned,
            left=self.left,
        )

    def _describe(self, folder: Folder, before: ProjectDetail) -> tuple[ProjectDetail, Entries]:
        """The project as *folder* shows it; what is remembered in *before* is not read again."""
        self._texts.begin()
        removed = read_tombstones(self._texts, folder, before)
        status = status_of(self._texts, folder, before.status)
        self._known.learn_page(before, removed)
        entries = entries_of(self._bucket, self._texts, folder, self._known, most=self._before_write)
        self._before_write -= entries.described
        self._learned += entries.learned
        self._refused |= {refused.key: refused for refused in entries.refused}
        self._bury_missing(folder, before, entries, removed)
        detail = ProjectDetail(
            project=self._project,
            files=tuple(entries.files),
            status=status,
            removed=tuple(removed.values()),
            unlisted=tuple(entries.unlisted),
            since=_since(before, entries),
        )
        return detail, entries

    def _bury_missing(
        self, folder: Folder, before: ProjectDetail, entries: Entries, removed: dict[str, Removed]
    ) -> None:
        """Remember each file that the page is about to forget."""
        kept = {file.filename for file in entries.files} | removed.keys()
        kept |= {keys.filename_of(key) for key in entries.failed}
        for file in before.files:
            if file.filename not in kept:
                removed[file.filename] = bury(self._bucket, folder, file)


def _since(before: ProjectDetail, entries: Entries) -> str:
    """The same as before, unless the project has just changed between having files and having none."""
    changed = bool(before.files) != bool(entries.files)
    return secrets.token_hex(4) if changed or not before.since else before.since


def pages_of(project: NormalizedName) -> PagePair[ProjectDetail]:
    """Where the pages of *project* live, and how they are read and rendered."""

    def parse(page: bytes) -> tuple[ProjectDetail, Writing]:
        detail, writing = memory.parse_detail(page)
        if detail.project != project:  # copied by other hands, with the files or without
            raise InvalidPageError(f"the page of {detail.project!r} where that of {project!r} should be")
        return detail, writing

    return PagePair(
        json_key=keys.detail_json(project),
        html_key=keys.detail_html(project),
        parse=parse,
        render_json=pep691.render_detail,
        render_html=html.render_detail,
    )
