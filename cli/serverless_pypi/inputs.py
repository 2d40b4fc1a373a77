"""Files that are given on the command line, and standard input in the place of one."""

import sys
from pathlib import Path

from serverless_pypi.errors import CommandError
from serverless_pypi.printable import printable

__all__ = ["InputTooLargeError", "read_input"]

#: Bytes. No password file and no policy that could be used is larger.
_LARGEST = 16 * 1024 * 1024


class InputTooLargeError(CommandError):
    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} has more than {_LARGEST} bytes, so it is no file of that kind: name another."
        )


def read_input(name: str) -> tuple[bytes, str]:
    """The content of the file *name*, and what it is called in a sentence; "-" is standard input.

    Raises `InputTooLargeError`, and `OSError` where it cannot be read.
    """
    if name == "-":
        where, content = "standard input", sys.stdin.buffer.read(_LARGEST + 1) if sys.stdin else b""
    else:
        with Path(name).open("rb") as file:
            where, content = printable(name), file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InputTooLargeError(where)
    return content, where
