"""Lambda's Runtime API: what hands a function its events and takes its answers, on loopback.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One environment asks it, one event at a time.
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

__all__ = ["NoAnswerError", "Outcome", "RuntimeApi", "serve_runtime_api"]

_ROOT = "/2018-06-01/runtime"
#: Seconds. A function's own timeout is not enforced: tests share their processors with others.
_PATIENCE = 120


class NoAnswerError(RuntimeError):
    """An environment has ended, or said nothing for long."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a function, or the start of its environment, came to."""

    kind: Literal["response", "error", "init error"]
    value: Any
    #: By `time.perf_counter`.
    at: float


class RuntimeApi(ThreadingHTTPServer):
    """Events in, outcomes out. *seconds* is the function's timeout, which its context tells."""

    daemon_threads = True

    def __init__(self, *, function_arn: str, seconds: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.function_arn = function_arn
        self.seconds = seconds
        #: When the environment first asked for an event, by `time.perf_counter`: its start is over.
        self.ready_at: float | None = None
        self._events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def invoke(self, event: Any, *, alive: Callable[[], bool]) -> Outcome:
        """Hand out *event* and wait for what becomes of it. Raises `NoAnswerError`."""
        self._events.put(json.dumps(event).encode())
        return self.wait(alive=alive)

    def wait(self, *, alive: Callable[[], bool]) -> Outcome:
        """The next outcome. Raises `NoAnswerError`."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            there = alive()
            try:
                return self._outcomes.get(timeout=0.1)
            except queue.Empty:
                if not there:
                    raise NoAnswerError("the environment has ended") from None
        raise NoAnswerError(f"there was no answer for {_PATIENCE} s")

    def next_event(self) -> bytes | None:
        """Wait for an event; None at the end of all."""
        if self.ready_at is None:
            self.ready_at = time.perf_counter()
        return self._events.get()

    def conclude(self, outcome: Outcome) -> None:
        self._outcomes.put(outcome)

    def end(self) -> None:
        self._events.put(None)


class _Handler(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    # Else each answer waits 40 ms for the acknowledgement of its headers.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        event = self.server.next_event() if self.path == f"{_ROOT}/invocation/next" else None
        if event is None:
            self.close_connection = True
            return
        deadline = int((time.time() + self.server.seconds) * 1000)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
        self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", self.server.function_arn)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        at = time.perf_counter()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        kind: Literal["response", "error", "init error"] = (
            "init error"
            if self.path == f"{_ROOT}/init/error"
            else "response"
            if self.path.endswith("/response")
            else "error"
        )
        self.server.conclude(Outcome(kind=kind, value=json.loads(body), at=at))

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            """The environment has ended."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serve_runtime_api(*, function_arn: str, seconds: int) -> Iterator[RuntimeApi]:
    """Serve until the block ends."""
    server = RuntimeApi(function_arn=function_arn, seconds=seconds)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        server.shutdown()
        thread.join()
        server.server_close()
