"""What an interrupt must not part: a secret that begins to hold, and its being told to somebody."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from serverless_pypi.terminal import Terminal

__all__ = ["held_back"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_back(terminal: Terminal) -> Iterator[None]:
    """Have the first interrupt wait until the block has ended. A second one waits for nothing."""
    waiting = False

    def wait(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # as signal calls it
        nonlocal waiting
        if waiting:
            raise KeyboardInterrupt
        waiting = True
        terminal.say("This is finished first; once more breaks it off.")

    before = {each: signal.signal(each, wait) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if waiting:
        raise KeyboardInterrupt("Interrupted, when all was written: it stays so.")
