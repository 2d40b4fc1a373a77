"""The HTTP server before an ASGI application, in a thread of its own."""

import socket
import threading
import time
from typing import Any, Self

import uvicorn

from local.s3 import listen

__all__ = ["Server"]


class Server:
    """Holds a port of 127.0.0.1 from its making on, and serves there from `serve` until the block ends.

    Raises `PortInUseError`.
    """

    def __init__(self, port: int = 0) -> None:
        self._listener: socket.socket = listen(port)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self, application: Any) -> None:
        """Serve *application*; return once it answers."""
        config = uvicorn.Config(
            application, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
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
