"""What uv is told, by documents and variables.

https://docs.astral.sh/uv/concepts/configuration-files/: "arrays will be concatenated, with the project-level
settings appearing earlier", and variables outrank all. Of several default indexes the first counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from serverless_pypi.doctor.documents import string, tables
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.index_urls import parse_index_url, split_urls
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.pins import uv_pins
from serverless_pypi.doctor.places import Variable
from serverless_pypi.doctor.settings import Client, ClientSettings, Overridden, Source, source_of
from serverless_pypi.doctor.uv_credentials import variables_of, with_credentials
from serverless_pypi.doctor.uv_documents import Table, UvDocument, nearest_project, uv_documents
from serverless_pypi.doctor.uv_options import uv_options, uv_trust
from serverless_pypi.doctor.uv_places import UvKey, UvTable

__all__ = ["read_uv"]

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)=(?P<url>.*)", re.DOTALL)
_TELLING = (
    "mkdir -p {config}/uv && "
    "printf '\\n[[index]]\\nurl = \"%s\"\\ndefault = true\\n' {url} >> {config}/uv/uv.toml"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """A source, and whether it is a default one: of those uv asks the first."""

    source: Source
    is_default: bool = False


def read_uv(machine: Machine) -> Iterator[ClientSettings]:
    """What `uv` goes by on *machine*; and `uv pip`, where it is told other things."""
    reading = Reading()
    documents = uv_documents(machine, reading)
    pins = uv_pins(nearest_project(machine))
    settings = _read(machine, documents, table=())
    yield replace(settings, broken=tuple(reading.broken), pins=pins)
    if any(document.get("pip") for document in documents):
        of_pip = _read(machine, documents, table=("pip",))
        yield replace(of_pip, title="uv pip")


def _read(machine: Machine, documents: list[UvDocument], *, table: Table) -> ClientSettings:
    told = [*_from_variables(machine), *_from_documents(documents, table)]
    first = next((one.source for one in told if one.is_default), None)
    asked = [
        replace(one.source, is_main=one.is_default)
        for one in told
        if not one.is_default or one.source is first
    ]
    if told and first is None:
        asked.append(Source(location=None, place=told[0].source.place, is_public=True, is_main=True))
    options = tuple(uv_options(machine, documents, table))
    has_keyring = any(option.value == "subprocess" for option in options) and machine.find("keyring")
    return ClientSettings(
        client=Client.UV,
        title="uv",
        sources=tuple(
            replace(with_credentials(source, machine), may_be_in_keyring=bool(has_keyring))
            for source in asked
        ),
        overridden=tuple(
            Overridden(source=one.source, by=first)
            for one in told
            if first is not None and one.is_default and one.source is not first
        ),
        options=options,
        trust=uv_trust(machine, documents),
        unclaimed=tuple(machine.prefixes("UV_INDEX_", besides=map(variables_of, asked))),
        telling=_TELLING,
    )


def _from_variables(machine: Machine) -> Iterator[_Told]:
    yield from _of_variable(machine, "UV_DEFAULT_INDEX", is_default=True)
    yield from _of_variable(machine, "UV_INDEX")
    yield from _of_variable(machine, "UV_EXTRA_INDEX_URL")
    yield from _of_variable(machine, "UV_INDEX_URL", is_default=True)


def _of_variable(machine: Machine, name: str, *, is_default: bool = False) -> Iterator[_Told]:
    value = machine.get(name) or ""
    words = [value.strip()] if is_default else split_urls(value)
    for word in filter(None, words):
        named = _NAMED.fullmatch(word)
        url = parse_index_url(named["url"] if named else word)
        place = Variable(
            name=name,
            host=url.host if url and len(words) > 1 else None,
            main=None if is_default else "UV_DEFAULT_INDEX",
        )
        source = source_of(named["url"] if named else word, place)
        yield _Told(source=replace(source, name=named["name"] if named else None), is_default=is_default)


def _from_documents(documents: list[UvDocument], table: Table) -> Iterator[_Told]:
    for document in documents:
        for place, fields in tables(document.get("index")):
            if url := string(fields.get("url")):
                yield _of_table(document, place, fields, url)
    # A setting of [pip] outranks the one outside of it, for `uv pip`.
    for document in documents:
        where, urls = document.chosen(table, "extra-index-url")
        for url in filter(None, map(string, urls if isinstance(urls, list) else [])):
            yield _Told(source=source_of(url, UvKey.of(document, *where, "extra-index-url")))
    for document in documents:
        where, url = document.chosen(table, "index-url")
        if text := string(url):
            yield _Told(source=source_of(text, UvKey.of(document, *where, "index-url")), is_default=True)


def _of_table(document: UvDocument, place: int, fields: dict[str, Any], url: str) -> _Told:
    source = source_of(url, UvTable.of(document, place, fields))
    return _Told(
        source=replace(source, name=string(fields.get("name")), is_explicit=fields.get("explicit") is True),
        is_default=fields.get("default") is True,
    )
