"""Programs that run as long as a `with` lasts, and end with us whatever ends us."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

__all__ = ["NotStartedError", "free_ports", "running", "wait_until"]

#: Seconds.
_TO_START = 90
_TO_END = 5


class NotStartedError(RuntimeError):
    """A program ended, or said nothing, before it could be used."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name)
        self.name = name
        self.log = log

    def __str__(self) -> str:
        said = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
        return f"{self.name} did not start. The end of what it said:\n{said}"


def free_ports(count: int) -> list[int]:
    """That many ports of 127.0.0.1 on which nothing listens."""
    with ExitStack() as held:  # all at once, so that they differ
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The program, its words in *log*; stopped at the end."""
    # The kernel kills it if we are killed ourselves, and can stop nothing any more. In a session of its
    # own, so that Control-C is ours to handle, in order.
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        ) as program,
    ):
        try:
            yield program
        finally:
            _stop(program)


def wait_until(ready: Callable[[], bool], program: subprocess.Popen[bytes], *, name: str, log: Path) -> None:
    """Return once *ready* says so. Raises `NotStartedError` if *program* ends first, or takes too long."""
    deadline = time.monotonic() + _TO_START
    while not ready():
        if program.poll() is not None or time.monotonic() > deadline:
            raise NotStartedError(name, log)
        time.sleep(0.05)


def _stop(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(_TO_END)
    except subprocess.TimeoutExpired:
        program.kill()
