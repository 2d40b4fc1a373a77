"""Waiting until the pages list what was put beside them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName

from serverless_pypi.errors import CommandError, NotHoldingError
from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.index import Index, Page
from serverless_pypi.waiting import wait_for
from serverless_pypi.wording import counted
from serverless_pypi.workers import Workers
from simple_index.model import ProjectDetail

__all__ = ["NotListedError", "wait_until_listed"]


class NotListedError(CommandError):
    def __init__(self, projects: Sequence[str], seconds: float) -> None:
        super().__init__(
            f"After {seconds:g} s the pages of {counted(len(projects), 'project')} do not list all that was "
            f"taken, {projects[0]!r} first: the indexer may still be at it, so run the same command again, "
            "which takes nothing twice; if it stays so, look at its log."
        )


def wait_until_listed(
    index: Index,
    outcomes: Iterable[Outcome],
    *,
    jobs: int,
    patience: float,
    advance: Callable[[int], object] = lambda _: None,
) -> list[Outcome]:
    """Return once the page of each project lists what is pending of it.

    What the indexer refuses all the same comes back as refused. Raises `NotListedError`.
    """
    pending: dict[NormalizedName, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.pending and outcome.project is not None:
            pending[NormalizedName(outcome.project)].append(outcome)
    refused: list[Outcome] = []

    def read(project: NormalizedName) -> tuple[NormalizedName, Page | None]:
        return project, index.page(project)

    def look() -> bool | None:
        """As far as the pages are true: in order, as the indexer is likely to come to them."""
        while pending:
            some = list(pending)[:jobs]
            done = [
                project
                for project, page in workers.each(read, some)
                if page is not None and _lists(page.detail, pending[project], refused)
            ]
            for project in done:
                advance(len(pending.pop(project)))
            if not done:
                return None
        return True

    with Workers(jobs) as workers:
        try:
            wait_for(look, what="", hint="", patience=patience)
        except NotHoldingError:  # which cannot know what is left
            raise NotListedError(list(pending), patience) from None
    return refused


def _lists(page: ProjectDetail, pending: Iterable[Outcome], refused: list[Outcome]) -> bool:
    files = {file.filename: file for file in page.files}
    reasons = {one.filename: one.reason for one in page.unlisted}
    against: list[Outcome] = []
    for outcome in pending:
        name = outcome.filename or ""
        file = files.get(name)
        if file is not None and outcome.sha256 in (None, file.sha256):
            if outcome.yanked and file.yanked is None:
                return False
        elif name in reasons:
            against.append(replace(outcome, result=Result.REFUSED, reason=reasons[name]))
        else:
            return False
    refused += against
    return True
