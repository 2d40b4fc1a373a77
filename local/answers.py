"""An answer to a viewer, and its way there through ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

__all__ = ["Answer", "Receive", "Scope", "Send", "deliver", "error_page"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """*body* is whole, or a stream that can be read once and of which nothing is held."""

    status: int
    headers: httpx.Headers
    body: bytes | AsyncGenerator[bytes, None] = b""

    def with_headers(self, **headers: str) -> Answer:
        """The same answer with these headers set; ``x_cache`` stands for X-Cache."""
        changed = httpx.Headers(self.headers)
        changed.update({name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(self.status, changed, self.body)

    async def read(self) -> bytes:
        """The whole body, wherever it is."""
        if isinstance(self.body, bytes):
            return self.body
        return b"".join([chunk async for chunk in self.body])


def error_page(status: int, sentence: str, *, result: str) -> Answer:
    """What CloudFront answers by itself; *result* is its word for the case in X-Cache."""
    body = f"<!DOCTYPE html>\n<title>ERROR</title>\n<h1>{status}</h1>\n<p>{sentence}\n".encode()
    headers = {"content-type": "text/html", "content-length": str(len(body))}
    return Answer(status, httpx.Headers(headers), body).with_headers(x_cache=f"{result} from cloudfront")


async def deliver(answer: Answer, *, method: str, receive: Receive, send: Send) -> None:
    """Send *answer* to the viewer, a chunk at a time as it takes them, until all is sent or it leaves."""
    sending = asyncio.ensure_future(_send(answer, method, send))
    leaving = asyncio.ensure_future(_until_viewer_leaves(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send(answer: Answer, method: str, send: Send) -> None:
    headers = [(name.lower(), value.strip()) for name, value in answer.headers.raw]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    last = b""
    if method != "HEAD" and answer.status not in (204, 304):
        if isinstance(answer.body, bytes):
            last = answer.body
        else:
            async with aclosing(answer.body) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": last, "more_body": False})


async def _until_viewer_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
