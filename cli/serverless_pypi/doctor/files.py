"""Files as clients read them. Whatever stands in one, nothing is raised: what cannot be read is told of."""

import configparser
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authenticator.toml_lines import line_of
from serverless_pypi.doctor.mends import Ask
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import Broken

__all__ = ["Ini", "Reading", "Toml", "string", "tables"]

_SECTION = re.compile(r"\[(?P<name>.+)\]")
_OPTION = re.compile(r"(?P<name>[^\s#;=:\[][^=:]*?)\s*(?:[=:]|$)")
_TOML_PLACE = re.compile(r"at line (\d+)")
#: Nobody writes longer settings; larger files are not read.
_MOST_BYTES = 4_000_000


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


class Reading:
    """Reads files, and remembers what could not be read."""

    def __init__(self) -> None:
        self.broken: list[Broken] = []

    def text(self, file: Path) -> str | None:
        """A file's text; None where there is no such file, or it is not one to be read."""
        try:
            if not file.is_file() or file.stat().st_size > _MOST_BYTES:
                return None
            return file.read_bytes().decode()
        except UnicodeDecodeError:
            self._tell(file, None, "it is not UTF-8")
        except (OSError, ValueError) as error:
            self._tell(file, None, getattr(error, "strerror", None) or "it cannot be opened")
        return None

    def toml(self, file: Path) -> Toml | None:
        text = self.text(file)
        if text is None:
            return None
        try:
            return Toml(file=file, text=text, value=tomllib.loads(text))
        except (ValueError, RecursionError) as error:
            # The rest of what the parser says may quote the file.
            place = _TOML_PLACE.search(str(error))
            self._tell(file, int(place[1]) if place else None, "it is no TOML")
        return None

    def ini(self, file: Path) -> Ini | None:
        text = self.text(file)
        if text is None:
            return None
        parser = _Parser()
        try:
            parser.read_string(text)
            values = {
                (section, key): value for section in parser.sections() for key, value in parser.items(section)
            }
        except (configparser.Error, AttributeError, TypeError) as error:
            self._tell(file, _line_of_error(error), "it is no INI file")
            return None
        return Ini(file=file, text=text, values=values)

    def _tell(self, file: Path, line: int | None, why: str) -> None:
        self.broken.append(
            Broken(
                code="broken-file",
                place=FileLine(file=file, line=line),
                sentence=f"{why}, so its client stops there, or goes on without it",
                mend=(Ask(sentence="Correct that line, or move the file away."),),
            )
        )


class _Parser(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return normal(optionstr)


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


def _line_of_error(error: Exception) -> int | None:
    several: list[tuple[int, str]] = getattr(error, "errors", [])
    line: int | None = getattr(error, "lineno", several[0][0] if several else None)
    return line
