"""Starting again after another writer was faster."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from indexer.errors import ConflictError, ContentionError

__all__ = ["retry_on_conflict"]

Outcome = TypeVar("Outcome")

_TRIES = 12
#: Seconds.
_LONGEST_PAUSE = 2.0


def retry_on_conflict(
    key: str, attempt: Callable[[int], Outcome], pause: Callable[[float], None] = time.sleep
) -> Outcome:
    """The outcome of *attempt*, given the number of conflicts so far, once it meets none.

    Raises `ContentionError` when it never does.
    """
    for conflicts in range(_TRIES):
        try:
            return attempt(conflicts)
        except ConflictError:
            # Jitter, so that handlers that met once do not meet again.
            pause(random.uniform(0, min(_LONGEST_PAUSE, 0.02 * 2**conflicts)))  # noqa: S311  # no secret
    raise ContentionError(key, _TRIES)
