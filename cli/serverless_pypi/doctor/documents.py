"""TOML and INI documents that know their lines, and the values in them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authenticator.toml_lines import line_of

__all__ = ["Ini", "Toml", "normal", "string", "tables"]

_SECTION = re.compile(r"\[(?P<name>.+)\]")
_OPTION = re.compile(r"(?P<name>[^\s#;=:\[][^=:]*?)\s*(?:[=:]|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Toml:
    """A TOML document that knows its lines."""

    file: Path
    text: str = field(repr=False)
    value: dict[str, Any] = field(repr=False)

    def get(self, *path: str) -> Any:
        """What stands under *path*; None where nothing does."""
        value: Any = self.value
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def line(self, *path: str | int) -> int:
        """Where the statement begins that gives what stands under *path*."""
        return line_of(self.text, path)

    def has_header(self, *path: str | int) -> bool:
        """Whether *path* is a table with a header of its own, so that lines may be put below that."""
        return self.text.splitlines()[self.line(*path) - 1].lstrip().startswith("[")

    def last_line(self, *path: str | int) -> int:
        """Where the table with a header that is under *path* ends."""
        lines = self.text.splitlines()
        line = self.line(*path)
        while line < len(lines) and not lines[line].lstrip().startswith("["):
            line += 1
        while not lines[line - 1].strip():
            line -= 1
        return line


@dataclass(frozen=True, kw_only=True, slots=True)
class Ini:
    """An INI file, read as pip does."""

    file: Path
    text: str = field(repr=False)
    #: By section and normalized key.
    values: dict[tuple[str, str], str] = field(repr=False)

    def line(self, section: str, key: str) -> int | None:
        """Where *key* is set in *section*; None if that cannot be told."""
        current = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _SECTION.match(line):
                current = header["name"]
            elif (option := _OPTION.match(line)) and current == section and normal(option["name"]) == key:
                return number
        return None


def normal(key: str) -> str:
    """A key as pip compares it."""
    return key.strip().lower().replace("_", "-").removeprefix("--")


def string(value: Any) -> str | None:
    """*value* if it is a string with something in it."""
    return value if isinstance(value, str) and value.strip() else None


def tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The tables of an array, by their places in it."""
    items = value if isinstance(value, list) else []
    return [(place, table) for place, table in enumerate(items) if isinstance(table, dict)]
