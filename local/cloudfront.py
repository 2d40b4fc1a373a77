"""CloudFront as an ASGI application: a request goes to the function, then to the cache, then to the bucket.

It is strict where AWS is strict, so that a handler which works here works there.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import httpx

from local.answers import Answer, Receive, Scope, Send, deliver, error_page
from local.cache import Cache, CachedObject
from local.compression import compress
from local.edge_function import EdgeFunction, FunctionFailedError, Handler
from local.edge_rules import ContinuedRequest, GeneratedResponse, InvalidResultError, judge
from local.origin import Origin, OriginUnreachableError
from local.questions import Questions
from local.selection import not_modified, select
from local.viewer_request import RefusedRequestError, viewer_request_event

__all__ = ["FUNCTION_TIMEOUT_SECONDS", "CloudFront"]

logger = logging.getLogger(__name__)

FUNCTION_TIMEOUT_SECONDS = 5.0


class _Known(NamedTuple):
    """What the cache has after the origin was asked about it, and CloudFront's word for how that went."""

    stored: CachedObject
    result: str


class CloudFront:
    """One edge location of a CloudFront distribution with one function, one cache and one origin.

    Args:
        handler: the viewer-request function, called with an event and a `LambdaContext`.
        context_arn: the function's own ARN, as it reads it in its context.
        origin: the bucket; closed when the server shuts down.
        domain: the distribution's domain name, for events. Requests may come under any host name.
    """

    def __init__(
        self,
        *,
        handler: Handler,
        context_arn: str,
        origin: Origin,
        domain: str = "d111111abcdef8.cloudfront.net",
        timeout_seconds: float = FUNCTION_TIMEOUT_SECONDS,
        cache: Cache | None = None,
    ) -> None:
        self._function = EdgeFunction(handler, context_arn, timeout_seconds=timeout_seconds)
        self._origin = origin
        self._domain = domain
        self._cache = Cache() if cache is None else cache
        self._revalidations: Questions[_Known | None] = Questions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await self._origin.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as open_until_sent:
            answer = await self._answer(scope, open_until_sent)
            logger.info(
                "method=%s uri=%r status=%d result=%r",
                scope["method"],
                scope["raw_path"],
                answer.status,
                answer.headers["x-cache"],
            )
            try:
                await deliver(answer, method=scope["method"], receive=receive, send=send)
            except OriginUnreachableError as exc:
                # The status is out already. An answer that stops short of its length, on a connection that is
                # closed, is how the viewer learns of it.
                logger.error("An answer was broken off: %s", exc)

    async def _answer(self, scope: Scope, open_until_sent: AsyncExitStack) -> Answer:
        try:
            verdict = await self._decide(scope)
        except RefusedRequestError as refusal:
            return error_page(refusal.status, str(refusal), result="Error")
        except InvalidResultError as exc:
            logger.error("The Lambda function result failed validation: %s", exc)
            return error_page(
                502, "The Lambda function returned an invalid result.", result="LambdaValidationError"
            )
        except FunctionFailedError as exc:
            logger.error("%s", exc, exc_info=exc.__cause__)
            return error_page(503, "The Lambda function failed.", result="LambdaExecutionError")
        if isinstance(verdict, GeneratedResponse):
            return _generated(verdict)
        try:
            return compress(await self._fetch(verdict, open_until_sent), verdict.headers)
        except OriginUnreachableError as exc:
            logger.error("%s", exc)
            return error_page(
                exc.status, "CloudFront could not get an answer from the origin.", result="Error"
            )

    async def _decide(self, scope: Scope) -> ContinuedRequest | GeneratedResponse:
        event = viewer_request_event(scope, domain=self._domain)
        asked: dict[str, Any] = event["Records"][0]["cf"]["request"]
        return judge(await self._function(event), asked)

    async def _fetch(self, asked: ContinuedRequest, open_until_sent: AsyncExitStack) -> Answer:
        # "CloudFront caches responses to GET and HEAD requests"; all else goes to the origin each time.
        reads = asked.method in ("GET", "HEAD")
        stored = self._cache.get(asked.uri) if reads else None
        if stored is not None and self._cache.is_fresh(stored):
            return self._from_cache(stored, asked, "Hit")
        if stored is not None:
            known = await self._revalidations.ask(asked.uri, lambda: self._revalidate(asked.uri))
            if known is not None:
                return self._from_cache(known.stored, asked, known.result)
        asked_at = self._cache.now()
        answer = await open_until_sent.enter_async_context(
            self._origin.fetch(asked.method, asked.uri, asked.headers)
        )
        return await self._take(answer, asked, asked_at=asked_at)

    async def _revalidate(self, uri: str) -> _Known | None:
        """Ask the origin about the copy of *uri*; None if what it says now cannot be shared by viewers."""
        stored = self._cache.get(uri)
        if stored is None:
            return None
        asked_at = self._cache.now()
        try:
            async with self._origin.fetch("GET", uri, stored.conditions) as answer:
                if answer.status == 304:
                    confirmed = self._cache.confirm(uri, stored, answer.headers, asked_at=asked_at)
                    return _Known(confirmed, "RefreshHit")
                if answer.status < 500:
                    return await self._replace(uri, stored, answer, asked_at=asked_at)
                problem = f"The origin answered {answer.status}."
        except OriginUnreachableError as exc:
            problem = str(exc)
        # "If your origin returns a 5xx error code, CloudFront serves the object even though it has expired."
        logger.warning("An expired copy of %s is served. %s", uri, problem)
        return _Known(stored, "Hit")

    async def _replace(
        self, uri: str, stored: CachedObject, answer: Answer, *, asked_at: float
    ) -> _Known | None:
        if self._cache.may_store(answer.status, answer.headers):
            body = await answer.read()
            return _Known(self._cache.store(uri, answer.headers, body, asked_at=asked_at), "Miss")
        if self._cache.get(uri) is stored:
            self._cache.drop(uri)
        return None

    async def _take(self, answer: Answer, asked: ContinuedRequest, *, asked_at: float) -> Answer:
        """Pass on the origin's *answer*, by way of the cache if it is to be kept."""
        if asked.method == "GET" and self._cache.may_store(answer.status, answer.headers):
            body = await answer.read()
            stored = self._cache.store(asked.uri, answer.headers, body, asked_at=asked_at)
            return select(stored.headers, stored.body, asked.headers).with_headers(
                x_cache="Miss from cloudfront"
            )
        if answer.status == 304:
            answer = not_modified(answer.headers)
        return answer.with_headers(x_cache=f"{'Error' if answer.status >= 400 else 'Miss'} from cloudfront")

    def _from_cache(self, stored: CachedObject, asked: ContinuedRequest, result: str) -> Answer:
        return select(stored.headers, stored.body, asked.headers).with_headers(
            x_cache=f"{result} from cloudfront", age=str(self._cache.age(stored))
        )


def _generated(response: GeneratedResponse) -> Answer:
    headers = httpx.Headers(response.headers)
    if response.status not in (204, 304):
        headers["content-length"] = str(len(response.body))
    answer = Answer(response.status, headers, response.body)
    return answer.with_headers(x_cache="LambdaGeneratedResponse from cloudfront")
