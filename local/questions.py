"""What is asked of the origin on behalf of many viewers: one question at a time for each URI.

CloudFront, too, pauses viewers who ask for one object at once; but where the origin says `no-cache`, it gives
none of them an answer that was under way before he came. Nor does this. There each then has a question of his
own; here they share one, which no viewer can tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["PAUSE_SECONDS", "Questions"]

Outcome = TypeVar("Outcome")

#: How long a question that hangs holds up the next.
PAUSE_SECONDS = 1.0
#: How long the next one then waits for more viewers: those who have just been answered come back together.
_GATHER_SECONDS = 0.002


class Questions(Generic[Outcome]):
    """Whoever comes while a question is under way waits for its end; all who wait share the next one."""

    def __init__(self, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause_seconds = pause_seconds
        self._under_way: dict[str, asyncio.Task[Outcome]] = {}
        self._next: dict[str, asyncio.Task[Outcome]] = {}

    async def ask(self, uri: str, question: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """The outcome of a *question* about *uri* that is asked after this call, by whomever.

        It is asked to its end even if all who wait for it leave.
        """
        if uri not in self._next:
            self._next[uri] = asyncio.create_task(self._ask_in_turn(uri, question))
        return await asyncio.shield(self._next[uri])

    async def _ask_in_turn(self, uri: str, question: Callable[[], Awaitable[Outcome]]) -> Outcome:
        if uri in self._under_way:
            await asyncio.wait({self._under_way[uri]}, timeout=self._pause_seconds)
            await asyncio.sleep(_GATHER_SECONDS)
        task = self._under_way[uri] = self._next.pop(uri)
        try:
            return await question()
        finally:
            if self._under_way.get(uri) is task:
                del self._under_way[uri]
