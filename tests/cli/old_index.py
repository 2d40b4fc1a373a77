"""An index that somebody leaves behind: it answers what it is told to, and remembers what it was asked."""

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["HTML", "JSON", "Answer", "Asked", "OldIndex", "entry", "project_page", "serve_old_index"]

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent. *length* is what it claims to be long; *stall* keeps the second half of it back."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    stall: threading.Event | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request; the names of its headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class OldIndex(ThreadingHTTPServer):
    """Answers by path. Of several answers the last one stays."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Handler)
        self.origin = f"http://{host}:{self.server_port}"
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        #: If set, the only Authorization that is let in.
        self.authorization: str | None = None

    @property
    def url(self) -> str:
        return f"{self.origin}/simple/"

    def url_for(self, credential: str) -> str:
        return self.url.replace("://", f"://{credential}@")

    def put(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def publish(self, project: str, files: Mapping[str, bytes], **fields: Any) -> None:
        """A project's JSON page, its files at ``/files/``, and the list with it."""
        for filename, body in files.items():
            self.put(f"/files/{filename}", Answer(body=body))
        entries = [entry(filename, body) for filename, body in files.items()]
        self.put(f"/simple/{project}/", project_page(project, entries, **fields))
        self.list_projects()

    def list_projects(self, *more: str) -> None:
        """Have the list name each project that has a page, and *more*."""
        names = [
            path.split("/")[2] for path in self.answers if path.startswith("/simple/") and path != "/simple/"
        ]
        projects = [{"name": name} for name in [*names, *more]]
        page = {"meta": {"api-version": "1.0"}, "projects": projects}
        self.put("/simple/", Answer(body=json.dumps(page).encode(), content_type=JSON))

    def paths(self, prefix: str = "/", method: str = "GET") -> list[str]:
        """What was asked for below *prefix*."""
        return [one.path for one in self.asked if one.method == method and one.path.startswith(prefix)]

    def wait_for(self, path: str) -> None:
        """Return once somebody has asked for *path*."""
        deadline = time.monotonic() + 30
        while path not in self.paths(path):
            assert time.monotonic() < deadline, f"nobody asked for {path}"
            time.sleep(0.02)


def entry(filename: str, body: bytes, **more: Any) -> dict[str, Any]:
    """A file of a JSON page, with hash and size."""
    return {
        "filename": filename,
        "url": f"/files/{filename}",
        "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
        "size": len(body),
        **more,
    }


def project_page(project: str, files: Iterable[Mapping[str, Any]], **fields: Any) -> Answer:
    page = {"meta": {"api-version": "1.1"}, "name": project, "files": list(files), **fields}
    return Answer(body=json.dumps(page).encode(), content_type=JSON)


@contextmanager
def serve_old_index(host: str = "127.0.0.1") -> Iterator[OldIndex]:
    with OldIndex(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: OldIndex
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(method=self.command, path=self.path, headers=headers))
        wanted = self.server.authorization
        if wanted is not None and headers.get("authorization") != wanted:
            self._answer(Answer(status=401, headers={"WWW-Authenticate": "Basic"}))
            return
        answers = self.server.answers.get(self.path, [Answer(status=404)])
        self._answer(answers.pop(0) if len(answers) > 1 else answers[0])

    do_HEAD = do_GET  # noqa: N815  # the names are the base class's

    def _answer(self, answer: Answer) -> None:
        length = len(answer.body) if answer.length is None else answer.length
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        half = len(answer.body) // 2 if answer.stall else len(answer.body)
        self.wfile.write(answer.body[:half])
        if answer.stall:
            answer.stall.wait(60)
            self.wfile.write(answer.body[half:])
        if len(answer.body) != length:
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):  # the client has seen enough
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class's name
        pass
