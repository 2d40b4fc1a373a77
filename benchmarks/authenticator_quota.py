"""A share of a processor for a process, where the machine has cgroups of version 1 and we are root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["is_possible", "share_of_128_mb"]

_CONTROLLER = Path("/sys/fs/cgroup/cpu")
#: Microseconds of processor in each period: what Lambda gives 128 MB of the 1,769 that are one processor.
_QUOTA, _PERIOD = 1447, 20_000


def is_possible() -> bool:
    """Whether processes can be held to a share here."""
    return (_CONTROLLER / "cpu.cfs_quota_us").exists() and os.access(_CONTROLLER, os.W_OK)


@contextmanager
def share_of_128_mb(process: int) -> Iterator[None]:
    """Hold *process* to the share; it has ended when the block does."""
    group = _CONTROLLER / f"benchmark-{process}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(_QUOTA))
        (group / "cgroup.procs").write_text(str(process))
        yield
    finally:
        group.rmdir()
