"""Waiting until something shows, for as long as somebody is willing to."""

import time
from collections.abc import Callable
from typing import TypeVar

from serverless_pypi.errors import NotHoldingError

__all__ = ["wait_for"]

Found = TypeVar("Found")

#: Seconds. The first looks follow each other quickly, the later ones not.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


def wait_for(
    look: Callable[[], Found | None],
    *,
    what: str,
    hint: str,
    patience: float,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Found:
    """What *look* finds, once it finds anything; *patience* in seconds.

    Raises `NotHoldingError`, whose sentence begins with *what* and ends with *hint*.
    """
    deadline = now() + patience
    rest = _FIRST_PAUSE
    while (found := look()) is None:
        left = deadline - now()
        if left <= 0:
            raise NotHoldingError(what, patience, hint)
        pause(min(rest, left))
        rest = min(rest * 1.5, _LONGEST_PAUSE)
    return found
