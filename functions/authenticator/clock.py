"""Time, for what must not live too long."""

import time
from collections.abc import Callable

__all__ = ["Clock", "SteadyClock"]

#: Seconds from any beginning; it never runs backwards.
Clock = Callable[[], float]


class SteadyClock:
    """A clock that runs no slower than either of the machine's two.

    Between requests Lambda freezes a function, and the monotonic clock may stand still meanwhile; the clock
    on the wall does not, but can be set back. A revoked credential must outlive neither.
    """

    def __init__(self, monotonic: Clock = time.monotonic, wall: Clock = time.time) -> None:
        self._clocks = (monotonic, wall)
        self._seen = (monotonic(), wall())
        self._passed = 0.0

    def __call__(self) -> float:
        monotonic, wall = (clock() for clock in self._clocks)
        self._passed += max(monotonic - self._seen[0], wall - self._seen[1], 0.0)
        self._seen = (monotonic, wall)
        return self._passed
