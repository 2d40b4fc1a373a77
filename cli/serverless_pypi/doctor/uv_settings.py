"""What uv is told, by documents and variables.

https://docs.astral.sh/uv/concepts/configuration-files/: "arrays will be concatenated, with the project-level
settings appearing earlier", and variables outrank all. Of several default indexes the first counts.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from serverless_pypi.doctor.files import Reading, string, tables
from serverless_pypi.doctor.index_urls import Credential, IndexUrl, parse_index_url
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.places import FileLine, Place, Variable
from serverless_pypi.doctor.settings import (
    Client,
    ClientSettings,
    Option,
    Overridden,
    Source,
    Trust,
    source_of,
)
from serverless_pypi.doctor.uv_documents import UvDocument, uv_documents
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
    settings = _read(machine, documents, table=())
    yield replace(settings, broken=tuple(reading.broken))
    if any(document.get("pip") for document in documents):
        of_pip = _read(machine, documents, table=("pip",))
        yield replace(of_pip, title="uv pip")


def _read(machine: Machine, documents: list[UvDocument], *, table: tuple[str, ...]) -> ClientSettings:
    told = [*_from_variables(machine), *_from_documents(documents, table)]
    first = next((one.source for one in told if one.is_default), None)
    asked = [
        replace(one.source, is_main=one.is_default)
        for one in told
        if not one.is_default or one.source is first
    ]
    if told and first is None:
        asked.append(Source(location=None, place=told[0].source.place, is_public=True, is_main=True))
    prefixes = [_prefix(source) for source in asked]
    return ClientSettings(
        client=Client.UV,
        title="uv",
        sources=tuple(_with_credential(source, machine) for source in asked),
        overridden=tuple(
            Overridden(source=one.source, by=first)
            for one in told
            if first is not None and one.is_default and one.source is not first
        ),
        options=tuple(_options(machine, documents, table)),
        trust=_trust(machine, documents),
        unclaimed=tuple(machine.prefixes("UV_INDEX_", besides=prefixes)),
        telling=_TELLING,
    )


def _from_variables(machine: Machine) -> Iterator[_Told]:
    yield from _of_variable(machine, "UV_DEFAULT_INDEX", is_default=True)
    yield from _of_variable(machine, "UV_INDEX")
    yield from _of_variable(machine, "UV_EXTRA_INDEX_URL")
    yield from _of_variable(machine, "UV_INDEX_URL", is_default=True)


def _of_variable(machine: Machine, name: str, *, is_default: bool = False) -> Iterator[_Told]:
    value = machine.get(name) or ""
    words = [value.strip()] if is_default else value.split()
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


def _from_documents(documents: list[UvDocument], table: tuple[str, ...]) -> Iterator[_Told]:
    for document in documents:
        for place, fields in tables(document.get("index")):
            if url := string(fields.get("url")):
                yield _of_table(document, place, fields, url)
    # A setting of [pip] outranks the one outside of it, for `uv pip`.
    for document in documents:
        extras = _chosen(document, table, "extra-index-url")
        for url in filter(None, map(string, extras[1] if isinstance(extras[1], list) else [])):
            yield _Told(source=source_of(url, UvKey.of(document, *extras[0], "extra-index-url")))
    for document in documents:
        where, url = _chosen(document, table, "index-url")
        if text := string(url):
            yield _Told(source=source_of(text, UvKey.of(document, *where, "index-url")), is_default=True)


def _of_table(document: UvDocument, place: int, fields: dict[str, Any], url: str) -> _Told:
    source = source_of(url, UvTable.of(document, place, fields))
    return _Told(
        source=replace(source, name=string(fields.get("name")), is_explicit=fields.get("explicit") is True),
        is_default=fields.get("default") is True,
    )


def _chosen(document: UvDocument, table: tuple[str, ...], key: str) -> tuple[tuple[str, ...], Any]:
    inner = document.get(*table, key) if table else None
    return (table, inner) if inner is not None else ((), document.get(key))


def _options(machine: Machine, documents: list[UvDocument], table: tuple[str, ...]) -> Iterator[Option]:
    for key, variable in (
        ("index-strategy", "UV_INDEX_STRATEGY"),
        ("keyring-provider", "UV_KEYRING_PROVIDER"),
    ):
        if value := machine.get(variable):
            yield Option(key=key, value=value, place=Variable(name=variable))
            continue
        found = ((document, *_chosen(document, table, key)) for document in documents)
        for document, where, value in found:
            if text := string(value):
                yield Option(key=key, value=text, place=UvKey.of(document, *where, key))
                break
    for document in documents:
        where, value = _chosen(document, table, "no-index")
        if value is True:
            yield Option(key="no-index", value="yes", place=UvKey.of(document, *where, "no-index"))
            break
    yield from _insecure_hosts(machine, documents)


def _insecure_hosts(machine: Machine, documents: list[UvDocument]) -> Iterator[Option]:
    for host in (machine.get("UV_INSECURE_HOST") or "").split():
        yield Option(key="trusted-host", value=host, place=Variable(name="UV_INSECURE_HOST"))
    for document in documents:
        hosts = document.get("allow-insecure-host")
        for host in filter(None, map(string, hosts if isinstance(hosts, list) else [])):
            yield Option(key="trusted-host", value=host, place=UvKey.of(document, "allow-insecure-host"))


def _with_credential(source: Source, machine: Machine) -> Source:
    """The credential in the URL; else that of the variables named for the index, else what uv has stored."""
    location = source.location
    if location is None or source.credential is not None:
        return source
    prefix = _prefix(source)
    source = replace(source, variables=prefix)
    password = machine.get(f"{prefix}PASSWORD") if prefix else None
    if password is not None:
        username = machine.get(f"{prefix}USERNAME") or ""
        place: Place = Variable(name=f"{prefix}PASSWORD")
        return replace(
            source, credential=Credential(username=username, password=password), credential_place=place
        )
    return _with_stored(source, location, machine)


def _prefix(source: Source) -> str | None:
    return f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', source.name.upper())}_" if source.name else None


def _with_stored(source: Source, location: IndexUrl, machine: Machine) -> Source:
    """What `uv auth login` has stored. uv tells a broken store itself."""
    file = _store(machine)
    toml = Reading().toml(file)
    for place, fields in tables(toml.get("credential") if toml else None):
        service = parse_index_url(string(fields.get("service")) or "")
        password = string(fields.get("password"))
        if toml and service and password and service.origin == location.origin:
            stored = Credential(username=string(fields.get("username")) or "", password=password)
            where = FileLine(file=file, line=toml.line("credential", place))
            return replace(source, credential=stored, credential_place=where)
    return source


def _store(machine: Machine) -> Path:
    given = machine.get("UV_CREDENTIALS_DIR")
    data = Path(machine.get("XDG_DATA_HOME") or machine.home / ".local" / "share")
    folder = (
        Path(given) if given else (machine.roaming if machine.is_windows else data) / "uv" / "credentials"
    )
    return folder / "credentials.toml"


def _trust(machine: Machine, documents: list[UvDocument]) -> Trust:
    file, folder = machine.get("SSL_CERT_FILE"), machine.get("SSL_CERT_DIR")
    if (file and Path(file).exists()) or (folder and os.path.isdir(folder)):
        return Trust(
            base="files",
            files=(Path(file),) if file else (),
            folder=Path(folder) if folder else None,
        )
    by_variable = machine.says_yes("UV_SYSTEM_CERTS") or machine.says_yes("UV_NATIVE_TLS")
    keys = ("system-certs", "native-tls")
    by_document = any(document.get(key) is True for document in documents for key in keys)
    return Trust(base="system" if by_variable or by_document else "bundled")
