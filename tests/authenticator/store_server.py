"""A bucket that answers as it is told, over real HTTP."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = [
    "CUT",
    "DRIP",
    "LAST",
    "RESET",
    "SILENT",
    "UNMEASURED",
    "UNTAGGED",
    "StoreServer",
    "etag_of",
    "serve_store",
]

#: What to do instead of giving the object, beside answering with a status: close the connection at once;
#: say nothing; send a byte now and then; break the body off before the end; leave a header out. And give it,
#: but as the last on this connection.
RESET, SILENT, DRIP, CUT, UNMEASURED, UNTAGGED, LAST = (
    "reset",
    "silent",
    "drip",
    "cut",
    "unmeasured",
    "untagged",
    "last",
)


class StoreServer(ThreadingHTTPServer):
    """A bucket's objects by their keys, and what to do instead of giving them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scheme = "http"
        self.objects: dict[str, bytes] = {}
        self.fault: int | str | None = None
        #: The keys that the fault is for begin so.
        self.faulty = ""
        #: How many requests the fault is for; None is all of them.
        self.faults_left: int | None = None
        #: Bytes of the body that are sent before it is cut.
        self.cut = 0
        #: The keys that a delete marker remembers, as in a versioned bucket.
        self.deleted: set[str] = set()
        #: S3's code for a 404.
        self.missing = "NoSuchKey"
        #: Their headers; and ``method``, ``path`` and ``client``, the viewer's port, which tells connections.
        self.requests: list[dict[str, str]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def body(self) -> bytes:
        """The password file, which most tests are about."""
        return self.objects["auth/htpasswd"]

    @body.setter
    def body(self, body: bytes) -> None:
        self.objects["auth/htpasswd"] = body

    @property
    def etag(self) -> str:
        return etag_of(self.body)

    def asked(self, key: str) -> list[dict[str, str]]:
        """The requests for one object."""
        return [request for request in self.requests if request["path"].endswith(f"/{key}")]

    def next_fault(self, key: str) -> int | str | None:
        if not key.startswith(self.faulty):
            return None
        if self.faults_left is not None:
            self.faults_left -= 1
            if self.faults_left < 0:
                return None
        return self.fault


def etag_of(body: bytes) -> str:
    return f'"{hash(body) & 0xFFFFFFFF:08x}"'


class _Handler(BaseHTTPRequestHandler):
    server: StoreServer
    protocol_version = "HTTP/1.1"
    # Else each answer on a kept connection waits for the acknowledgement of its headers.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        facts = {"method": self.command, "path": self.path, "client": str(self.client_address[1])}
        self.server.requests.append({**headers, **facts})
        key = self.path.split("/", 2)[2]  # path style: the bucket comes first
        fault = self.server.next_fault(key)
        if fault in (SILENT, RESET):
            self.close_connection = True
            if fault == SILENT:
                self.server.ended.wait(5)
        else:
            self.answer(key, fault)

    do_HEAD = do_GET  # noqa: N815  # the name is the base class's

    def answer(self, key: str, fault: int | str | None) -> None:
        stored = self.server.objects.get(key)
        status = fault if isinstance(fault, int) else 200 if stored is not None else 404
        if stored is not None and status == 200 and self.headers["if-none-match"] == etag_of(stored):
            status = 304
        if status == 200 and stored is not None:
            body = stored
        else:
            code = self.server.missing if status == 404 and not isinstance(fault, int) else "SomeError"
            body = b"" if status == 304 else f"<Error><Code>{code}</Code></Error>".encode()
        self.send_response(status)
        if fault != UNTAGGED and stored is not None:
            self.send_header("ETag", etag_of(stored))
        if fault == LAST:
            self.send_header("Connection", "close")
        if status == 404 and key in self.server.deleted:
            self.send_header("x-amz-delete-marker", "true")
        if fault in (UNMEASURED, CUT, DRIP):
            self.close_connection = True
        if fault != UNMEASURED and status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or status == 304:
            return
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
