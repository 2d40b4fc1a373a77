"""What stands between a consumer and an index: TLS, proxies, and things that change what passes."""

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from typing import Any

import httpx

__all__ = ["Passed", "Proxy", "front_of", "proxy", "silent_port", "web_page"]

#: Not to be handed on.
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


@dataclass(kw_only=True)
class Passed:
    """An answer on its way to the consumer; whoever changes it, changes what arrives."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: The headers of the question.
    asked: dict[str, str]


@contextmanager
def front_of(
    origin: str,
    *,
    context: ssl.SSLContext | None = None,
    change: Callable[[Passed], object] = repr,
) -> Iterator[str]:
    """A server that hands on to *origin*, as CloudFront does; with *context* by TLS. Its own origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            passed = _pass_on(origin + self.path, dict(self.headers))
            change(passed)
            self.send_response_only(passed.status)
            for name, value in passed.headers.items():
                self.send_header(name, value)
            if "date" not in passed.headers:
                self.send_header("date", self.date_time_string())
            self.send_header("content-length", str(len(passed.body)))
            self.end_headers()
            self.wfile.write(passed.body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with _running(Handler, context) as port:
        yield f"{'https' if context else 'http'}://localhost:{port}"


def _pass_on(url: str, headers: dict[str, str]) -> Passed:
    sent = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | {"host"}}
    with httpx.Client(trust_env=False) as client, client.stream("GET", url, headers=sent) as response:
        kept = {name: value for name, value in response.headers.items() if name not in _HOP_BY_HOP}
        body = b"".join(response.iter_raw())
        asked = {name.lower(): value for name, value in headers.items()}
        return Passed(status=response.status_code, headers=kept, body=body, asked=asked)


def web_page(text: str, *, status: int = 200, **headers: str) -> Callable[[Passed], object]:
    """What changes every answer into a page of somebody else's."""

    def change(passed: Passed) -> None:
        passed.status, passed.body = status, text.encode()
        passed.headers = {"content-type": "text/html", **headers}

    return change


@dataclass(kw_only=True)
class Proxy:
    """A proxy, and what it was asked for."""

    url: str
    asked: list[str] = field(default_factory=list)
    #: With what somebody signs in there in clear, at the index and not at the proxy.
    seen: set[str | None] = field(default_factory=set)


@contextmanager
def proxy(*, credential: str | None = None, refuses: bool = False) -> Iterator[Proxy]:
    """A proxy for http and https; it wants a *credential*, or *refuses* everything."""
    running = Proxy(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if not self._may_pass():
                return
            host, _, port = self.path.rpartition(":")
            try:
                there = socket.create_connection((host, int(port)))
            except OSError:
                self.send_error(502, "Bad Gateway")
                return
            with there:
                self.send_response_only(200)
                self.end_headers()
                _shovel(self.connection, there)

        def do_GET(self) -> None:
            if not self._may_pass():
                return
            passed = _pass_on(self.path, dict(self.headers))
            self.send_response_only(passed.status)
            for name, value in passed.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(passed.body)))
            self.end_headers()
            self.wfile.write(passed.body)

        def _may_pass(self) -> bool:
            running.asked.append(self.path)
            running.seen.add(self.headers["Authorization"])
            if refuses:
                self.send_error(403, "Forbidden by policy")
            elif credential and self.headers["Proxy-Authorization"] != _basic(credential):
                self.send_response(407, "Proxy Authentication Required")
                self.send_header("Proxy-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                return True
            return False

        def log_message(self, *arguments: Any) -> None:
            pass

    with _running(Handler, None) as port:
        running.url = f"http://localhost:{port}"
        yield running


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None) -> Iterator[int]:
    server = _Server(("127.0.0.1", 0), handler)
    if context:
        # The handshake belongs to the connection's thread, not to the one that accepts.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that do not believe a certificate break off; that is what they are here for."""


def _shovel(here: socket.socket, there: socket.socket) -> None:
    other = {here: there, there: here}
    while True:
        for ready in select([here, there], [], [])[0]:
            data = ready.recv(65_536)
            if not data:
                return
            other[ready].sendall(data)


def _basic(credential: str) -> str:
    return f"Basic {base64.b64encode(credential.encode()).decode()}"
