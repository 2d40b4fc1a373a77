"""``python -m benchmarks.authenticator``: what a decision costs an environment that has made some before.

Through the function's own entry, with 1,000 users and 50 rules, and a bucket in another process. CPU time
of this process and counts, so that other work on the machine matters little.
"""

import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bcrypt

from authenticator.handler import handler
from benchmarks.authenticator_requests import status, viewer_request
from benchmarks.authenticator_store import ARN, PASSWORD, serve, token, write_htpasswd, write_policy

_USERS = 1000
_DECISIONS = 20_000
_RUNS = 3
_CONTEXT = SimpleNamespace(invoked_function_arn=ARN, aws_request_id="5f9c")
#: What is asked for, by whom, and what becomes of it.
_REQUESTS = {
    "a password": ("sample-project", f"user-1:{PASSWORD}", "200"),
    "a token": ("sample-project", f"machine-0:{token(0)}", "200"),
    "nobody, and a public project": ("public-project", None, "200"),
    "nobody, challenged": ("sample-project", None, "401"),
    "a wrong password, known to be so; with its log line": ("sample-project", "user-1:wrong", "401"),
    "a project of others; with its log line": ("team-9-core", f"user-1:{PASSWORD}", "403"),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_htpasswd(folder, _USERS)
        write_policy(folder, refresh_seconds=1)
        with serve(folder) as environment:
            os.environ |= environment
            for label, (project, credential, expected) in _REQUESTS.items():
                print(f"one decision, {label}: {_microseconds(project, credential, expected):.1f} µs of CPU")
            print(_checks(folder))


def _microseconds(project: str, credential: str | None, expected: str) -> float:
    """The median's; the least of some runs, since caches are shared with other work."""
    event = viewer_request(project, credential)
    if (got := status(_ask(event))) != expected:
        raise SystemExit(f"{project} was answered {got}")
    with redirect_stdout(io.StringIO()):
        return min(_median(event) for _ in range(_RUNS))


def _median(event: dict[str, Any]) -> float:
    nanoseconds = []
    for _ in range(_DECISIONS):
        before = time.process_time_ns()
        handler(event, _CONTEXT)
        nanoseconds.append(time.process_time_ns() - before)
    return statistics.median(nanoseconds) / 1000


def _checks(folder: Path) -> str:
    """How often bcrypt is asked by ten principals who come again and again, while the file changes."""
    events = [viewer_request("sample-project", f"user-{number}:{PASSWORD}") for number in range(10, 20)]
    with _counted() as checks:
        _ask_all(events)
        first = len(checks)
        # Another file, of which one of the ten has another line.
        path = next(folder.rglob("htpasswd"))
        changed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        path.write_text(f"user-10:{changed}\n" + path.read_text())
        time.sleep(1.5)
        _ask_all(events)
        second = len(checks) - first
    return (
        f"checks by bcrypt: {first} for 10 principals and 10,000 requests; {second} more after "
        f"auth/htpasswd changed, the line of one of them included"
    )


def _ask_all(events: list[dict[str, Any]]) -> None:
    for _ in range(1000):
        for event in events:
            if status(_ask(event)) != "200":
                raise SystemExit("it did not go on")


def _ask(event: dict[str, Any]) -> dict[str, Any]:
    with redirect_stdout(io.StringIO()):
        return handler(event, _CONTEXT)


@contextmanager
def _counted() -> Iterator[list[None]]:
    checks: list[None] = []
    check = bcrypt.checkpw

    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        checks.append(None)
        return check(password, hashed_password)

    bcrypt.checkpw = checkpw
    try:
        yield checks
    finally:
        bcrypt.checkpw = check


if __name__ == "__main__":
    main()
