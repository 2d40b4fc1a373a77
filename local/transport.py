"""HTTP/1.1 to an S3 of this machine: no TLS, and a connection for each request.

httpx has all of it, and more: for what is asked here it takes three times as much of the processor.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import h11
import httpx

__all__ = ["PlainTransport"]

_CHUNK_BYTES = 64 * 1024


class PlainTransport(httpx.AsyncBaseTransport):
    """Takes requests without a body, and raises what httpx's own transport would."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        with _explained(httpx.ConnectError, httpx.ConnectTimeout):
            async with asyncio.timeout(timeouts.get("connect")):
                streams = await asyncio.open_connection(request.url.host, request.url.port or 80)
        exchange = _Exchange(*streams, read_timeout=timeouts.get("read"))
        try:
            head = await exchange.ask(request)
        except BaseException:
            await exchange.aclose()
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=_Body(exchange))


class _Exchange:
    """One request and its answer, on a connection of their own."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, read_timeout: float | None
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._read_timeout = read_timeout
        self._connection = h11.Connection(h11.CLIENT)

    async def ask(self, request: httpx.Request) -> h11.Response:
        """Send *request*; what its answer begins with."""
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        self._writer.write(self._connection.send(head) or b"")
        self._connection.send(h11.EndOfMessage())
        while not isinstance(event := await self._next_event(), h11.Response):
            """What is informational is passed over."""
        return event

    async def body(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next_event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._writer.close()
        with suppress(OSError):  # it may have told its trouble before
            await self._writer.wait_closed()

    async def _next_event(self) -> object:
        with _explained(httpx.ReadError, httpx.ReadTimeout):
            while (event := self._connection.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(self._read_timeout):
                    self._connection.receive_data(await self._reader.read(_CHUNK_BYTES))
        return event


class _Body(httpx.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._exchange.body()

    async def aclose(self) -> None:
        await self._exchange.aclose()


@contextmanager
def _explained(error: type[httpx.TransportError], timeout: type[httpx.TransportError]) -> Iterator[None]:
    """Raise as httpx does."""
    try:
        yield
    except TimeoutError as exc:
        raise timeout(str(exc)) from exc
    except OSError as exc:
        raise error(str(exc)) from exc
    except h11.RemoteProtocolError as exc:
        raise httpx.RemoteProtocolError(str(exc)) from exc
