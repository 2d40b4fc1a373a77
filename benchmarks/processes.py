"""What a process costs: its CPU and its memory, as the kernel accounts for them.

It is started by a small process of its own: a process begins with the peak of whoever starts it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "measure"]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Of all threads. *peak* in MB."""

    code: int
    seconds: float
    cpu: float
    peak: float


def measure(command: Sequence[str | Path], environment: Mapping[str, str]) -> Usage:
    """Run *command* to its end; what it says goes nowhere."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.processes", *command],
        cwd=Path(__file__).parents[1],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Usage(**json.loads(done.stdout))


def _main(command: Sequence[str]) -> None:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    report = {
        "code": process.returncode,
        "seconds": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    _main(sys.argv[1:])
