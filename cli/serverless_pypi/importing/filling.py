"""The story of an import: each wanted project is planned, and each of its files taken, many at a time."""

from collections.abc import Callable, Iterable, Iterator

from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.importing.planning import Errand, Plan, Planner
from serverless_pypi.importing.report import Report
from serverless_pypi.importing.taking import Taker
from serverless_pypi.importing.wanted import Wanted
from serverless_pypi.printable import printable
from serverless_pypi.sources import Source
from serverless_pypi.workers import Workers

__all__ = ["fill"]


def fill(
    source: Source,
    wanted: Wanted,
    planner: Planner,
    taker: Taker,
    workers: Workers,
    report: Report,
    *,
    advance: Callable[[int], object] = lambda _: None,
) -> None:
    """Have *workers* take from *source* what is *wanted*; *report* learns of it as it happens.

    Raises `CommandError` for what would spoil all the rest as well.
    """
    projects, unusable = wanted.choose(source)
    report.add(_no_projects(unusable))
    if wanted.is_everything:
        report.add(_strays(source, wanted))
    plans = workers.each(planner.plan, projects)
    for outcomes in workers.each(taker.take, _errands(plans, report)):
        report.add(outcomes)
        advance(len(outcomes))


def _errands(plans: Iterable[Plan], report: Report) -> Iterator[Errand]:
    for plan in plans:
        report.add(plan.outcomes)
        if plan.status is not None:
            report.statuses[plan.project] = plan.status
        yield from plan.errands


def _no_projects(names: Iterable[str]) -> Iterator[Outcome]:
    for name in names:
        reason = f"{name!r} is on the list of projects, and no project can be called that."
        yield Outcome(result=Result.FAILED, project=name, filename=None, reason=reason)


def _strays(source: Source, wanted: Wanted) -> Iterator[Outcome]:
    for stray in source.strays():
        if not wanted.leaves_out(stray.name.rpartition("/")[2]):
            result = Result.REFUSED if stray.refused else Result.SKIPPED
            name = printable(stray.name)
            yield Outcome(result=result, project=None, filename=name, reason=stray.reason)
