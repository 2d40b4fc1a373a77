"""``python -m benchmarks.filing``: what it costs to file a wheel of 2 GiB.

The filing has a process of its own, with boto3 and HTTP as on AWS, so that its memory is nobody else's.
The S3 that it asks is a file with an HTTP server before it: the seconds are the indexer's own.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from indexer.bucket import Bucket
from indexer.filing import Filed, file_upload
from tests.distributions import core_metadata, wheel_name

_SIZE = 2 * 1024**3
_BLOCK = 1024 * 1024
_KEY = f"incoming/{wheel_name('large', '1.0')}"
#: Members; torch has 12,000, with names that are as long as these on average.
_SHAPES = {"4 members": 4, "12,000 members": 12_000}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.whl")
        for shape, members in _SHAPES.items():
            directory = _write_wheel(path, members)
            print(f"a wheel of 2 GiB in {shape} (central directory: {directory:,} bytes): {_measure(path)}")


def _write_wheel(path: Path, members: int) -> int:
    """A wheel of stored zeros; the length of its central directory."""
    each = _SIZE // members
    digest = base64.urlsafe_b64encode(hashlib.sha256(bytes(each)).digest()).rstrip(b"=").decode()
    names = [f"large/include/operators/native/operator_{number:05}.h" for number in range(members)]
    record = "".join(f"{name},sha256={digest},{each}\n" for name in names)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            with archive.open(zipfile.ZipInfo(name), "w") as member:
                for start in range(0, each, _BLOCK):
                    member.write(bytes(min(_BLOCK, each - start)))
        archive.writestr("large-1.0.dist-info/METADATA", core_metadata("large", "1.0"))
        archive.writestr("large-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\n")
        archive.writestr("large-1.0.dist-info/RECORD", record, zipfile.ZIP_DEFLATED)
    return path.stat().st_size - archive.start_dir


def _measure(path: Path) -> str:
    with _s3_of(path) as endpoint:
        command = [sys.executable, "-m", "benchmarks.filing", endpoint]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout)
    calls = ", ".join(f"{count} {call}" for call, count in cost["calls"].items())
    return (
        f"{cost['seconds']:.2f} s, {cost['peak']:.0f} MB at the peak, {cost['above']:.0f} MB above what was "
        f"imported, {cost['read']:,} bytes read, calls: {calls}"
    )


class _S3(BaseHTTPRequestHandler):
    """As much of S3 as filing asks for. Whatever is written is forgotten; a copy has the one file's hash."""

    protocol_version = "HTTP/1.1"
    path_of_file: Path
    sha256: str

    def do_GET(self) -> None:
        size = self.path_of_file.stat().st_size
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        start, end = (int(first), int(last) + 1) if first else (size - int(last), size)
        with self.path_of_file.open("rb") as file:
            file.seek(start)
            content = file.read(end - start)
        self._answer(206, content, {"Content-Range": f"bytes {start}-{end - 1}/{size}"})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fields = f"<ETag>&quot;e&quot;</ETag><ChecksumSHA256>{self.sha256}</ChecksumSHA256>"
        copied = "x-amz-copy-source" in self.headers
        self._answer(200, f"<CopyObjectResult>{fields}</CopyObjectResult>".encode() if copied else b"", {})

    def do_DELETE(self) -> None:
        self._answer(204, b"", {})

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        modified = {"ETag": '"e"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        for name, value in {**modified, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def _s3_of(path: Path) -> Iterator[str]:
    """The address of an S3 with the wheel in it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    described = {"path_of_file": path, "sha256": base64.b64encode(digest).decode()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_S3OfOneFile", (_S3,), described))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _file(endpoint: str) -> None:
    """In the process that is measured: file the wheel, and print what it took as JSON."""
    calls: Counter[str] = Counter()
    read = 0

    def count(model: Any, http_response: Any, **_: Any) -> None:
        nonlocal read
        calls[model.name] += 1
        read += int(http_response.headers["Content-Length"]) if model.name == "GetObject" else 0

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",  # noqa: S106  # it opens nothing
        config=Config(s3={"addressing_style": "path"}),
    )
    client.meta.events.register("after-call.s3", count)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, started = _memory("VmRSS"), time.perf_counter()
    filed = file_upload(Bucket(client, "bucket"), _KEY, lambda _project: None)
    seconds, peak = time.perf_counter() - started, _memory("VmHWM")
    if not isinstance(filed, Filed):
        raise SystemExit(f"it was not filed: {filed}")
    cost = {"seconds": seconds, "peak": peak, "above": peak - before, "read": read, "calls": calls}
    json.dump(cost, sys.stdout)


def _memory(field: str) -> float:
    """In MB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    _file(sys.argv[1]) if sys.argv[1:] else main()
