"""What requirements files tell pip, and `uv pip`, beside what these are told elsewhere."""

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask, Edit
from serverless_pypi.doctor.places import FileLine, Place, Steps
from serverless_pypi.doctor.settings import ClientSettings, Option, Source, source_of

__all__ = ["read_requirements", "requirements_files"]

_PATTERNS = ("*requirements*.txt", "*constraints*.txt", "requirements/*.txt")
_WITH_VALUE = ("index-url", "extra-index-url", "trusted-host", "find-links")
_NAMES = {"-i": "index-url", "--pypi-url": "index-url", "-f": "find-links"}
# "pip supports … environment variables … in the form ${VARIABLE}", upper case alone
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """An option of a requirements file."""

    key: str
    value: str = field(repr=False)
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementsLine(FileLine):
    """A line with an index URL. Written anew it has no credential, for the file is shared."""

    option: str
    #: Whether nothing else is on that line.
    is_whole: bool

    def with_url(self, url: str) -> Steps:
        return self._become(f"--{self.option} {url}")

    def alone(self, url: str) -> Steps:
        return self._become(f"--index-url {url}")

    def _become(self, text: str) -> Steps:
        if self.line is None or not self.is_whole:
            return (Ask(sentence=f"Write there {text}"),)
        return (Edit(file=self.file, first=self.line, last=self.line, text=text),)


def requirements_files(machine: Machine) -> list[Path]:
    """Those in the folder."""
    return sorted(
        {file for pattern in _PATTERNS for file in machine.folder.glob(pattern) if os.path.isfile(file)}
    )


def read_requirements(machine: Machine, base: ClientSettings) -> Iterator[ClientSettings]:
    """What pip goes by with each file that has such options, where *base* is what it goes by without."""
    for file in requirements_files(machine):
        reading = Reading()
        written = list(_options(file, reading.text(file) or "", machine.environment))
        if written or reading.broken:
            yield replace(
                base,
                title=f"{base.title} -r {machine.shorten(file)}",
                sources=_sources(written, base),
                overridden=(),
                options=tuple(Option(key=one.key, value=one.value, place=one.place) for one in written),
                broken=tuple(reading.broken),
            )


def _sources(written: list[_Written], base: ClientSettings) -> tuple[Source, ...]:
    """A file's index URL takes the place of the others; those beside it come to them."""
    mains = [source_of(one.value, one.place) for one in written if one.key == "index-url"]
    beside = [source_of(one.value, one.place) for one in written if one.key == "extra-index-url"]
    if not mains and not beside:
        return ()
    before = tuple(replace(main, is_main=True) for main in mains[-1:]) or base.sources
    if not before:
        before = (Source(location=None, place=beside[0].place, is_public=True, is_main=True),)
    return (*before, *beside)


def _options(file: Path, text: str, environment: Mapping[str, str]) -> Iterator[_Written]:
    for number, line in _joined_lines(text):
        written = list(_on_line(line))
        for key, value in written:
            place = FileLine(file=file, line=number)
            if key.endswith("index-url"):
                place = RequirementsLine(file=file, line=number, option=key, is_whole=len(written) == 1)
            filled = _VARIABLE.sub(lambda name: environment.get(name[1]) or name[0], value)
            yield _Written(key=key, value=filled, place=place)


def _on_line(line: str) -> Iterator[tuple[str, str]]:
    """The options on a line that bear on indexes, with their values."""
    options: list[list[str]] = []
    for word in _words(line) if line.lstrip().startswith("-") else ():
        if word.startswith("-"):
            name, _, value = word.partition("=")
            options.append([_NAMES.get(name, name.removeprefix("--")), *filter(None, [value])])
        else:
            options[-1].append(word)
    for key, *values in options:
        if key == "no-index":
            yield key, "yes"
        elif key in _WITH_VALUE and values:
            # A blank within a password: whatever pip makes of it, no part of that is shown.
            yield key, " ".join(values)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, with their numbers; one that ends in a backslash goes on in the next."""
    start, joined = 0, ""
    for number, line in enumerate(_COMMENT.sub("", text).splitlines(), 1):
        start = start if joined else number
        joined += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield start, joined
            joined = ""
    if joined:
        yield start, joined
