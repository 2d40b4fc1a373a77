"""Where the pinned clients are, and a Python that an old one runs under."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.road.road import OLD_PIP, REPOSITORY

__all__ = ["NEWEST", "PIPS", "UVS", "find_python", "pip_folder", "program"]

_CLIENTS = REPOSITORY / ".venv-clients"
_BIN = Path(sys.executable).parent
#: pip and uv of the test environment itself.
NEWEST = "newest"

#: Each pip, and the newest Python that it runs under.
PIPS = {NEWEST: (3, 99), "24": (3, 99), "23": (3, 99), "22": (3, 11), "20": (3, 11)}
UVS = (NEWEST, "year-old")


def program(environment: str, name: str | None = None) -> Path:
    """The program of that *name*, or of the environment's own, in a client's environment."""
    if environment == NEWEST:
        return _BIN / str(name)
    found = _CLIENTS / environment / "bin" / (name or environment)
    if not found.exists():
        pytest.skip(f"there is no {environment} here: 'make test-clients' sets it up")
    return found


def pip_folder(pip: str) -> Path | None:
    """The folder to import that pip from; None is where the running Python's own is."""
    if pip == NEWEST:
        return None
    if pip == "20":
        return OLD_PIP
    python = program(f"pip-{pip}", "python")
    return next(python.parents[1].glob("lib/python*/site-packages"))


def find_python(newest: tuple[int, int], oldest: tuple[int, int] = (3, 6)) -> str:
    """The Python at hand, if it is neither too old nor too new; else one that this machine has."""
    if oldest <= sys.version_info[:2] <= newest:
        return sys.executable
    for minor in range(min(newest[1], 14), oldest[1] - 1, -1):
        if found := _python_of(f"3.{minor}"):
            return found
    pytest.skip(f"there is no Python here from 3.{oldest[1]} to 3.{newest[1]}, which this needs")


@cache
def _python_of(version: str) -> str | None:
    """A working Python of that *version*: on the path, or one of pyenv's."""
    on_path = shutil.which(f"python{version}")
    of_pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    for found in filter(None, [on_path, *map(str, of_pyenv)]):
        # One of pyenv's shims is there for each version that it knows, and works for those that are chosen.
        asked = subprocess.run(
            [found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": ""},
        )
        if asked.stdout.strip() == version:
            return found
    return None
