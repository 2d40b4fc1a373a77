"""An AWS that answers every request in one way, over real HTTP: as S3, STS or SQS does when it refuses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["REFUSALS", "Refusal", "RefusingAws", "serve_refusing_aws"]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A status and an error code, as S3 has it in XML; STS has it one element deeper, SQS in JSON."""

    status: int
    code: str
    #: SQS's word for it; None where there is no SQS, and S3 answers in its stead.
    sqs_code: str | None

    def body(self, headers: Message) -> bytes:
        if self.status == 200:
            return f"<html><body>{self.code}<br>".encode()
        if "x-amz-target" in headers and self.sqs_code is not None:
            return json.dumps(
                {"__type": f"com.amazon.coral.service#{self.sqs_code}", "message": "No."}
            ).encode()
        error = f"<Error><Code>{self.code}</Code><Message>No.</Message></Error>"
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return (f"<ErrorResponse>{error}</ErrorResponse>" if is_form else error).encode()


#: As each service words them.
REFUSALS = {
    "denied": Refusal(status=403, code="AccessDenied", sqs_code="AccessDeniedException"),
    "expired": Refusal(status=400, code="ExpiredToken", sqs_code="ExpiredTokenException"),
    "unknown key": Refusal(status=403, code="InvalidAccessKeyId", sqs_code="UnrecognizedClientException"),
    "wrong secret": Refusal(status=403, code="SignatureDoesNotMatch", sqs_code="InvalidSignatureException"),
    "not well": Refusal(status=500, code="InternalError", sqs_code="InternalFailure"),
    "no AWS": Refusal(status=200, code="Please sign in to the hotel's network.", sqs_code=None),
    "no such operation": Refusal(status=405, code="MethodNotAllowed", sqs_code=None),
}


@dataclass
class RefusingAws:
    """*asked* is set by the first request; where *refusal* is None, none is answered until the end."""

    url: str
    refusal: Refusal | None
    asked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_refusing_aws(refusal: Refusal | None) -> Iterator[RefusingAws]:
    """Serve one until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    aws = RefusingAws(url=f"http://127.0.0.1:{server.server_port}", refusal=refusal)
    server.aws = aws  # type: ignore[attr-defined]  # where the handler finds it
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield aws
    finally:
        aws.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        aws: RefusingAws = self.server.aws  # type: ignore[attr-defined]  # see above
        aws.asked.set()
        self.rfile.read(int(self.headers["content-length"] or 0))
        if aws.refusal is None:
            self.close_connection = True
            aws.ended.wait(30)
            return
        body = b"" if self.command == "HEAD" else aws.refusal.body(self.headers)
        self.send_response_only(aws.refusal.status)
        self.send_header("content-type", "application/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815  # the names are the base class's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
