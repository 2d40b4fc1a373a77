"""One batch of work: each upload filed once, each project rebuilt once, the project list once."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from aws_lambda_powertools import Logger
from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from indexer.events import Work
from indexer.filing import Filed, Gone, Refused, file_upload
from indexer.project_list import update_project_list
from indexer.rebuild import Rebuilt, rebuild

__all__ = ["process"]

logger = Logger(service="indexer")

Outcome = TypeVar("Outcome")
Pause = Callable[[float], None]


def process(bucket: Bucket, works: Sequence[Work], *, pause: Pause = time.sleep) -> list[Exception | None]:
    """Do all *works*; for each of them what went wrong, or None.

    One that fails stops no other. All of it may be done again, and by several at once.
    """
    uploads = {
        key: _file(bucket, key, pause) for key in sorted(set().union(*(work.uploads for work in works)))
    }
    projects = {key: _project_of(outcome) for key, outcome in uploads.items()}
    to_rebuild = set().union(*(work.projects for work in works), filter(None, projects.values()))
    filed = _by_project(outcome for outcome in uploads.values() if isinstance(outcome, Filed))
    rebuilt = {project: _rebuild(bucket, project, filed[project], pause) for project in sorted(to_rebuild)}
    list_error = _update_list(bucket, [one for one in rebuilt.values() if isinstance(one, Rebuilt)], pause)

    def error_of(work: Work) -> Exception | None:
        affected = work.projects.union(filter(None, (projects[key] for key in work.uploads)))
        outcomes = [uploads[key] for key in work.uploads] + [rebuilt[project] for project in affected]
        errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        if affected and list_error is not None:
            errors.append(list_error)
        return errors[0] if errors else None

    return [error_of(work) for work in works]


def _file(bucket: Bucket, key: str, pause: Pause) -> Filed | Refused | Gone | Exception:
    outcome = _attempt(lambda: file_upload(bucket, key, pause=pause))
    match outcome:
        case Filed():
            logger.info("filed", key=key, project=outcome.project, sha256=outcome.file.sha256)
        case Refused():
            logger.warning("refused", key=key, reason=outcome.reason)
        case Gone():
            logger.info("upload is gone, filed or withdrawn before", key=key)
        case error:
            logger.error("filing failed, and will be tried again", key=key, exc_info=error)
    return outcome


def _rebuild(
    bucket: Bucket, project: NormalizedName, filed: Iterable[Filed], pause: Pause
) -> Rebuilt | Exception:
    outcome = _attempt(lambda: rebuild(bucket, project, [one.file for one in filed], pause=pause))
    if isinstance(outcome, Exception):
        logger.error("rebuild failed, and will be tried again", project=project, exc_info=outcome)
        return outcome
    for refused in outcome.refused:
        logger.warning("refused", key=refused.key, reason=refused.reason)
    logger.info("rebuilt", project=project, files=outcome.files, conflicts=outcome.conflicts)
    return outcome


def _update_list(bucket: Bucket, rebuilt: Sequence[Rebuilt], pause: Pause) -> Exception | None:
    if not rebuilt:
        return None
    outcome = _attempt(lambda: update_project_list(bucket, rebuilt, pause=pause))
    if isinstance(outcome, Exception):
        logger.error("project list failed, and will be tried again", exc_info=outcome)
        return outcome
    if outcome:
        logger.info("project list written", projects=[one.project for one in rebuilt])
    return None


def _attempt(work: Callable[[], Outcome]) -> Outcome | Exception:
    """What *work* returns or raises: a failure is a message that returns, never a stopped batch."""
    try:
        return work()
    except Exception as error:
        return error


def _project_of(outcome: Filed | Refused | Gone | Exception) -> NormalizedName | None:
    return outcome.project if isinstance(outcome, Filed | Gone) else None


def _by_project(filed: Iterable[Filed]) -> dict[NormalizedName, list[Filed]]:
    projects: dict[NormalizedName, list[Filed]] = defaultdict(list)
    for one in filed:
        projects[one.project].append(one)
    return projects
