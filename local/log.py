"""Where the functions and the local services tell what they do: lines of JSON and of Python's logging."""

import io
import logging
import re
import sys
from typing import TextIO, cast

__all__ = ["OnlyTrouble", "send_log_to"]

_TROUBLE = re.compile(r'"level": ?"(?:WARNING|ERROR|CRITICAL)"|\A(?:WARNING|ERROR|CRITICAL) ')


class OnlyTrouble(io.TextIOBase):
    """*stream* without the lines that tell of work done well. Each comes whole, in one call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        if _TROUBLE.search(text):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


def send_log_to(log: TextIO | OnlyTrouble) -> None:
    """Have everything logged there.

    What a function prints is its log, and it takes the stream for it when it is imported: this comes first.
    """
    sys.stdout = cast(TextIO, log)
    logging.basicConfig(stream=log, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
