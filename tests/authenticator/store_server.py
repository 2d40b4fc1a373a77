"""A store that answers as it is told, over real HTTP."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["CUT", "DRIP", "RESET", "SILENT", "UNMEASURED", "UNTAGGED", "StoreServer", "serve_store"]

#: What to do instead of giving the object, beside answering with a status: close the connection at once;
#: say nothing; send a byte now and then; break the body off before the end; leave a header out.
RESET, SILENT, DRIP, CUT, UNMEASURED, UNTAGGED = "reset", "silent", "drip", "cut", "unmeasured", "untagged"


class StoreServer(ThreadingHTTPServer):
    """One object, and what to do instead of giving it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scheme = "http"
        self.body = b""
        self.fault: int | str | None = None
        #: How many requests the fault is for; None is all of them.
        self.faults_left: int | None = None
        #: Bytes of the body that are sent before it is cut.
        self.cut = 0
        self.requests: list[dict[str, str]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def etag(self) -> str:
        return f'"{hash(self.body) & 0xFFFFFFFF:08x}"'

    def next_fault(self) -> int | str | None:
        if self.faults_left is not None:
            self.faults_left -= 1
            if self.faults_left < 0:
                return None
        return self.fault


class _Handler(BaseHTTPRequestHandler):
    server: StoreServer

    def do_GET(self) -> None:
        self.server.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
        fault = self.server.next_fault()
        if fault == SILENT:
            self.server.ended.wait(5)
        elif fault != RESET:
            self.answer(fault)

    def answer(self, fault: int | str | None) -> None:
        status = fault if isinstance(fault, int) else 200
        if status == 200 and self.headers["if-none-match"] == self.server.etag:
            status = 304
        body = self.server.body if status == 200 else b""
        self.send_response(status)
        if fault != UNTAGGED:
            self.send_header("ETag", self.server.etag)
        if fault != UNMEASURED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == DRIP:
            self.drip(body)
        else:
            self.wfile.write(body[: self.server.cut] if fault == CUT else body)

    def drip(self, body: bytes) -> None:
        for value in body:
            if self.server.ended.wait(0.3):
                return
            self.wfile.write(bytes([value]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            """The reader has left."""


@contextmanager
def serve_store(tls: ssl.SSLContext | None = None) -> Iterator[StoreServer]:
    """Serve a store until the block ends, over HTTPS if *tls* is given."""
    server = StoreServer()
    if tls is not None:
        server.scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
