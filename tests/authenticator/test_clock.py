import pytest

from authenticator.clock import SteadyClock
from tests.authenticator.clocks import Clock


@pytest.mark.parametrize(
    ("monotonic", "wall", "passed"),
    [
        (10, 10, 10),
        (0, 3600, 3600),  # the function was frozen
        (10, -3600, 10),  # the clock on the wall was set back
        (10, 3600, 3600),
        (0, -3600, 0),
        (-1, -1, 0),
        (0, 0, 0),
    ],
)
def test_as_much_has_passed_as_on_the_faster_clock(monotonic: float, wall: float, passed: float) -> None:
    """And it never runs backwards."""
    steady, clocks = steady_clock()
    clocks[0].now += monotonic
    clocks[1].now += wall
    assert steady() == passed


def test_each_stretch_is_measured_by_the_clock_that_was_faster_then() -> None:
    """A freeze, then the wall set back, then both at their pace: a copy ages through all of them."""
    steady, (monotonic, wall) = steady_clock()
    wall.now += 100
    assert steady() == 100
    monotonic.now += 5
    wall.now -= 1000
    assert steady() == 105
    monotonic.now += 1
    wall.now += 1
    assert steady() == 106


def steady_clock() -> tuple[SteadyClock, tuple[Clock, Clock]]:
    """One, and the two that it is made of: monotonic and wall."""
    monotonic, wall = Clock(), Clock()
    monotonic.now, wall.now = 50.0, 1_800_000_000.0
    return SteadyClock(monotonic, wall), (monotonic, wall)


def test_it_runs_by_itself() -> None:
    """On the two clocks of this machine."""
    steady = SteadyClock()
    first = steady()
    assert 0 <= first <= steady()
