"""``python -m benchmarks.viewers``: how many project pages a second the local stack gives.

`make local` in a process of its own, a project of 30 files, one user whose password is hashed by bcrypt at
cost 10, and 8 connections that ask as pip does, each for the next page as soon as it has one. Each request
goes the whole way: the authenticator, the cache, and a conditional GET of S3 because pages are `no-cache`.

Requests a second depend on what else the machine does. The CPU of the server's process a request, S3 and
indexer included, does not.
"""

import base64
import gzip
import hashlib
import json
import selectors
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import sysconf
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tests.distributions import make_wheel, wheel_name
from tests.road.road import COMMAND

_PROJECT = "asked"
_FILES = 30
_CONNECTIONS = 8
_WARM_UP_SECONDS = 1.0
_SECONDS = 5.0
_RUNS = 3
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_FILES):
            version = f"1.{number}"
            body = make_wheel(_PROJECT, version, Requires_Python=">=3.9")
            Path(folder, wheel_name(_PROJECT, version)).write_bytes(body)
        with _local_stack(folder) as (process, url):
            viewers = _Viewers(url)
            viewers.ask_for(_WARM_UP_SECONDS)
            print(f"{_CONNECTIONS} connections, a page of {_FILES} files ({viewers.length:,} bytes):")
            for _ in range(_RUNS):
                print(_measure(viewers, process.pid))


@contextmanager
def _local_stack(folder: str) -> Iterator[tuple["subprocess.Popen[str]", SplitResult]]:
    """The process of a stack with what is in *folder*, and its index URL with the credential in it."""
    command = [COMMAND, "local", "serve", "--publish", folder]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        for line in process.stdout:
            if "index URL" in line:
                yield process, urlsplit(line.split()[-1])
                return
        raise SystemExit("the local stack did not start")
    finally:
        process.terminate()
        process.wait()


def _measure(viewers: "_Viewers", pid: int) -> str:
    before, started = _cpu_seconds(pid), time.perf_counter()
    milliseconds = sorted(1000 * seconds for seconds in viewers.ask_for(_SECONDS))
    elapsed, cpu = time.perf_counter() - started, _cpu_seconds(pid) - before
    count = len(milliseconds)
    return (
        f"{count / elapsed:,.0f} requests/s, p50 {statistics.median(milliseconds):.1f} ms, "
        f"p99 {milliseconds[count * 99 // 100]:.1f} ms, {cpu / count * 1e6:.0f} µs of the server's CPU each"
    )


def _cpu_seconds(pid: int) -> float:
    """Of all threads of a process, as Linux accounts for them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / sysconf("SC_CLK_TCK")


@dataclass
class _Connection:
    socket: socket.socket
    asked_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


class _Viewers:
    """As many as there are connections, in one thread that does little beside asking and checking."""

    def __init__(self, index_url: SplitResult) -> None:
        self._request = _request(index_url)
        self._selector = selectors.DefaultSelector()
        address = (index_url.hostname, index_url.port)
        for _ in range(_CONNECTIONS):
            connection = socket.create_connection(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ, _Connection(connection))
        self._digest = b""
        self.length = 0

    def ask_for(self, seconds: float) -> list[float]:
        """Seconds of each request; none is under way in the end."""
        connections = [key.data for key in self._selector.get_map().values()]
        end = time.perf_counter() + seconds
        for connection in connections:
            self._ask(connection)
        waiting, taken = len(connections), []
        while waiting:
            for key, _ in self._selector.select():
                if not self._has_page(key.data):
                    continue
                now = time.perf_counter()
                taken.append(now - key.data.asked_at)
                if now < end:
                    self._ask(key.data)
                else:
                    waiting -= 1
        return taken

    def _ask(self, connection: _Connection) -> None:
        connection.asked_at = time.perf_counter()
        connection.socket.sendall(self._request)

    def _has_page(self, connection: _Connection) -> bool:
        """Whether the page has come whole by now. It must be the one that the others got."""
        chunk = connection.socket.recv(65536)
        connection.received += chunk
        head, end, body = connection.received.partition(b"\r\n\r\n")
        if chunk and not (end and len(body) >= _content_length(head)):
            return False
        if not head.startswith(b"HTTP/1.1 200 ") or len(body) != _content_length(head):
            raise SystemExit(f"no page: {bytes(connection.received[:200])!r}")
        digest = hashlib.sha256(body).digest()
        if not self._digest:
            _check(bytes(body))
            self._digest, self.length = digest, len(body)
        if digest != self._digest:
            raise SystemExit("it is another page than before")
        connection.received.clear()
        return True


def _request(index_url: SplitResult) -> bytes:
    """What pip sends."""
    credential = base64.b64encode(f"{index_url.username}:{index_url.password}".encode()).decode()
    lines = (
        f"GET {index_url.path}{_PROJECT}/ HTTP/1.1",
        f"Host: {index_url.hostname}:{index_url.port}",
        "User-Agent: pip/26.0",
        "Accept-Encoding: gzip, deflate",
        f"Accept: {_ACCEPT}",
        "Connection: keep-alive",
        "Cache-Control: max-age=0",
        f"Authorization: Basic {credential}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def _content_length(head: bytearray) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


def _check(body: bytes) -> None:
    files = json.loads(gzip.decompress(body))["files"]
    if len(files) != _FILES:
        raise SystemExit(f"the page has {len(files)} files")


if __name__ == "__main__":
    main()
