"""An S3 endpoint that passes requests on to another, but for those that it is told to fail."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

__all__ = [
    "CUT",
    "DENIED",
    "NO_BUCKET",
    "NO_RIGHT",
    "SILENT",
    "Fault",
    "FaultyEndpoint",
    "serve_faulty_endpoint",
]

#: What to do, beside answering with a status: say nothing; say that there is no such bucket; deny, and say
#: no more or name the right that is missing, which S3 does within one account; break off in the middle.
SILENT, NO_BUCKET, DENIED, NO_RIGHT, CUT = "silent", "no-bucket", "denied", "no-right", "cut"
_NO_RIGHT = (
    "User: arn:aws:sts::123456789012:assumed-role/ci/job is not authorized to perform: s3:GetObject on "
    "resource: &quot;arn:aws:s3:::bucket/key&quot; because no identity-based policy allows that action"
)
#: Bytes are what stood there before.
Fault = int | str | bytes

_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "keep-alive"})


class FaultyEndpoint(ThreadingHTTPServer):
    """Stands before the S3 at *endpoint_url*."""

    daemon_threads = True

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(endpoint_url).netloc
        #: The fault of reading each object, by its key.
        self._faults: dict[str, Fault] = {}
        self._healed = threading.Event()
        #: Whether somebody waits for an answer that does not come.
        self.silenced = threading.Event()
        #: How many uploads still pass; None for all.
        self._passing: threading.Semaphore | None = None
        self._held = threading.Event()
        #: Whether there is nothing but S3, as at an endpoint of somebody else's: no STS, no queues.
        self.is_s3_alone = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def failing(self, fault: Fault, *keys: str) -> Iterator[None]:
        """Fail all GETs and HEADs of *keys* until the block ends."""
        self._healed.clear()
        self._faults = dict.fromkeys(keys, fault)
        try:
            yield
        finally:
            self._faults = {}
            self._healed.set()

    @contextmanager
    def holding_uploads(self, *, after: int = 0) -> Iterator[threading.Event]:
        """Let *after* PUTs pass, and no other until the block ends. The event says that one is held."""
        self._passing, self._held = threading.Semaphore(after), threading.Event()
        self._healed.clear()
        try:
            yield self._held
        finally:
            self._passing = None
            self._healed.set()

    def hold(self, method: str) -> bool:
        """Whether a request was held until nobody waited for its answer."""
        if method != "PUT" or self._passing is None or self._passing.acquire(blocking=False):
            return False
        self._held.set()
        self._healed.wait(120)
        return True

    def fault_of(self, method: str, path: str) -> Fault | None:
        """The fault of a request, if it has one."""
        key = path.partition("?")[0].split("/", 2)[2:]
        return self._faults.get(key[0]) if key and method in ("GET", "HEAD") else None

    def keep_silent(self) -> None:
        """Longer than the authenticator waits."""
        self.silenced.set()
        self._healed.wait(10)


class _Handler(BaseHTTPRequestHandler):
    server: FaultyEndpoint
    protocol_version = "HTTP/1.1"
    # Else each answer on a kept connection waits for the acknowledgement of its headers.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.server.hold(self.command):
            self.close_connection = True
            return
        size = int(self.headers["content-length"] or 0)
        body = self.rfile.read(size)
        if len(body) < size:  # whoever sent it has left
            self.close_connection = True
            return
        if self.server.is_s3_alone and (self.command, self.path) == ("POST", "/"):
            self.refuse(405, "MethodNotAllowed")
            return
        match self.server.fault_of(self.command, self.path):
            case None:
                self.pass_on(body)
            case "silent":
                self.close_connection = True
                self.server.keep_silent()
            case "cut":
                self.close_connection = True
                self.pass_on(body, cut=self.command == "GET")
            case "no-bucket":
                self.refuse(404, "NoSuchBucket")
            case "denied":
                self.refuse(403, "AccessDenied", "Access Denied")
            case "no-right":
                self.refuse(403, "AccessDenied", _NO_RIGHT)
            case bytes() as stale:
                self.answer(200, {"ETag": '"stale"', "Content-Length": str(len(stale))}, stale)
            case status:
                self.refuse(int(status), "SomeError")

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815  # the names are the base class's

    def pass_on(self, body: bytes, *, cut: bool = False) -> None:
        """Answer as S3 does; with *cut* all of the headers, and the first half of the body."""
        with closing(http.client.HTTPConnection(self.server.behind, timeout=30)) as connection:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP | {"expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = response.read()
        if cut:
            answer = answer[: (len(answer) + 1) // 2]
        self.answer(response.status, dict(response.getheaders()), answer)

    def refuse(self, status: int, code: str, message: str = "") -> None:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self.answer(status, {"Content-Type": "application/xml", "Content-Length": str(len(body))}, body)

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        measured = any(name.lower() == "content-length" for name in headers)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if not measured and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            """The reader has left."""


@contextmanager
def serve_faulty_endpoint(endpoint_url: str) -> Iterator[FaultyEndpoint]:
    """Serve one until the block ends."""
    server = FaultyEndpoint(endpoint_url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
