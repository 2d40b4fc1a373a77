"""``python -m benchmarks.road``: how long the road is, and how many S3 calls one publish costs.

The local stack in this process, real HTTP, an S3 in memory: seconds here say what our own code takes, and
nothing of S3's or CloudFront's latency. The calls are the same on AWS.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import clean_environment

_PUBLISHES = 20
_MANY = 1000


def main() -> None:
    log = sys.stdout
    with tempfile.TemporaryFile("w") as functions_log:
        sys.stdout = functions_log  # the functions' log lines are not what is read here
        from local.stack import Settings, run_stack

        with run_stack(Settings()) as stack, tempfile.TemporaryDirectory() as folder:
            calls = _Calls()
            print(_seconds_to_the_index(stack), file=log)
            print(_seconds_to_pip(stack, Path(folder)), file=log)
            print(
                calls.during("one wheel into a new project", lambda: _publish(stack, "new", "1.0")), file=log
            )
            _fill(stack, "full")
            label = f"one wheel into a project of {_MANY} files"
            print(calls.during(label, lambda: _publish(stack, "full", "2.0")), file=log)
    sys.stdout = log


def _seconds_to_the_index(stack: Any) -> str:
    seconds = []
    for number in range(_PUBLISHES):
        name = _upload(stack, "timed", f"1.{number}")
        started = time.perf_counter()
        _wait_until_listed(stack, "timed", name)
        seconds.append(time.perf_counter() - started)
    return (
        f"from the end of the upload to the file on its page, {_PUBLISHES} wheels one by one: "
        f"median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s"
    )


def _seconds_to_pip(stack: Any, folder: Path) -> str:
    started = time.perf_counter()
    _wait_until_listed(stack, "piped", _upload(stack, "piped", "1.0"))
    command = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--target", str(folder / "out")]
    subprocess.run(
        [*command, "--index-url", stack.index_url_with_credential, "piped"],
        env=clean_environment(folder),
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - started
    return f"from the start of the upload to the end of the first pip install: {seconds:.2f} s"


def _publish(stack: Any, project: str, version: str) -> None:
    """One upload, and everything that follows from it: also the event of the file's own copy."""
    _upload(stack, project, version)
    stack.wait_until_indexed()


def _upload(stack: Any, project: str, version: str) -> str:
    name = wheel_name(project, version)
    body = make_wheel(project, version, Requires_Python=">=3.9")
    stack.s3.put_object(Bucket=stack.bucket, Key=f"incoming/{name}", Body=body)
    return name


def _fill(stack: Any, project: str) -> None:
    for number in range(_MANY):
        key = f"incoming/{sdist_name(project, f'1.{number}')}"
        stack.s3.put_object(Bucket=stack.bucket, Key=key, Body=make_sdist(project, f"1.{number}"))
    stack.wait_until_indexed(600)


def _wait_until_listed(stack: Any, project: str, name: str) -> None:
    credential = tuple(stack.credential.split(":"))
    with httpx.Client(trust_env=False, auth=credential) as client:
        while name not in client.get(f"{stack.index_url}{project}/").text:
            time.sleep(0.002)


class _Calls:
    """Counts what the indexer asks of S3."""

    def __init__(self) -> None:
        from indexer.handler import _connect

        self._names: Counter[str] = Counter()
        self._read = 0
        events = _connect()._client.meta.events
        events.register("before-call.s3", self._count)
        events.register("after-call.s3", self._weigh)

    def during(self, label: str, work: Callable[[], None]) -> str:
        self._names.clear()
        self._read = 0
        work()
        lists = self._names.pop("ListObjectsV2", 0)
        detail = ", ".join(f"{name} {count}" for name, count in sorted(self._names.items()))
        return (
            f"{label}: {self._names.total()} calls ({detail}) and {lists} LIST pages; "
            f"{self._read:,} bytes read from objects"
        )

    def _count(self, model: Any, **_: object) -> None:
        self._names[model.name] += 1

    def _weigh(self, http_response: Any, model: Any, **_: object) -> None:
        if model.name == "GetObject" and http_response.status_code < 300:
            self._read += int(http_response.headers["content-length"])


if __name__ == "__main__":
    main()
