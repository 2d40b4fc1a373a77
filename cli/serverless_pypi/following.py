"""Behind the indexer's walk: each project looked at until it is true."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from packaging.utils import NormalizedName

from serverless_pypi.comparison import LIST, Comparison, Look
from serverless_pypi.errors import CommandError
from serverless_pypi.settling import wait_until_true
from serverless_pypi.walking import Scope
from serverless_pypi.wording import counted
from serverless_pypi.workers import Workers

__all__ = ["NotTrueYetError", "follow"]


class NotTrueYetError(CommandError):
    def __init__(self, number: int, seconds: float) -> None:
        super().__init__(
            f"{counted(number, 'page')} did not become true in {seconds:g} s: the walk is asked for, and may "
            "be under way still; `serverless-pypi check` says what is wrong."
        )


def follow(
    comparison: Comparison,
    workers: Workers,
    scope: Scope,
    *,
    patience: float,
    advance: Callable[[int], object],
    now: Callable[[], float] = time.monotonic,
) -> int:
    """How many projects there are, once each has been found true. Raises `NotTrueYetError`."""

    def look_again(projects: Iterable[NormalizedName]) -> Iterator[Look]:
        return workers.each(partial(comparison.look, listing=comparison.read_list()), projects)

    deadline = now() + patience
    number, wrong = 0, list[Look]()
    for stretch in scope.stretches(comparison, workers, seen=lambda _: advance(1)):
        number += sum(look.project != LIST for look in stretch.looks)
        suspects = [look.project for look in stretch.looks if look.findings]
        wrong += wait_until_true(suspects, look_again, patience=max(0.0, deadline - now()))
    if wrong:
        raise NotTrueYetError(len(wrong), patience)
    return number
