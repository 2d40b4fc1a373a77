"""A Lambda@Edge function as CloudFront calls it: JSON in, JSON out, one at a time, in bounded time."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
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
        self._handler = handler
        self._arn = arn
        self._timeout_seconds = timeout_seconds
        self._turn = asyncio.Lock()
        # No thread can be stopped, so an invocation whose viewer has left still holds this.
        self._environment = threading.Lock()
        # An ARN that is none should be known now, not at the first request.
        LambdaContext.for_function(arn, timeout_seconds=timeout_seconds)

    async def __call__(self, event: dict[str, Any]) -> object:
        """Return the handler's result for *event*, as it looks after its way through JSON.

        Raises:
            FunctionFailedError: there is none.
        """
        payload = json.dumps(event)
        async with self._turn:
            invocation = self._start(payload)
            outcome = asyncio.wrap_future(invocation)
            try:
                await asyncio.wait({outcome}, timeout=self._timeout_seconds)
                if outcome.done():
                    return outcome.result()
            finally:
                # Both: the one tells the other only in a while, in which a late handler could begin.
                outcome.cancel()
                invocation.cancel()
            self._environment = threading.Lock()
        raise FunctionFailedError(f"The function took longer than {self._timeout_seconds:g} s.")

    def _start(self, payload: str) -> Future[object]:
        outcome: Future[object] = Future()
        # A daemon, unlike an executor's threads: a handler that hangs does not keep the process from ending.
        arguments = (self._environment, payload, outcome)
        threading.Thread(target=self._serve, args=arguments, daemon=True).start()
        return outcome

    def _serve(self, environment: threading.Lock, payload: str, outcome: Future[object]) -> None:
        with environment:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                outcome.set_result(self._invoke(payload))
            except FunctionFailedError as failure:
                outcome.set_exception(failure)

    def _invoke(self, payload: str) -> object:
        context = LambdaContext.for_function(self._arn, timeout_seconds=self._timeout_seconds)
        try:
            return json.loads(json.dumps(self._handler(json.loads(payload), context)))
        # Of any kind: sys.exit() in a handler is a failure to Lambda's runtime like any other.
        except BaseException as exc:
            raise FunctionFailedError(f"The function raised {type(exc).__name__}.") from exc
