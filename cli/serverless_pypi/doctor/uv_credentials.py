"""With what uv signs in: what the URL has, what variables name for the index, what `uv auth login` stored."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from serverless_pypi.doctor.documents import string, tables
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.index_urls import Credential, IndexUrl, parse_index_url
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.places import FileLine, Variable
from serverless_pypi.doctor.settings import Offer, Source

__all__ = ["variables_of", "with_credentials"]


def with_credentials(source: Source, machine: Machine) -> Source:
    """*source* with all that uv has for it. What it has stored comes after the netrc file."""
    location = source.location
    if location is None:
        return source
    source = replace(source, variables=variables_of(source), last_offer=_stored(location, machine))
    named = _from_variables(source, machine)
    if named is None or source.offer is not None:
        # uv then takes the URL's for pages, and the other for files.
        return replace(source, rival=named)
    return replace(source, offer=named)


def variables_of(source: Source) -> str | None:
    """With what the names of the variables begin that are for *source*."""
    return f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', source.name.upper())}_" if source.name else None


def _from_variables(source: Source, machine: Machine) -> Offer | None:
    username, password = (
        machine.get(f"{source.variables}{part}") if source.variables else None
        for part in ("USERNAME", "PASSWORD")
    )
    if password is None:
        return None
    place = Variable(name=f"{source.variables}PASSWORD")
    return Offer(credential=Credential(username=username or "", password=password), place=place)


def _stored(location: IndexUrl, machine: Machine) -> Offer | None:
    """For the longest part of the URL. A broken store uv tells of itself."""
    offers = sorted(_in_store(location, machine), key=lambda found: found[0])
    return offers[-1][1] if offers else None


def _in_store(location: IndexUrl, machine: Machine) -> Iterator[tuple[int, Offer]]:
    file = _store(machine)
    toml = Reading().toml(file)
    for place, fields in tables(toml.get("credential") if toml else None):
        service = parse_index_url(string(fields.get("service")) or "")
        password = string(fields.get("password"))
        if toml and service and password and location.url.startswith(service.url):
            credential = Credential(username=string(fields.get("username")) or "", password=password)
            line = toml.line("credential", place)
            yield len(service.path), Offer(credential=credential, place=FileLine(file=file, line=line))


def _store(machine: Machine) -> Path:
    if given := machine.get("UV_CREDENTIALS_DIR"):
        return Path(given) / "credentials.toml"
    data = Path(machine.get("XDG_DATA_HOME") or machine.home / ".local" / "share")
    return (machine.roaming if machine.is_windows else data) / "uv" / "credentials" / "credentials.toml"
