"""The stack as a program: it serves until it is interrupted."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

from local.publishing import publish_first
from local.stack import Settings, Stack, run_stack

__all__ = ["serve"]


def serve(
    settings: Settings, folder: Path | None, *, say: Callable[[str], None], show: Callable[[Stack], None]
) -> None:
    """Publish what is in *folder*, and the sample; *show* the stack; serve until KeyboardInterrupt.

    Raises `LocalStackError`, and `PortUnavailableError` for either port.
    """
    with run_stack(settings) as stack:
        publish_first(stack, folder, say)
        show(stack)
        try:
            threading.Event().wait()
        finally:
            # Once is enough: a second Ctrl-C must not stop the stopping.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say("\nStopping …")
