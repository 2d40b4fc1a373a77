"""What Poetry is told: a project's sources, ``poetry.toml``, ``config.toml``, ``auth.toml``, variables.

https://python-poetry.org/docs/repositories/: the public index is asked unless a source is ``primary``, the
default; ``supplemental`` ones are asked for what no primary one has; ``explicit`` ones for what names them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from serverless_pypi.doctor.documents import Toml, string, tables
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.index_urls import Credential
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Edit
from serverless_pypi.doctor.pins import poetry_pins
from serverless_pypi.doctor.places import FileLine, Place, Steps, Variable
from serverless_pypi.doctor.settings import Client, ClientSettings, Offer, Option, Source, Trust, source_of

__all__ = ["read_poetry"]

_TELLING = (
    'printf \'\\n[[tool.poetry.source]]\\nname = "internal"\\nurl = "%s"\\npriority = "primary"\\n\' {url}'
    " >> pyproject.toml"
)
#: Before Poetry 2 they had other names.
_PRIORITIES = {"default": "primary", "secondary": "supplemental"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PoetrySource(FileLine):
    """A ``[[tool.poetry.source]]``. *line* is that of its URL, or of its beginning."""

    line: int
    first: int
    last: int
    #: Where its priority is written, if it is.
    priority: int | None

    def removed(self) -> Steps:
        return (Edit(file=self.file, first=self.first, last=self.last),)

    def with_url(self, url: str) -> Steps:
        return (Edit(file=self.file, first=self.line, last=self.line, text=f'url = "{url}"'),)

    def alone(self, url: str) -> Steps:  # noqa: ARG002  # it is right already
        return self._with_priority("primary")

    def explicit(self) -> Steps:
        return self._with_priority("explicit")

    def _with_priority(self, name: str) -> Steps:
        first, last = (self.priority, self.priority) if self.priority else (self.line + 1, self.line)
        return (Edit(file=self.file, first=first, last=last, text=f'priority = "{name}"'),)


def read_poetry(machine: Machine) -> Iterator[ClientSettings]:
    """What `poetry` goes by on *machine*, if the folder is in a project of Poetry's."""
    reading = Reading()
    found = (reading.toml(folder / "pyproject.toml") for folder in machine.folders)
    project = next((toml for toml in found if toml is not None), None)
    if project is None or not _is_poetrys(project):
        return
    configuration = _configuration(machine, project.file.parent, reading)
    sources = [_source(project, place, table, machine, configuration) for place, table in _tables(project)]
    yield ClientSettings(
        client=Client.POETRY,
        title="Poetry",
        sources=tuple([*sources, *_public(project, sources)] if sources else []),
        options=tuple(_unverified(configuration)),
        broken=tuple(reading.broken),
        pins=poetry_pins(project),
        trust=_trust(machine, configuration),
        unclaimed=tuple(machine.prefixes("POETRY_HTTP_BASIC_", besides=map(_prefix, sources))),
        telling=_TELLING,
    )


def _is_poetrys(project: Toml) -> bool:
    backend = string(project.get("build-system", "build-backend")) or ""
    lock = project.file.with_name("poetry.lock")
    return project.get("tool", "poetry") is not None or "poetry" in backend or os.path.exists(lock)


def _tables(project: Toml) -> list[tuple[int, dict[str, Any]]]:
    return tables(project.get("tool", "poetry", "source"))


def _source(
    project: Toml, place: int, table: dict[str, Any], machine: Machine, configuration: list[Toml]
) -> Source:
    name, url = string(table.get("name")) or "", string(table.get("url"))
    path = ("tool", "poetry", "source", place)
    where = PoetrySource(
        file=project.file,
        line=project.line(*path, "url") if url else project.line(*path),
        first=project.line(*path),
        last=project.last_line(*path),
        priority=project.line(*path, "priority") if "priority" in table else None,
    )
    source = source_of(url or "", where)
    source = replace(
        source,
        name=name,
        is_main=_priority(table) == "primary",
        is_explicit=_priority(table) == "explicit",
        is_public=not url,
    )
    return _with_credential(source, machine, configuration)


def _public(project: Toml, sources: list[Source]) -> Iterator[Source]:
    """The public index, where nothing has turned it off."""
    priorities = [_priority(table) for _, table in _tables(project)]
    if "primary" not in priorities and not any(source.is_public for source in sources):
        yield Source(location=None, place=sources[0].place, is_public=True, is_main=True)


def _priority(table: dict[str, Any]) -> str:
    written = (string(table.get("priority")) or "primary").lower()
    return _PRIORITIES.get(written, written)


def _with_credential(source: Source, machine: Machine, configuration: list[Toml]) -> Source:
    """The credential in the URL; else of the variables named for the source; else from a file."""
    if source.offer is not None or source.location is None or source.name is None:
        return source
    path = ("http-basic", source.name)
    prefix = _prefix(source)
    source = replace(source, variables=prefix)
    username, password = machine.get(f"{prefix}USERNAME"), machine.get(f"{prefix}PASSWORD")
    place: Place = Variable(name=f"{prefix}PASSWORD")
    for toml in configuration:
        stored = string(toml.get(*path, "password"))
        username = username or string(toml.get(*path, "username"))
        if password is None and stored is not None:
            password, place = stored, FileLine(file=toml.file, line=toml.line(*path, "password"))
    if password is None:
        # `poetry config` puts the password into the keyring, where there is one.
        return replace(source, may_be_in_keyring=username is not None)
    credential = Credential(username=username or "", password=password)
    return replace(source, offer=Offer(credential=credential, place=place))


def _prefix(source: Source) -> str:
    return f"POETRY_HTTP_BASIC_{(source.name or '').upper().replace('-', '_')}_"


def _configuration(machine: Machine, project: Path, reading: Reading) -> list[Toml]:
    """The project's, then the user's."""
    folder = _folder(machine)
    files = [project / "poetry.toml", folder / "auth.toml", folder / "config.toml"]
    return [toml for file in files if (toml := reading.toml(file)) is not None]


def _folder(machine: Machine) -> Path:
    if given := machine.get("POETRY_CONFIG_DIR"):
        return Path(given)
    if machine.is_windows:
        return machine.roaming / "pypoetry"
    return (machine.library if machine.system == "darwin" else machine.config_home) / "pypoetry"


def _unverified(configuration: list[Toml]) -> Iterator[Option]:
    """The sources whose certificates are not looked at; the value is a name."""
    for toml in configuration:
        certificates = toml.get("certificates")
        for name, table in certificates.items() if isinstance(certificates, dict) else ():
            if isinstance(table, dict) and (table.get("cert") is False or table.get("verify") is False):
                line = toml.line("certificates", name, "cert" if "cert" in table else "verify")
                yield Option(key="unverified", value=name, place=FileLine(file=toml.file, line=line))


def _trust(machine: Machine, configuration: list[Toml]) -> Trust:
    certificates = [toml.get("certificates") for toml in configuration]
    files = [
        string(table.get("cert"))
        for tables_by_name in certificates
        if isinstance(tables_by_name, dict)
        for table in tables_by_name.values()
        if isinstance(table, dict)
    ]
    given = next(filter(None, files), None)
    file = given or machine.get("REQUESTS_CA_BUNDLE") or machine.get("CURL_CA_BUNDLE")
    return Trust(base="files", files=(Path(file),)) if file else Trust(base="bundled")
