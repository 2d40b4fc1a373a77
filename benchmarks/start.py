"""``python -m benchmarks.start``: what it costs to start the command, for its help and to do something.

CPU of the process, user and system: the median of some runs, beside that of Python alone.
"""

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import measure
from indexer.telemetry import logger
from tests.cli.still_index import serve_still_index
from tests.road.road import COMMAND, clean_environment

_RUNS = 15


def main() -> None:
    logger.setLevel("ERROR")
    with TemporaryDirectory() as home, serve_still_index(Path(home), "start") as index:
        index.publish("acme")
        environment = clean_environment(Path(home), **index.environment)
        for command in (
            [sys.executable, "-c", "pass"],
            [COMMAND, "--help"],
            [COMMAND, "status", "acme"],
            [COMMAND, "check", "acme"],
        ):
            print(_told(command, environment))


def _told(command: Sequence[str | Path], environment: dict[str, str]) -> str:
    usages = [measure(command, environment) for _ in range(_RUNS)]
    if any(usage.code for usage in usages):
        raise SystemExit(f"{command} ends with {usages[0].code}")
    name = " ".join([Path(command[0]).name, *map(str, command[1:])])
    cpu = statistics.median(usage.cpu for usage in usages)
    peak = statistics.median(usage.peak for usage in usages)
    return f"{name}: median of {_RUNS} runs {1000 * cpu:.0f} ms of CPU, {peak:.0f} MB at the peak"


if __name__ == "__main__":
    main()
