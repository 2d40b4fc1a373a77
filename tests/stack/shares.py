"""A function's memory and its share of a processor, where the machine has cgroups of version 1 for us."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Share", "are_possible", "hold_share"]

_CPU, _MEMORY = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/memory")
#: Lambda gives a whole processor to a function of 1,769 MB, and others a part in proportion.
_MB_OF_ONE_PROCESSOR = 1769
#: Microseconds, of which a function may use its part.
_PERIOD = 20_000


def are_possible() -> bool:
    """Whether processes can be held to a share here."""
    files = (_CPU / "cpu.cfs_quota_us", _MEMORY / "memory.limit_in_bytes")
    return all(path.exists() and os.access(path.parent, os.W_OK) for path in files)


class Share:
    """Two groups, which a process enters by writing its id into each of `entrances`."""

    def __init__(self, megabytes: int) -> None:
        name = f"serverless-pypi-{uuid.uuid4()}"
        self._cpu, self._memory = _CPU / name, _MEMORY / name
        self._megabytes = megabytes

    def open(self) -> None:
        self._cpu.mkdir()
        self._memory.mkdir()
        (self._cpu / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (self._cpu / "cpu.cfs_quota_us").write_text(str(_PERIOD * self._megabytes // _MB_OF_ONE_PROCESSOR))
        (self._memory / "memory.limit_in_bytes").write_text(str(self._megabytes << 20))

    @property
    def entrances(self) -> list[str]:
        return [str(group / "cgroup.procs") for group in (self._cpu, self._memory)]

    @property
    def times_throttled(self) -> int:
        """In how many periods there was more to do than the share allows."""
        stat = dict(line.split() for line in (self._cpu / "cpu.stat").read_text().splitlines())
        return int(stat["nr_throttled"])

    def close(self) -> None:
        for group in (self._cpu, self._memory):
            if group.exists():
                _remove(group)


@contextmanager
def hold_share(megabytes: int) -> Iterator[Share]:
    """What a function of so much memory is given; no process is in it when the block ends."""
    share = Share(megabytes)
    try:
        share.open()
        yield share
    finally:
        share.close()


def _remove(group: Path) -> None:
    for _ in range(50):
        try:
            return group.rmdir()
        except OSError:  # the kernel has not quite buried the last process
            time.sleep(0.1)
    return group.rmdir()
