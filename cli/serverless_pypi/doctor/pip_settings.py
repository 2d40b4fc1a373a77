"""What pip is told: its configuration files and variables, in its own order of precedence.

https://pip.pypa.io/en/stable/topics/configuration/: "All of the configuration files … are tried … and
merged", a later one outranking; within them ``[install]`` outranks ``[global]``, and variables all files.
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from serverless_pypi.doctor.documents import Ini, normal
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.index_urls import parse_index_url, split_urls
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.pip_files import PipFile, pip_files
from serverless_pypi.doctor.pip_places import PipLine
from serverless_pypi.doctor.places import Place, Variable
from serverless_pypi.doctor.settings import (
    Broken,
    Client,
    ClientSettings,
    Option,
    Overridden,
    Source,
    Trust,
    source_of,
)

__all__ = ["read_pip"]

_SECTIONS = ("global", "install")
#: Other names of an option.
_ALIASES = {"pypi-url": "index-url"}
_FALSE = ("", "0", "n", "no", "f", "false", "off")
_LISTS = ("extra-index-url", "trusted-host", "find-links")
_MAIN = "PIP_INDEX_URL"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Setting:
    key: str
    value: str = field(repr=False)
    place: Place
    #: A list that outranks another takes the whole of its place.
    of_list: str


def read_pip(machine: Machine) -> ClientSettings:
    """What `pip install` goes by on *machine*."""
    reading = Reading()
    settings = [*_from_files(machine, reading), *_from_variables(machine)]
    sources, overridden = _sources(settings)
    keyrings = [setting.value for setting in settings if setting.key == "keyring-provider"]
    if "disabled" not in keyrings[-1:] and machine.find("keyring"):
        sources = tuple(replace(source, may_be_in_keyring=True) for source in sources)
    proxies = [setting for setting in settings if setting.key == "proxy"]
    return ClientSettings(
        client=Client.PIP,
        title="pip",
        sources=sources,
        overridden=overridden,
        options=tuple(_options(settings)),
        broken=(*reading.broken, *_missing_file(machine)),
        trust=_trust(machine, settings),
        proxy=_option(proxies[-1], proxies[-1].value) if proxies else None,
        telling="pip config --user set global.index-url {url}",
    )


def _sources(settings: list[_Setting]) -> tuple[tuple[Source, ...], tuple[Overridden, ...]]:
    """The indexes that are asked, and those that would be, did not another outrank them."""
    mains = [source_of(setting.value, setting.place) for setting in settings if setting.key == "index-url"]
    extras = [setting for setting in settings if setting.key == "extra-index-url"]
    last = [setting for setting in extras if setting.of_list == extras[-1].of_list]
    beside = [source_of(setting.value, setting.place) for setting in last]
    if not mains and not beside:
        return (), ()
    main = mains[-1] if mains else Source(location=None, place=beside[0].place, is_public=True)
    return (replace(main, is_main=True), *beside), tuple(
        Overridden(source=source, by=main) for source in mains[:-1]
    )


def _from_files(machine: Machine, reading: Reading) -> Iterator[_Setting]:
    read = [(file, ini) for file in pip_files(machine) if (ini := reading.ini(file.path)) is not None]
    for section in _SECTIONS:
        merged: dict[str, list[_Setting]] = {}
        for file, ini in read:
            for key, settings in _in_section(file, ini, section):
                # Without a value, it takes back what files before it have said.
                merged[key] = merged.get(key, []) + settings if settings else []
        yield from itertools.chain.from_iterable(merged.values())


def _in_section(file: PipFile, ini: Ini, section: str) -> Iterator[tuple[str, list[_Setting]]]:
    for (where, key), value in ini.values.items():
        if where == section:
            place = PipLine(
                file=file.path,
                line=ini.line(section, key),
                level=file.level,
                name=f"{section}.{key}",
                is_one_of_several=len(value.split()) > 1,
            )
            yield (
                key,
                [
                    _Setting(key=_name(key), value=word, place=place, of_list=f"{file.path} {section}")
                    for word in _words(key, value)
                ],
            )


def _from_variables(machine: Machine) -> Iterator[_Setting]:
    for name, value in machine.environment.items():
        if name.startswith("PIP_"):
            key = normal(name.removeprefix("PIP_"))
            words = _words(key, value)
            for word in words:
                url = parse_index_url(word)
                place = Variable(
                    name=name,
                    host=url.host if url and len(words) > 1 else None,
                    main=_MAIN if key == "extra-index-url" else None,
                )
                yield _Setting(key=_name(key), value=word, place=place, of_list=name)


def _words(key: str, value: str) -> list[str]:
    if key in _LISTS:
        return value.split() if key == "trusted-host" else split_urls(value)
    return [value] if value else []


def _name(key: str) -> str:
    return _ALIASES.get(key, key)


def _options(settings: list[_Setting]) -> Iterator[Option]:
    last = {setting.key: setting for setting in settings}
    if "no-index" in last and last["no-index"].value.strip().lower() not in _FALSE:
        yield _option(last["no-index"], "yes")
    for key in ("cert", "keyring-provider"):
        if key in last:
            yield _option(last[key], last[key].value)
    for key in ("trusted-host", "find-links"):
        for setting in settings:
            if setting.key == key and setting.of_list == last[key].of_list:
                yield _option(setting, setting.value)


def _option(setting: _Setting, value: str) -> Option:
    return Option(key=setting.key, value=value, place=setting.place)


def _trust(machine: Machine, settings: list[_Setting]) -> Trust:
    """Since 24.2 pip adds to what the system trusts. A file of its own outranks those of requests."""
    certs = [setting.value for setting in settings if setting.key == "cert"]
    file = certs[-1] if certs else machine.get("REQUESTS_CA_BUNDLE") or machine.get("CURL_CA_BUNDLE")
    return Trust(base="system", files=(Path(file),) if file else ())


def _missing_file(machine: Machine) -> Iterator[Broken]:
    own = machine.get("PIP_CONFIG_FILE")
    if own and own != os.devnull and not os.path.exists(own):
        yield Broken(
            code="missing-config-file",
            place=Variable(name="PIP_CONFIG_FILE"),
            sentence=f"it names {own}, and there is no such file: pip goes on without what was meant",
            mend=Variable(name="PIP_CONFIG_FILE").removed(),
        )
