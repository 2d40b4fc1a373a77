"""On which line each thing in a TOML document stands.

`authenticator.toml_lines` finds one of them, by parsing beginnings of the document again and again. Here
all are asked for, so each statement is parsed once, by itself.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from authenticator.toml_lines import Path

__all__ = ["places_of"]

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


def places_of(text: str) -> Mapping[Path, int]:
    """By path, the line, from 1, on which the statement begins that first gives it. *text* parses."""
    places: dict[Path, int] = {}
    tables: dict[Path, int] = {}  # how many each array of tables has so far
    table: Path = ()
    for line, statement in _statements(text):
        given = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _open_table(given, tables)
            paths = [table[:length] for length in range(1, len(table) + 1)]
        else:
            paths = [table + path for path in _paths(given)]
        for path in paths:
            places.setdefault(path, line)
    return places


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement, blank line and comment, and the line on which it begins."""
    line, start, depth = 1, 0, 0
    for token in _TOKEN.finditer(text + "\n"):
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            statement = text[start : token.end()]
            yield line, statement
            line, start = line + statement.count("\n"), token.end()


def _open_table(header: dict[str, Any], tables: dict[Path, int]) -> Path:
    """The path of the table that a *header*, parsed by itself, opens among those that were opened before."""
    path: Path = ()
    value: Any = header
    while isinstance(value, dict) and value:
        ((key, value),) = value.items()
        path += (key,)
        if isinstance(value, list):
            tables[path] = tables.get(path, 0) + 1
        if path in tables:
            path += (tables[path] - 1,)
    return path


def _paths(value: Any) -> Iterator[Path]:
    """Where anything stands in *value*, itself apart."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, each in inner:
        yield (key,)
        yield from ((key, *path) for path in _paths(each))
