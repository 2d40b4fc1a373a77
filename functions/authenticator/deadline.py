"""A bound on how long pieces of work are waited for."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["Deadline"]

Value = TypeVar("Value")


class Deadline:
    """A moment, *seconds* from now, after which nothing is waited for. Its methods raise `TimeoutError`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def check(self) -> None:
        """Raise if it is over."""
        self._left()

    def bound(self, work: Callable[[], Value]) -> Value:
        """What *work* returns or raises.

        It runs in a thread of its own, and what is not waited for any longer runs on there: nothing else
        bounds the resolution of a name, or a peer that sends a byte now and then.
        """
        left = self._left()
        results: list[Value] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(work())
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(left)
        if errors:
            raise errors[0]
        if not results:
            raise TimeoutError
        return results[0]

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
