"""What uv itself says of its documents: one key too many, and it goes on without the whole of a table."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask, Edit
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import Broken

__all__ = ["check_with_uv"]

_FAILED = re.compile(r"Failed to parse:? `?(?P<file>[^`\n]+?)`?(?: during settings discovery)?:?\n")
_LINE = re.compile(r"TOML parse error at line (\d+)")
_CORRECT = Ask(sentence="`uv cache dir` says what is the matter with that line: correct it.")


def check_with_uv(machine: Machine) -> Iterator[Broken]:
    """Nothing where there is no uv, or it has nothing to say."""
    uv = machine.find("uv")
    if uv is None:
        return
    said = _ask(uv, machine)
    failed, line = _FAILED.search(said), _LINE.search(said)
    if failed is None or line is None:
        return
    number = int(line[1])
    is_unknown = "unknown field" in said
    file = machine.folder / Path(failed["file"].strip())
    yield Broken(
        code="uv-refuses",
        place=FileLine(file=file, line=number),
        sentence="uv cannot use that line, and so goes on without the whole table or does not start: what it "
        "was told of indexes is lost",
        mend=(Edit(file=file, first=number, last=number) if is_unknown else _CORRECT,),
    )


def _ask(uv: Path, machine: Machine) -> str:
    """`uv cache dir` reads all settings, and does nothing."""
    try:
        done = subprocess.run(  # noqa: S603  # uv, with our own arguments
            [uv, "cache", "dir"],
            cwd=machine.folder,
            env={**machine.environment, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr
