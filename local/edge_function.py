"""A Lambda@Edge function as CloudFront calls it: JSON in, JSON out, one at a time, in bounded time."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.lambda_context import LambdaContext

__all__ = ["EdgeFunction", "FunctionFailedError", "Handler"]

Handler = Callable[[dict[str, Any], Any], Any]


class FunctionFailedError(Exception):
    """The function raised, or overran its time; ``__cause__`` is what it raised."""


class EdgeFunction:
    """One execution environment: *handler*, under the name *arn*, never running twice at once.

    Its timeout counts from the start of an invocation: on AWS, the next request would not wait for this
    environment but get one of its own. After an overrun there is a new one, as Lambda stops the old; here
    what overran goes on where nobody sees it, and what it keeps in its modules is still there.
    """

    def __init__(self, handler: Handler, arn: str, *, timeout_seconds: float) -> None:
        # An ARN that is none should be known now, not at the first request.
        LambdaContext.for_function(arn, timeout_seconds=timeout_seconds)
        self._invoke = partial(_invoke, handler, arn, timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._environment = _Environment(self._invoke)

    def __del__(self) -> None:
        if hasattr(self, "_environment"):
            self._environment.leave()

    async def __call__(self, event: dict[str, Any]) -> object:
        """Return the handler's result for *event*, as it looks after its way through JSON.

        Raises:
            FunctionFailedError: there is none.
        """
        invocation = _Invocation(json.dumps(event))
        self._environment.take([invocation])
        outcome = asyncio.wrap_future(invocation.outcome)
        try:
            while not outcome.done():
                if self._environment.busy_seconds() >= self._timeout_seconds:
                    self._replace_environment()
                if invocation.seconds() >= self._timeout_seconds:
                    break
                spent = max(invocation.seconds(), self._environment.busy_seconds())
                await asyncio.wait({outcome}, timeout=self._timeout_seconds - spent)
            else:
                return outcome.result()
        finally:
            # Both: the one tells the other only in a while, in which a late handler could begin.
            outcome.cancel()
            invocation.outcome.cancel()
        raise FunctionFailedError(f"The function took longer than {self._timeout_seconds:g} s.")

    def _replace_environment(self) -> None:
        waiting = self._environment.leave()
        self._environment = _Environment(self._invoke)
        self._environment.take(waiting)


@dataclass(eq=False, slots=True)
class _Invocation:
    payload: str
    outcome: Future[object] = field(default_factory=Future)
    began_at: float | None = None

    def seconds(self) -> float:
        """How long ago it began; 0 if it has not."""
        return 0.0 if self.began_at is None else time.monotonic() - self.began_at


class _Environment:
    """A thread that serves invocations one after the other, also those whose viewer has left."""

    def __init__(self, invoke: Callable[[str], object]) -> None:
        self._invoke = invoke
        self._changed = threading.Condition()
        self._waiting: deque[_Invocation] = deque()
        self._under_way: _Invocation | None = None
        self._left = False
        # A daemon, unlike an executor's threads: a handler that hangs does not keep the process from ending.
        threading.Thread(target=self._serve, name="edge-function", daemon=True).start()

    def take(self, invocations: Iterable[_Invocation]) -> None:
        with self._changed:
            self._waiting.extend(invocations)
            self._changed.notify()

    def leave(self) -> list[_Invocation]:
        """Begin nothing more, and end when the handler lets it; what has not begun."""
        with self._changed:
            self._left = True
            waiting = list(self._waiting)
            self._changed.notify()
        return waiting

    def busy_seconds(self) -> float:
        """How long ago the invocation under way began; 0 if none is."""
        invocation = self._under_way
        return 0.0 if invocation is None else invocation.seconds()

    def _serve(self) -> None:
        while (invocation := self._next()) is not None:
            if invocation.outcome.set_running_or_notify_cancel():
                try:
                    invocation.outcome.set_result(self._invoke(invocation.payload))
                except FunctionFailedError as failure:
                    invocation.outcome.set_exception(failure)

    def _next(self) -> _Invocation | None:
        with self._changed:
            self._under_way = None
            while not self._waiting and not self._left:
                self._changed.wait()
            if self._left:
                return None
            self._under_way = invocation = self._waiting.popleft()
            invocation.began_at = time.monotonic()
            return invocation


def _invoke(handler: Handler, arn: str, timeout_seconds: float, payload: str) -> object:
    context = LambdaContext.for_function(arn, timeout_seconds=timeout_seconds)
    try:
        return json.loads(json.dumps(handler(json.loads(payload), context)))
    # Of any kind: sys.exit() in a handler is a failure to Lambda's runtime like any other.
    except BaseException as exc:
        raise FunctionFailedError(f"The function raised {type(exc).__name__}.") from exc
