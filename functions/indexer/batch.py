"""One batch of work: each upload filed once, each project rebuilt once, the project list once."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from indexer.events import Work
from indexer.filing import Filed, Gone, file_upload
from indexer.pages import Reading
from indexer.project_list import update_project_list
from indexer.rebuild import Rebuilt, pages_of, rebuild
from indexer.rejecting import Refused
from indexer.telemetry import count, logger
from simple_index.model import ProjectDetail

__all__ = ["process"]

Outcome = TypeVar("Outcome")
Pause = Callable[[float], None]


def process(bucket: Bucket, works: Sequence[Work], *, pause: Pause = time.sleep) -> list[Exception | None]:
    """Do all *works*; for each of them what went wrong, or None.

    One that fails stops no other. All of it may be done again, and by several at once.
    """
    batch = _Batch(bucket, pause)
    for key in sorted({key for work in works for key in work.uploads}):
        batch.file(key)
    for project in sorted(batch.projects.union(*(work.projects for work in works))):
        batch.rebuild(project)
    batch.update_list(force=any(work.project_list for work in works))
    batch.count()
    return [batch.error_of(work) for work in works]


class _Batch:
    """What was done so far. Outcomes are kept as values, exceptions among them."""

    def __init__(self, bucket: Bucket, pause: Pause) -> None:
        self._bucket = bucket
        self._pause = pause
        self._uploads: dict[str, Filed | Refused | Gone | Exception] = {}
        self._rebuilt: dict[NormalizedName, Rebuilt | Exception] = {}
        self._list_error: Exception | None = None
        self._readings: dict[NormalizedName, Reading[ProjectDetail]] = {}

    @property
    def projects(self) -> set[NormalizedName]:
        """Those that the uploads belong to."""
        return {project for key in self._uploads if (project := self._project_of(key)) is not None}

    def file(self, key: str) -> None:
        outcome = _attempt(lambda: file_upload(self._bucket, key, self._page_of, pause=self._pause))
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
        reading = self._readings.get(project)
        outcome = _attempt(lambda: rebuild(self._bucket, project, filed, reading=reading, pause=self._pause))
        self._rebuilt[project] = outcome
        if isinstance(outcome, Exception):
            logger.error("rebuild failed, and will be tried again", project=project, exc_info=outcome)
            return
        for refused in outcome.refused:
            logger.warning("refused", key=refused.key, reason=refused.reason)
        for key, error in outcome.failed.items():
            logger.error("cannot be read, and is left out", key=key, exc_info=error)
        logger.info("rebuilt", project=project, files=outcome.files, conflicts=outcome.conflicts)

    def update_list(self, *, force: bool) -> None:
        rebuilt = self._rebuilt_well()
        if not rebuilt and not force:
            return
        outcome = _attempt(lambda: update_project_list(self._bucket, rebuilt, force=force, pause=self._pause))
        if isinstance(outcome, Exception):
            self._list_error = outcome
            logger.error("project list failed, and will be tried again", exc_info=outcome)
        elif outcome:
            logger.info("project list written", projects=[one.project for one in rebuilt])

    def count(self) -> None:
        rebuilt = self._rebuilt_well()
        refused = sum(isinstance(one, Refused) for one in self._uploads.values())
        count(
            Filed=sum(isinstance(one, Filed) for one in self._uploads.values()),
            Rejected=refused + sum(len(one.refused) for one in rebuilt),
            Rebuilt=len(rebuilt),
            Conflicts=sum(one.conflicts for one in rebuilt),
        )

    def error_of(self, work: Work) -> Exception | None:
        """What keeps *work* from being done, if anything does."""
        of_uploads = {project for key in work.uploads if (project := self._project_of(key)) is not None}
        projects = work.projects | of_uploads
        outcomes: list[object] = [self._uploads[key] for key in work.uploads]
        outcomes += [self._rebuilt[project] for project in projects]
        outcomes += [self._list_error] if projects or work.project_list else []
        outcomes += [one.failed.get(key) for one in self._rebuilt_well() for key in work.causes]
        return next((outcome for outcome in outcomes if isinstance(outcome, Exception)), None)

    def _page_of(self, project: NormalizedName) -> ProjectDetail | None:
        """What the project's page says before anything is filed, read once.

        What refuses an upload stands there; and the rebuild that follows writes against it.
        """
        if project not in self._readings:
            self._readings[project] = pages_of(project).read(self._bucket, trust_memory=True)
        return self._readings[project].content

    def _project_of(self, key: str) -> NormalizedName | None:
        outcome = self._uploads[key]
        return outcome.project if isinstance(outcome, Filed | Gone) else None

    def _rebuilt_well(self) -> list[Rebuilt]:
        return [one for one in self._rebuilt.values() if isinstance(one, Rebuilt)]


def _attempt(work: Callable[[], Outcome]) -> Outcome | Exception:
    """What *work* returns or raises: a failure is a message that returns, never a stopped batch."""
    try:
        return work()
    except Exception as error:
        return error
