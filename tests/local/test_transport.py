"""HTTP to an S3 of this machine: each answer, and each way to fail, as httpx has them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from local.transport import PlainTransport

pytestmark = pytest.mark.anyio

Exchange = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def client_of(exchange: Exchange) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that does *exchange* on each connection, and then closes it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await exchange(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(transport=PlainTransport(), base_url=url, timeout=0.3) as client:
        yield client
    server.close()


def saying(answer: bytes) -> Exchange:
    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return exchange


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nbody",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
    ],
    ids=["length", "chunks", "end", "hints"],
)
async def test_a_body_is_whole_however_its_end_is_told(answer: bytes) -> None:
    """Also after an informational answer."""
    async with client_of(saying(answer)) as client:
        response = await client.get("/")
    assert (response.status_code, response.content) == (200, b"body")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_answer_without_a_body_ends_with_its_headers(method: str) -> None:
    """Whatever length they tell."""
    status = b"304 Not Modified" if method == "GET" else b"200 OK"
    async with client_of(
        saying(b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\nX-A: b\r\n\r\n")
    ) as client:
        response = await client.request(method, "/")
    assert (response.content, response.headers["x-a"]) == (b"", "b")


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", b"SSH-2.0\r\n\r\n"],
)
async def test_an_answer_that_is_none_or_breaks_off_is_an_error(answer: bytes) -> None:
    """And no shorter answer."""
    async with client_of(saying(answer)) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_a_server_that_is_silent_is_a_timeout() -> None:
    """After the client's own time."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with client_of(wait) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/")


async def test_a_connection_that_is_reset_is_an_error() -> None:
    """While the answer is read."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with client_of(reset) as client:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await client.get("/")
