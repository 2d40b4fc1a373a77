"""A public index, to stand upstream of ours: anybody publishes there, under any name that is free."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.distributions import make_wheel, wheel_name

__all__ = ["PublicIndex", "serve_public_index"]


class PublicIndex(ThreadingHTTPServer):
    """Wheels by project, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.projects: dict[str, dict[str, bytes]] = {}
        #: Their headers in lower case, and ``path``.
        self.requests: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Its index URL."""
        return f"http://127.0.0.1:{self.server_port}/simple/"

    def publish(self, project: str, version: str) -> None:
        wheels = self.projects.setdefault(project, {})
        wheels[wheel_name(project, version)] = make_wheel(project, version)

    def asked(self, project: str) -> list[dict[str, str]]:
        """The requests for a project's page and files."""
        return [request for request in self.requests if request["path"].split("/")[2] == project]


class _Handler(BaseHTTPRequestHandler):
    server: PublicIndex
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append({**headers, "path": self.path})
        body = self.find()
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "binary/octet-stream")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body or b"")

    do_HEAD = do_GET  # noqa: N815  # the names are the base class's

    def find(self) -> bytes | None:
        """The body: of a page, ``/simple/PROJECT/``, or of a wheel below it."""
        _, _, project, name = self.path.split("/")
        wheels = self.server.projects.get(project)
        if wheels is None or name:
            return None if wheels is None else wheels.get(name)
        links = [_link(filename, wheel) for filename, wheel in wheels.items()]
        return f"<!DOCTYPE html><title>{project}</title>{''.join(links)}".encode()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _link(filename: str, wheel: bytes) -> str:
    return f'<a href="{filename}#sha256={hashlib.sha256(wheel).hexdigest()}">{filename}</a>'


@contextmanager
def serve_public_index() -> Iterator[PublicIndex]:
    """Serve one until the block ends."""
    server = PublicIndex()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
