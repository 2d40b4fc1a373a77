"""The HTTP server before an ASGI application, in a thread of its own."""

import asyncio
import socket
import threading
import time
from typing import Any, Self

import uvicorn

from local.answers import Receive, Scope, Send
from local.s3 import listen

__all__ = ["Server"]

#: Seconds. How long answers under way have when the server ends; then they are broken off.
_GRACE = 1.0


class Server:
    """Holds a port of 127.0.0.1 from its making on, and serves there from `serve` until the block ends.

    Raises `PortUnavailableError`.
    """

    def __init__(self, port: int = 0) -> None:
        self._listener: socket.socket = listen(port)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self, application: Any) -> None:
        """Serve *application*; return once it answers."""
        config = uvicorn.Config(
            _ending_quietly(application), log_level="warning", access_log=False, lifespan="on"
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="server", daemon=True
        )
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._listener.close()


class _Uvicorn(uvicorn.Server):
    """Breaks off what a stalled viewer holds up, which uvicorn would do with a traceback for each."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.get_running_loop().call_later(_GRACE, self._break_off)
        await super().shutdown(sockets)
        ending.cancel()

    def _break_off(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in self.server_state.tasks:
            task.cancel()


def _ending_quietly(application: Any) -> Any:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await application(scope, receive, send)
        except asyncio.CancelledError:
            """Only the end of the server cancels."""

    return serve
