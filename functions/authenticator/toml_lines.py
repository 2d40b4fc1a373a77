"""On which line of a TOML document something stands; its parser tells that only of broken syntax."""

import re
import tomllib
from bisect import bisect_left
from typing import Any

__all__ = ["Path", "line_of"]

#: Keys of tables and places in arrays, from the outside in.
Path = tuple[str | int, ...]

# All that a line's end, or a bracket, could be hidden in. A multi-line string may end in five quotes.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which the statement begins that gives the document *text* its *path*.

    *text* parses, and has it. The statement is the first that makes what stands up to its end have it.
    """
    ends = _statement_ends(text)
    index = bisect_left(ends, True, key=lambda end: _has(tomllib.loads(text[:end]), path))
    start = ends[index - 1] if index else 0
    return text.count("\n", 0, start) + 1


def _statement_ends(text: str) -> list[int]:
    """After each line's end of *text* that ends a statement, a blank line or a comment."""
    ends, depth = [], 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            ends.append(token.end())
    return ends


def _has(value: Any, path: Path) -> bool:
    try:
        for key in path:
            value = value[key]
    except (KeyError, IndexError):
        return False
    return True
