"""What uv is told beside its indexes: strategy, keyring, hosts, certificates."""

import os
from collections.abc import Iterator
from pathlib import Path

from serverless_pypi.doctor.documents import string, tables
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.places import Variable
from serverless_pypi.doctor.settings import Option, Trust
from serverless_pypi.doctor.uv_documents import Table, UvDocument
from serverless_pypi.doctor.uv_places import UvKey

__all__ = ["uv_options", "uv_trust"]

_CHOICES = (("index-strategy", "UV_INDEX_STRATEGY"), ("keyring-provider", "UV_KEYRING_PROVIDER"))


def uv_options(machine: Machine, documents: list[UvDocument], table: Table) -> Iterator[Option]:
    """A variable outranks the documents, and of these the first has its way."""
    for key, variable in _CHOICES:
        if value := machine.get(variable):
            yield Option(key=key, value=value, place=Variable(name=variable))
        else:
            yield from _first(documents, table, key)
    for document in documents:
        where, value = document.chosen(table, "no-index")
        if value is True:
            yield Option(key="no-index", value="yes", place=UvKey.of(document, *where, "no-index"))
            break
    yield from _insecure_hosts(machine, documents)
    for document in documents:
        yield from _of_indexes(document)


def _of_indexes(document: UvDocument) -> Iterator[Option]:
    """What is told of single indexes; the value is the index's URL."""
    for place, fields in tables(document.get("index")):
        url = string(fields.get("url"))
        codes = fields.get("ignore-error-codes")
        if url and isinstance(codes, list) and not {401, 403}.isdisjoint(filter(_is_number, codes)):
            key = UvKey.of(document, "index", place, "ignore-error-codes")
            yield Option(key="ignored-refusals", value=url, place=key)
        if url and fields.get("authenticate") == "never":
            yield Option(
                key="no-credentials", value=url, place=UvKey.of(document, "index", place, "authenticate")
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int)


def _first(documents: list[UvDocument], table: Table, key: str) -> Iterator[Option]:
    for document in documents:
        where, value = document.chosen(table, key)
        if text := string(value):
            yield Option(key=key, value=text, place=UvKey.of(document, *where, key))
            return


def _insecure_hosts(machine: Machine, documents: list[UvDocument]) -> Iterator[Option]:
    for host in (machine.get("UV_INSECURE_HOST") or "").split():
        yield Option(key="trusted-host", value=host, place=Variable(name="UV_INSECURE_HOST"))
    for document in documents:
        hosts = document.get("allow-insecure-host")
        for host in filter(None, map(string, hosts if isinstance(hosts, list) else [])):
            yield Option(key="trusted-host", value=host, place=UvKey.of(document, "allow-insecure-host"))


def uv_trust(machine: Machine, documents: list[UvDocument]) -> Trust:
    """The files and folders that variables name, if they are there; else the system, if told so."""
    named = [machine.get("SSL_CERT_FILE") or "", *(machine.get("SSL_CERT_DIR") or "").split(os.pathsep)]
    if there := [Path(path) for path in named if path and os.path.exists(path)]:
        return Trust(base="files", files=tuple(there))
    by_variable = machine.says_yes("UV_SYSTEM_CERTS") or machine.says_yes("UV_NATIVE_TLS")
    keys = ("system-certs", "native-tls")
    by_document = any(document.get(key) is True for document in documents for key in keys)
    return Trust(base="system" if by_variable or by_document else "bundled")
