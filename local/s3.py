"""An S3 in this process: moto, behind `StrictS3`, on 127.0.0.1.

SQS answers at the same endpoint, so notifications work. Everything is in memory, in one store for the
process: servers started side by side show the same buckets, and the store is emptied when the last one
stops (and whenever moto's own `mock_aws` starts: do not mix the two).
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, ClassVar

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import ThreadedWSGIServer

from local.strict_s3 import StrictS3

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger(__name__)

_HOST = "127.0.0.1"


class PortUnavailableError(OSError):
    """*port* cannot be listened on; *remedy* says why, and what to do."""

    def __init__(self, port: int, remedy: str) -> None:
        super().__init__(f"Port {port} on {_HOST} is {remedy}")
        self.port = port


_REMEDIES = {
    errno.EADDRINUSE: "in use: stop the program that listens there, or choose another port.",
    errno.EACCES: "for programs with more rights than this one: choose one from 1024 to 65535.",
}


class EmbeddedS3:
    """S3 and SQS at `endpoint_url`, between `start` and `stop`. Port 0 means any free one."""

    _running: ClassVar[int] = 0
    _counting: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        if self._server is None:
            raise RuntimeError("The embedded S3 has no address before it is started.")
        return f"http://{_HOST}:{self._server.port}"

    def start(self) -> None:
        """Listen, then serve in a thread; `PortUnavailableError` if the port cannot be had."""
        with listen(self._port) as listener:
            self._server = _Server(listener)
        # A short poll, because `shutdown` waits for it.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="embedded-s3", daemon=True
        )
        self._thread.start()
        with self._counting:
            EmbeddedS3._running += 1

    def stop(self) -> None:
        """Stop listening, break off what is under way, and free the store if this was the last server."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.break_off()
        self._server = self._thread = None
        with self._counting:
            EmbeddedS3._running -= 1
            if EmbeddedS3._running == 0:
                s3_backends.reset()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def listen(port: int) -> socket.socket:
    """A socket whose connections send at once what is written. Raises `PortUnavailableError`."""
    try:
        listener = socket.create_server((_HOST, port), backlog=128)
    except OSError as exc:
        if exc.errno in _REMEDIES:
            raise PortUnavailableError(port, _REMEDIES[exc.errno]) from exc
        raise
    # Headers and body leave in two writes; with Nagle's algorithm the second could wait 40 ms.
    # Connections have the option from here: asyncio, which sets it too, does not know them for ones of TCP.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _RequestHandler(MotoRequestHandler):
    # For "100 Continue" and bodies of unknown length. werkzeug closes each connection all the same.
    protocol_version = "HTTP/1.1"

    def handle_expect_100(self) -> bool:
        return True  # werkzeug says "100 Continue" itself; once is enough

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 - werkzeug's names
        logger.debug(message, *args)


class _Server(ThreadedWSGIServer):
    """A thread for each connection, and a way to end them all."""

    def __init__(self, listener: socket.socket) -> None:
        self._connections: dict[threading.Thread, socket.socket] = {}
        application = StrictS3(DomainDispatcherApplication(create_backend_app))
        port = listener.getsockname()[1]
        super().__init__(_HOST, port, application, _RequestHandler, fd=listener.fileno())

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        thread = threading.current_thread()
        self._connections[thread] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._connections[thread]

    def break_off(self) -> None:
        for thread, connection in list(self._connections.items()):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("A connection had already ended.")
            thread.join(timeout=2)
