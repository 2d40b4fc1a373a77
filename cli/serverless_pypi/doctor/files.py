"""Files as clients read them. Whatever stands in one, nothing is raised: what cannot be read is told of."""

import configparser
import os
import re
import tomllib
from pathlib import Path

from serverless_pypi.doctor.documents import Ini, Toml, normal
from serverless_pypi.doctor.mends import Ask
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import Broken

__all__ = ["Reading"]

_TOML_PLACE = re.compile(r"at line (\d+)")
#: Nobody writes longer settings; larger files are not read.
_MOST_BYTES = 4_000_000


class Reading:
    """Reads files, and remembers what could not be read."""

    def __init__(self) -> None:
        self.broken: list[Broken] = []

    def text(self, file: Path) -> str | None:
        """A file's text; None where there is no such file, or it is not one to be read."""
        try:
            if not os.path.isfile(file) or file.stat().st_size > _MOST_BYTES:
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
                mend=(Ask(sentence=f"Correct {'that line' if line else 'it'}, or move the file away."),),
            )
        )


class _Parser(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return normal(optionstr)


def _line_of_error(error: Exception) -> int | None:
    several: list[tuple[int, str]] = getattr(error, "errors", [])
    line: int | None = getattr(error, "lineno", several[0][0] if several else None)
    return line
