import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from typing import Any

import httpx
import pytest

from local.answers import Answer, deliver, error_page

pytestmark = pytest.mark.anyio


class Stream:
    """A body without end that knows how much of it was taken, and whether it was closed."""

    def __init__(self) -> None:
        self.taken = 0
        self.closed = False

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.taken += 1
                yield b"x"
        finally:
            self.closed = True


class Viewer:
    """The other end: keeps what it is sent, takes *patience* messages, and leaves when told."""

    def __init__(self, patience: int = 1_000_000) -> None:
        self.messages: list[MutableMapping[str, Any]] = []
        self.left = asyncio.Event()
        self.patience = patience

    async def receive(self) -> MutableMapping[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if len(self.messages) == self.patience:
            await asyncio.Event().wait()
        self.messages.append(message)

    async def take(self, answer: Answer, method: str = "GET") -> bytes:
        await deliver(answer, method=method, receive=self.receive, send=self.send)
        return b"".join(message.get("body", b"") for message in self.messages)


async def test_a_whole_body_is_one_message() -> None:
    """Header names go out in lower case, as ASGI has them, and without blanks around values."""
    viewer = Viewer()
    answer = Answer(200, httpx.Headers({"Content-Type": " text/html "}), b"hello")
    assert await viewer.take(answer) == b"hello"
    start, body = viewer.messages
    assert start["headers"] == [(b"content-type", b"text/html")]
    assert (start["status"], body["more_body"]) == (200, False)


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_an_answer_without_body_reads_none(method: str, status: int) -> None:
    """To a HEAD, and with 204 and 304, the body is not even begun."""
    stream = Stream()
    assert await Viewer().take(Answer(status, httpx.Headers(), stream.chunks()), method) == b""
    assert stream.taken == 0


async def test_nothing_is_read_ahead_of_the_viewer() -> None:
    """A viewer that stops taking chunks stops the reading, and its leaving closes the stream."""
    stream, viewer = Stream(), Viewer(patience=4)
    delivery = asyncio.ensure_future(viewer.take(Answer(200, httpx.Headers(), stream.chunks())))
    while len(viewer.messages) < 4:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert stream.taken == 4, "three are sent after the start, and one is in hand"
    assert not stream.closed
    viewer.left.set()
    await delivery
    assert stream.closed


async def test_what_goes_wrong_in_a_stream_is_raised() -> None:
    """Then the answer stays unfinished, so that the server breaks the connection."""

    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"x"
        raise LookupError

    viewer = Viewer()
    with pytest.raises(LookupError):
        await viewer.take(Answer(200, httpx.Headers(), broken()))
    assert viewer.messages[-1]["more_body"]


async def test_an_error_page_says_what_happened() -> None:
    """It is HTML, with CloudFront's word for the case."""
    page = error_page(502, "It broke.", result="Error")
    assert page.headers["x-cache"] == "Error from cloudfront"
    assert b"<p>It broke." in await page.read()
    assert page.headers["content-length"] == str(len(await page.read()))


async def test_a_header_changes_in_a_copy() -> None:
    """An answer is a value."""
    answer = Answer(200, httpx.Headers({"age": "1"}))
    assert answer.with_headers(age="2", x_cache="Hit").headers == {"age": "2", "x-cache": "Hit"}
    assert answer.headers == {"age": "1"}
