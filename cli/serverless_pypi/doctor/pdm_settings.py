"""What PDM is told: the sources of the project, ``pdm.toml``, ``config.toml``, variables.

https://pdm-project.org/en/latest/usage/config/: sources are searched together, and the public index is the
first of them unless one is named "pypi".
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from serverless_pypi.doctor.documents import Toml, string, tables
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.index_urls import Credential
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Edit
from serverless_pypi.doctor.places import FileLine, Place, Steps, Variable
from serverless_pypi.doctor.settings import Client, ClientSettings, Offer, Source, source_of

__all__ = ["read_pdm"]

_PUBLIC = "pypi"
_TELLING = 'printf \'\\n[[tool.pdm.source]]\\nname = "pypi"\\nurl = "%s"\\n\' {url} >> pyproject.toml'
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PdmSource(FileLine):
    """A ``[[tool.pdm.source]]``. *line* is that of its URL."""

    line: int
    first: int
    last: int
    #: Where its name is written.
    name: int

    def removed(self) -> Steps:
        return (Edit(file=self.file, first=self.first, last=self.last),)

    def with_url(self, url: str) -> Steps:
        return (Edit(file=self.file, first=self.line, last=self.line, text=f'url = "{url}"'),)

    def alone(self, url: str) -> Steps:  # noqa: ARG002  # it is right already
        return (Edit(file=self.file, first=self.name, last=self.name, text=f'name = "{_PUBLIC}"'),)


def read_pdm(machine: Machine) -> Iterator[ClientSettings]:
    """What `pdm` goes by on *machine*, if the folder is in a project of PDM's."""
    reading = Reading()
    found = (reading.toml(folder / "pyproject.toml") for folder in machine.folders)
    project = next((toml for toml in found if toml is not None), None)
    if project is None or not _is_pdms(project):
        return
    files = [project.file.with_name("pdm.toml"), _folder(machine) / "config.toml"]
    stored = [toml for file in files if (toml := reading.toml(file)) is not None]
    sources = [*_of_project(project, machine), *_of_variable(machine), *_of_files(stored)]
    offers = dict(
        reversed([*_offers_of_project(project), *_offer_of_variables(machine), *_offers_of_files(stored)])
    )
    yield ClientSettings(
        client=Client.PDM,
        title="PDM",
        sources=tuple(
            # They outrank what is in the URL.
            replace(source, offer=offers.get(source.name or "", source.offer))
            for source in _asked(sources)
        ),
        broken=tuple(reading.broken),
        telling=_TELLING,
        reads_netrc=False,
    )


def _is_pdms(project: Toml) -> bool:
    backend = string(project.get("build-system", "build-backend")) or ""
    return (
        project.get("tool", "pdm") is not None
        or backend.startswith("pdm")
        or os.path.exists(project.file.with_name("pdm.lock"))
    )


def _asked(sources: list[Source]) -> Iterator[Source]:
    """The first of each name; and the public index, where none has its name."""
    by_name: dict[str | None, Source] = {}
    for source in sources:
        by_name.setdefault(source.name, source)
    if sources and _PUBLIC not in by_name:
        yield Source(location=None, place=sources[0].place, name=_PUBLIC, is_public=True, is_main=True)
    for name, source in by_name.items():
        yield replace(source, is_main=name == _PUBLIC)


def _of_project(project: Toml, machine: Machine) -> Iterator[Source]:
    for place, table in tables(project.get("tool", "pdm", "source")):
        if url := string(table.get("url")):
            path = ("tool", "pdm", "source", place)
            first = project.line(*path)
            where = PdmSource(
                file=project.file,
                line=project.line(*path, "url"),
                first=first,
                last=project.last_line(*path),
                name=project.line(*path, "name") if "name" in table else first,
            )
            # PDM encodes for the URL what the variables hold.
            filled = _VARIABLE.sub(lambda name: quote(machine.get(name[1]) or name[0], safe="${}"), url)
            yield replace(source_of(filled, where), name=string(table.get("name")))


def _of_variable(machine: Machine) -> Iterator[Source]:
    if url := machine.get("PDM_PYPI_URL"):
        yield replace(source_of(url, Variable(name="PDM_PYPI_URL")), name=_PUBLIC)


def _of_files(stored: list[Toml]) -> Iterator[Source]:
    for toml in stored:
        for path, fields in _stored_tables(toml):
            if url := string(fields.get("url")):
                where = FileLine(file=toml.file, line=toml.line(*path, "url"))
                yield replace(source_of(url, where), name=path[-1])


def _stored_tables(toml: Toml) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """``[pypi]`` is the default source, ``[pypi.NAME]`` another; by their paths."""
    table = toml.get(_PUBLIC)
    if isinstance(table, dict):
        yield (_PUBLIC,), table
        for name, fields in table.items():
            if isinstance(fields, dict):
                yield (_PUBLIC, name), fields


def _offers_of_project(project: Toml) -> Iterator[tuple[str, Offer]]:
    for place, table in tables(project.get("tool", "pdm", "source")):
        if "password" in table:
            line = project.line("tool", "pdm", "source", place, "password")
            yield from _offer(string(table.get("name")), table, FileLine(file=project.file, line=line))


def _offer_of_variables(machine: Machine) -> Iterator[tuple[str, Offer]]:
    fields = {key: machine.get(f"PDM_PYPI_{key.upper()}") for key in ("username", "password")}
    yield from _offer(_PUBLIC, fields, Variable(name="PDM_PYPI_PASSWORD"))


def _offers_of_files(stored: list[Toml]) -> Iterator[tuple[str, Offer]]:
    for toml in stored:
        for path, fields in _stored_tables(toml):
            if "password" in fields:
                where = FileLine(file=toml.file, line=toml.line(*path, "password"))
                yield from _offer(path[-1], fields, where)


def _offer(name: str | None, fields: dict[str, Any], place: Place) -> Iterator[tuple[str, Offer]]:
    username, password = string(fields.get("username")), string(fields.get("password"))
    if name and username and password:
        yield name, Offer(credential=Credential(username=username, password=password), place=place)


def _folder(machine: Machine) -> Path:
    if given := machine.get("PDM_CONFIG_FILE"):
        return Path(given).parent
    if machine.is_windows:
        return Path(machine.get("LOCALAPPDATA") or machine.home / "AppData" / "Local") / "pdm" / "pdm"
    return (machine.library if machine.system == "darwin" else machine.config_home) / "pdm"
