"""A store that answers as it is told, over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["StoreServer", "serve_store"]


class StoreServer(ThreadingHTTPServer):
    """One object, and what to do instead of giving it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = b""
        #: A status to answer with, "reset" to close the connection, "silent" to say nothing.
        self.fault: int | str | None = None
        self.requests: list[dict[str, str]] = []
        self.silence = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def etag(self) -> str:
        return f'"{hash(self.body) & 0xFFFFFFFF:08x}"'


class _Handler(BaseHTTPRequestHandler):
    server: StoreServer

    def do_GET(self) -> None:
        self.server.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
        if self.server.fault == "silent":
            self.server.silence.wait(5)
            return
        if self.server.fault == "reset":
            return
        status = self.server.fault if isinstance(self.server.fault, int) else 200
        if status == 200 and self.headers["if-none-match"] == self.server.etag:
            status = 304
        body = self.server.body if status == 200 else b""
        self.send_response(status)
        self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serve_store() -> Iterator[StoreServer]:
    server = StoreServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.silence.set()
        server.shutdown()
        thread.join()
        server.server_close()
