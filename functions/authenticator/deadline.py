"""A bound on how long a piece of work is waited for."""

import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["within"]

Value = TypeVar("Value")


def within(seconds: float, work: Callable[[], Value]) -> Value:
    """What *work* returns or raises. Raises `TimeoutError` where that takes longer than *seconds*.

    It runs in a thread of its own, and what is not waited for any longer runs on there: nothing else
    bounds the resolution of a name, or a peer that sends a byte now and then.
    """
    results: list[Value] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]
