"""What Pipenv is told: the sources of a Pipfile. The first is asked for all that names no other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from serverless_pypi.doctor.documents import Toml, string, tables
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Edit
from serverless_pypi.doctor.places import FileLine, Steps
from serverless_pypi.doctor.settings import Client, ClientSettings, Option, Source, source_of

__all__ = ["read_pipenv"]

# "Pipenv will expand environment variables (if defined) in your Pipfile"
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, kw_only=True, slots=True)
class PipfileSource(FileLine):
    """A ``[[source]]``. *line* is that of its URL."""

    line: int
    first: int
    last: int

    def removed(self) -> Steps:
        return (Edit(file=self.file, first=self.first, last=self.last),)

    def with_url(self, url: str) -> Steps:
        return (Edit(file=self.file, first=self.line, last=self.line, text=f'url = "{url}"'),)


def read_pipenv(machine: Machine) -> Iterator[ClientSettings]:
    """What `pipenv` goes by on *machine*, if the folder, or one above it, has a Pipfile."""
    reading = Reading()
    found = (reading.toml(folder / "Pipfile") for folder in machine.folders[:4])
    pipfile = next((toml for toml in found if toml is not None), None)
    if pipfile is None:
        if reading.broken:
            yield ClientSettings(client=Client.PIPENV, title="Pipenv", broken=tuple(reading.broken))
        return
    searches_all = pipfile.get("pipenv", "install_search_all_sources") is True
    sources = [_source(pipfile, place, table, machine) for place, table in tables(pipfile.get("source"))]
    yield ClientSettings(
        client=Client.PIPENV,
        title="Pipenv",
        # A source that is not the first is asked for what names it, as an explicit one elsewhere.
        sources=tuple(
            replace(source, is_main=place == 0, is_explicit=place > 0 and not searches_all)
            for place, source in enumerate(sources)
        ),
        options=tuple(_unverified(pipfile)),
        telling="pipenv install --index {url}",
    )


def _source(pipfile: Toml, place: int, table: dict[str, Any], machine: Machine) -> Source:
    path = ("source", place)
    url = string(table.get("url"))
    where = PipfileSource(
        file=pipfile.file,
        line=pipfile.line(*path, "url") if url else pipfile.line(*path),
        first=pipfile.line(*path),
        last=pipfile.last_line(*path),
    )
    # Pipenv encodes for the URL what the variables hold.
    filled = _VARIABLE.sub(lambda name: quote(machine.get(name[1]) or name[0], safe="${}"), url or "")
    return replace(source_of(filled, where), name=string(table.get("name")))


def _unverified(pipfile: Toml) -> Iterator[Option]:
    for place, table in tables(pipfile.get("source")):
        if table.get("verify_ssl") is False:
            line = pipfile.line("source", place, "verify_ssl")
            where = FileLine(file=pipfile.file, line=line)
            yield Option(key="unverified", value=string(table.get("name")) or "", place=where)
