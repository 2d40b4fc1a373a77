"""One batch of work: each upload filed once, each project rebuilt once, the project list once."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar

from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from indexer.errors import NotBegunError
from indexer.events import Work, rebuild_message, reconcile_message
from indexer.filing import Filed, Gone, file_upload
from indexer.pages import Reading
from indexer.project_list import update_project_list
from indexer.rebuild import Rebuilt, pages_of, rebuild, without_page
from indexer.reconcile import Reconciled, reconcile
from indexer.rejecting import Refused
from indexer.telemetry import count, logger
from simple_index import keys
from simple_index.model import File, ProjectDetail

__all__ = ["process"]

Outcome = TypeVar("Outcome")
Pause = Callable[[float], None]

#: Seconds. One upload or one writing of a project needs no more; nothing is begun with less.
_LEAST_SECONDS = 30.0
#: Seconds. What a long rebuild leaves, from its last writing on, for the rest of the batch.
_REBUILD_UNTIL_SECONDS = 75.0
#: Seconds. What a walk over the bucket leaves for the project that it is at.
_WALK_UNTIL_SECONDS = 45.0


def process(
    bucket: Bucket,
    works: Sequence[Work],
    *,
    send: Callable[[str], None],
    seconds_left: Callable[[], float] = lambda: float("inf"),
    pause: Pause = time.sleep,
) -> list[Exception | None]:
    """Do all *works*; for each of them what went wrong, or None.

    One that fails stops no other. All of it may be done again, and by several at once. Nothing is begun
    with too few *seconds_left*. What takes longer is gone on with by a message to ourselves: *send* gets its
    body.
    """
    batch = _Batch(bucket, pause, seconds_left, send)
    uploads = {key for work in works for key in work.uploads}
    if any(work.reconcile_after == "" for work in works):
        uploads |= batch.forgotten_uploads()
    for key in sorted(uploads):
        batch.file(key)
    for project in sorted(batch.projects.union(*(work.projects for work in works))):
        batch.rebuild(project)
    batch.update_list(force=any(work.project_list for work in works))
    for after in sorted({work.reconcile_after for work in works if work.reconcile_after is not None}):
        batch.reconcile(after)
    batch.count()
    return [batch.error_of(work) for work in works]


class _Batch:
    """What was done so far. Outcomes are kept as values, exceptions among them."""

    def __init__(
        self, bucket: Bucket, pause: Pause, seconds_left: Callable[[], float], send: Callable[[str], None]
    ) -> None:
        self._bucket = bucket
        self._pause = pause
        self._seconds_left = seconds_left
        self._send = send
        self._walked: dict[str, Reconciled | Exception] = {}
        self._uploads: dict[str, Filed | Refused | Gone | Exception] = {}
        self._rebuilt: dict[NormalizedName, Rebuilt | Exception] = {}
        self._list_error: Exception | None = None
        self._readings: dict[NormalizedName, Reading[ProjectDetail]] = {}
        self._pages: dict[NormalizedName, ProjectDetail] = {}

    @property
    def projects(self) -> set[NormalizedName]:
        """Those that the uploads belong to."""
        return {project for key in self._uploads if (project := self._project_of(key)) is not None}

    def file(self, key: str) -> None:
        outcome = self._attempt(lambda: file_upload(self._bucket, key, self._page_of, pause=self._pause))
        self._uploads[key] = outcome
        match outcome:
            case Filed():
                logger.info("filed", key=key, project=outcome.project, sha256=outcome.file.sha256)
            case Refused():
                logger.warning("refused", key=key, reason=outcome.reason)
            case Gone():
                logger.info("upload is gone, filed or withdrawn before", key=key)
            case error:
                logger.error("filing failed, and will be tried again", key=key, exc_info=error)

    def rebuild(self, project: NormalizedName) -> None:
        filed = [
            one.file for one in self._uploads.values() if isinstance(one, Filed) and one.project == project
        ]
        outcome = self._attempt(lambda: self._rebuild(project, filed))
        self._rebuilt[project] = outcome
        if isinstance(outcome, Exception):
            logger.error("rebuild failed, and will be tried again", project=project, exc_info=outcome)
        else:
            _tell(outcome)

    def update_list(self, *, force: bool) -> None:
        rebuilt = self._rebuilt_well()
        if not rebuilt and not force:
            return
        outcome = self._attempt(
            lambda: update_project_list(self._bucket, rebuilt, force=force, pause=self._pause)
        )
        if isinstance(outcome, Exception):
            self._list_error = outcome
            logger.error("project list failed, and will be tried again", exc_info=outcome)
        elif outcome:
            logger.info("project list written", projects=[one.project for one in rebuilt])

    def reconcile(self, after: str) -> None:
        outcome = self._attempt(lambda: self._walk(after))
        self._walked[after] = outcome
        if isinstance(outcome, Exception):
            logger.error("reconciling failed, and will be tried again", after=after, exc_info=outcome)
            return
        for one in outcome.rebuilt:
            _tell(one)
        for project, error in outcome.failed.items():
            logger.error("rebuild failed, and will be tried again", project=project, exc_info=error)
        logger.info(
            "reconciled", after=after, until=outcome.after, checked=outcome.checked, healed=outcome.healed
        )

    def forgotten_uploads(self) -> set[str]:
        """Uploads whose event never came, or was given up; a thousand at a time."""
        outcome = self._attempt(lambda: list(islice(self._bucket.list(keys.INCOMING), 1000)))
        listed = [] if isinstance(outcome, Exception) else outcome
        return {one.key for one in listed if not one.key.endswith("/")}

    def _rebuild(self, project: NormalizedName, filed: Sequence[File]) -> Rebuilt:
        rebuilt = rebuild(
            self._bucket,
            project,
            filed,
            reading=self._readings.get(project),
            may_go_on=lambda: self._seconds_left() > _REBUILD_UNTIL_SECONDS,
            pause=self._pause,
        )
        if rebuilt.left:
            if not rebuilt.learned:  # what comes first cannot be read: the next time would be as this one
                raise next(iter(rebuilt.failed.values()))
            self._send(rebuild_message(project))
        return rebuilt

    def _walk(self, after: str) -> Reconciled:
        walked = reconcile(
            self._bucket,
            after,
            may_go_on=lambda: self._seconds_left() > _WALK_UNTIL_SECONDS,
            pause=self._pause,
        )
        # Each by a message of its own, so that only what fails goes to the dead letters.
        for project in {*walked.failed, *(one.project for one in walked.rebuilt if one.left)}:
            self._send(rebuild_message(project))
        if walked.after is not None:
            self._send(reconcile_message(walked.after))
        return walked

    def count(self) -> None:
        rebuilt = self._rebuilt_well()
        refused = sum(isinstance(one, Refused) for one in self._uploads.values())
        count(
            Filed=sum(isinstance(one, Filed) for one in self._uploads.values()),
            Rejected=refused + sum(len(one.refused) for one in rebuilt),
            Rebuilt=len(rebuilt),
            Conflicts=sum(one.conflicts for one in rebuilt),
            Healed=sum(len(one.healed) for one in self._walked.values() if isinstance(one, Reconciled)),
        )

    def error_of(self, work: Work) -> Exception | None:
        """What keeps *work* from being done, if anything does."""
        of_uploads = {project for key in work.uploads if (project := self._project_of(key)) is not None}
        projects = work.projects | of_uploads
        outcomes: list[object] = [self._uploads[key] for key in work.uploads]
        outcomes += [self._rebuilt[project] for project in projects]
        outcomes += [self._list_error] if projects or work.project_list else []
        outcomes += [] if work.reconcile_after is None else [self._walked[work.reconcile_after]]
        outcomes += [
            error
            for one in self._rebuilt_well()
            for key, error in one.failed.items()
            if any(cause == key or cause.startswith(f"{key}.") for cause in work.causes)  # or a companion
        ]
        return next((outcome for outcome in outcomes if isinstance(outcome, Exception)), None)

    def _page_of(self, project: NormalizedName) -> ProjectDetail:
        """What the project's page says before anything is filed, read once.

        What refuses an upload stands there; and the rebuild that follows writes against it. A page may have
        been lost, and with it what it said: so where none is, the folder itself is asked.
        """
        if project not in self._pages:
            reading = self._readings[project] = pages_of(project).read(self._bucket, trust_memory=True)
            self._pages[project] = reading.content or without_page(self._bucket, project)
        return self._pages[project]

    def _project_of(self, key: str) -> NormalizedName | None:
        outcome = self._uploads[key]
        return outcome.project if isinstance(outcome, Filed | Gone) else None

    def _attempt(self, work: Callable[[], Outcome]) -> Outcome | Exception:
        """What *work* returns or raises: a failure is a message that returns, never a stopped batch."""
        if self._seconds_left() < _LEAST_SECONDS:
            return NotBegunError()
        try:
            return work()
        except Exception as error:
            return error

    def _rebuilt_well(self) -> list[Rebuilt]:
        return [one for one in self._rebuilt.values() if isinstance(one, Rebuilt)]


def _tell(rebuilt: Rebuilt) -> None:
    for refused in rebuilt.refused:
        logger.warning("refused", key=refused.key, reason=refused.reason)
    for key, error in rebuilt.failed.items():
        logger.error("cannot be read", key=key, exc_info=error)
    logger.info(
        "rebuilt",
        project=rebuilt.project,
        files=rebuilt.files,
        conflicts=rebuilt.conflicts,
        left=rebuilt.left,
    )
