"""What looks wrong is believed when it stays so: no sooner, no later, and nothing else with it."""

from collections.abc import Callable, Iterable, Sequence

from packaging.utils import NormalizedName

from serverless_pypi.comparison import Finding, Look
from serverless_pypi.settling import LookAgain, Settling, wait_until_true

ACME = NormalizedName("acme")
CALM, PATIENCE = 10.0, 180.0


def finding(key: str) -> Finding:
    return Finding(project=ACME, kind="file", key=key, problem="is not on the page")


def look(*wrong: str, page: str = "p", project: NormalizedName = ACME) -> Look:
    return Look(project=project, findings=tuple(map(finding, wrong)), page=page)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def pause(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds


def believed(
    later: Callable[[float], Look],
    *,
    first: Sequence[Look] = (look("a"),),
    is_idle: Callable[[float], bool | None] = lambda _: True,
    clock: Clock | None = None,
) -> list[Look]:
    """What is believed of *first* where each later look is the one of that second."""
    clock = clock or Clock()

    def look_again(projects: Iterable[NormalizedName]) -> list[Look]:
        return [later(clock.seconds) for _ in projects]

    settling = Settling(
        is_idle=lambda: is_idle(clock.seconds),
        calm=CALM,
        patience=PATIENCE,
        pause=clock.pause,
        now=clock.now,
    )
    return settling.believed(first, look_again)


def test_nothing_suspicious_is_not_waited_for() -> None:
    clock = Clock()
    assert believed(lambda _: look(), first=[], clock=clock) == []
    assert clock.seconds == 0


def test_what_stays_wrong_over_one_page_is_believed() -> None:
    """After the calm, and not after the patience."""
    clock = Clock()
    assert believed(lambda _: look("a"), clock=clock) == [look("a")]
    assert CALM <= clock.seconds < PATIENCE


def test_what_comes_true_meanwhile_is_not_believed() -> None:
    """The indexer was at it."""
    assert believed(lambda seconds: look("a") if seconds < 6 else look()) == []


def test_what_comes_later_is_not_looked_into() -> None:
    """Where one file after the other is published, one is always under way; no two looks see the same."""
    assert believed(lambda seconds: look(f"at {seconds}", page=f"at {seconds}")) == []


def test_only_what_lasts_is_told() -> None:
    """And not what is under way beside it."""
    found = believed(lambda seconds: look("a", f"at {seconds}"), first=[look("a", "b")])
    assert [one.findings for one in found] == [(finding("a"),)]


def test_a_page_that_was_written_begins_the_calm_anew() -> None:
    """Its writer may have looked at the bucket before the file was there; the next one has not."""
    clock = Clock()
    found = believed(lambda seconds: look("a", page="p" if seconds < 9 else "q"), clock=clock)
    assert [one.page for one in found] == ["q"]
    assert clock.seconds >= 9 + CALM


def test_while_messages_wait_nothing_is_believed() -> None:
    """They may be about just this; an empty queue is not."""
    clock = Clock()
    assert len(believed(lambda _: look("a"), is_idle=lambda seconds: seconds > 60, clock=clock)) == 1
    assert 60 < clock.seconds < PATIENCE


def test_where_nobody_knows_of_messages_the_calm_suffices() -> None:
    """An S3 without a queue, or a queue that we may not see."""
    clock = Clock()
    assert len(believed(lambda _: look("a"), is_idle=lambda _: None, clock=clock)) == 1
    assert clock.seconds < PATIENCE


def test_patience_ends_whatever_goes_on() -> None:
    """A queue that is never empty, a page that never rests: what lasts so long is no work under way."""
    clock = Clock()
    found = believed(lambda seconds: look("a", page=f"at {seconds}"), is_idle=lambda _: False, clock=clock)
    assert [one.findings for one in found] == [(finding("a"),)]
    assert PATIENCE <= clock.seconds < PATIENCE + CALM


def test_a_queue_that_was_busy_for_so_long_is_no_sign_any_more() -> None:
    """A message that fails again and again must not have each stretch of a walk waited for."""
    clock = Clock()
    settling = Settling(is_idle=lambda: False, calm=CALM, patience=PATIENCE, pause=clock.pause, now=clock.now)
    for _ in range(5):
        assert settling.believed([look("a")], lambda _: [look("a")]) == [look("a")]
    assert PATIENCE + 4 * CALM <= clock.seconds < PATIENCE + 6 * CALM


def looks_of(clock: Clock, true_at: dict[str, float]) -> LookAgain:
    """Projects that are wrong until some second."""

    def look_again(projects: Iterable[NormalizedName]) -> list[Look]:
        return [
            look(*(["a"] if clock.seconds < true_at[project] else []), project=project)
            for project in projects
        ]

    return look_again


def test_waiting_ends_when_all_is_true() -> None:
    clock = Clock()
    again = looks_of(clock, {"acme": 3.0, "bolt": 0.0})
    projects = [NormalizedName("acme"), NormalizedName("bolt")]
    assert wait_until_true(projects, again, patience=60, pause=clock.pause, now=clock.now) == []
    assert clock.seconds < 10


def test_waiting_ends_with_the_patience() -> None:
    """With those that are not true yet."""
    clock = Clock()
    again = looks_of(clock, {"acme": 99.0, "bolt": 1.0})
    projects = [NormalizedName("acme"), NormalizedName("bolt")]
    wrong = wait_until_true(projects, again, patience=60, pause=clock.pause, now=clock.now)
    assert [one.project for one in wrong] == ["acme"]
    assert clock.seconds == 60


def test_without_patience_there_is_one_look() -> None:
    clock = Clock()
    again = looks_of(clock, {"acme": 99.0})
    assert len(wait_until_true([ACME], again, patience=0, pause=clock.pause, now=clock.now)) == 1
    assert clock.seconds == 0
