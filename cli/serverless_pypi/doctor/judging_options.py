"""What else a client is told that harms: unsafe strategies, unverified hosts, indexes turned off, files."""

import os
from collections.abc import Iterator
from pathlib import Path

from serverless_pypi.doctor.certificates import make_context
from serverless_pypi.doctor.findings import Finding, note, wrong
from serverless_pypi.doctor.index_urls import IndexUrl, parse_index_url
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Ask
from serverless_pypi.doctor.places import Place, Variable
from serverless_pypi.doctor.settings import Client, ClientSettings, Option, Trust

__all__ = ["judge_broken", "judge_certificate_files", "judge_options"]

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def judge_broken(settings: ClientSettings) -> Iterator[Finding]:
    for one in settings.broken:
        what = one.sentence[:1].upper() + one.sentence[1:]
        yield wrong(one.code, settings.title, what, one.place, mend=one.mend)


def judge_options(settings: ClientSettings, index: IndexUrl, machine: Machine) -> Iterator[Finding]:
    yield from _strategy(settings)
    yield from _no_index(settings, index)
    yield from _unverified(settings, index)
    yield from _find_links(settings)
    yield from _keyring(settings, index, machine)
    yield from _of_index(settings, index)


def judge_certificate_files(settings: list[ClientSettings], machine: Machine) -> Iterator[Finding]:
    """Certificates that are named and cannot be had."""
    named: list[tuple[str, Place, str]] = [
        ("connection", Variable(name=name), value) for name in _CERTIFICATES if (value := machine.get(name))
    ]
    named += [(one.title, option.place, option.value) for one in settings for option in one.option("cert")]
    for subject, place, value in named:
        if why := _unusable(value):
            what = f"{value} should hold the certificates that are believed, and {why}"
            yield wrong("missing-certificates", subject, what, place, mend=place.removed())


def _unusable(path: str) -> str | None:
    """Why no certificates come of *path*, which may be several; None if some do."""
    there = [Path(part) for part in path.split(os.pathsep) if os.path.exists(part)]
    if not there:
        return "is not there"
    try:
        make_context(Trust(base="files", files=tuple(there)))
    except OSError:
        return "holds none"
    return None


def _strategy(settings: ClientSettings) -> Iterator[Finding]:
    for option in settings.option("index-strategy"):
        if option.value.startswith("unsafe"):
            what = (
                f"With {option.value} uv takes what any of its indexes offers, and not what the first that "
                "has the project offers: a stranger's project of the same name is installed"
            )
            yield wrong("unsafe-strategy", settings.title, what, option.place, mend=option.place.removed())


def _no_index(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    for option in settings.option("no-index"):
        what = f"{settings.title} is told to ask no index at all"
        if settings.of(index):
            yield wrong("no-index", settings.title, what, option.place, mend=option.place.removed())
        else:
            yield note("no-index", settings.title, what, option.place)


def _unverified(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    names = [source.name for source in settings.of(index)]
    for option in settings.options:
        is_ours = option.key == "trusted-host" and option.value in (index.host, index.hostname)
        is_ours = is_ours or (option.key == "unverified" and option.value in names)
        if is_ours and not (index.is_loopback and index.scheme == "http"):
            what = (
                f"{settings.title} does not look at this index's certificate: whoever stands in between "
                "reads the password, and sends what they like"
            )
            yield wrong("unverified-host", settings.title, what, option.place, mend=option.place.removed())


def _of_index(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    """What uv is told of this index alone."""
    whats = {
        "ignored-refusals": "uv takes a refusal of this index (401, 403) for absence, and looks elsewhere",
        "no-credentials": "uv is told never to sign in to this index",
    }
    for option in settings.options:
        location = parse_index_url(option.value) if option.key in whats else None
        if location and location.has_host_of(index):
            mend = option.place.removed()
            yield wrong(option.key, settings.title, whats[option.key], option.place, mend=mend)


def _find_links(settings: ClientSettings) -> Iterator[Finding]:
    for option in settings.option("find-links"):
        if option.value.startswith(("http://", "https://")):
            what = f"{settings.title} also takes files from a page elsewhere, whoever may put them there"
            yield wrong("find-links", settings.title, what, option.place, mend=option.place.removed())
        else:
            what = f"{settings.title} also takes files from a folder of this machine"
            yield note("find-links", settings.title, what, option.place)


def _keyring(settings: ClientSettings, index: IndexUrl, machine: Machine) -> Iterator[Finding]:
    for option in settings.option("keyring-provider"):
        if option.value in ("subprocess", "import") and machine.find("keyring") is None:
            what = f"{settings.title} is to ask the program keyring for passwords, and there is none here"
            yield wrong("no-keyring", settings.title, what, option.place, mend=option.place.removed())
        elif _asks_for_nothing(settings, index, option):
            what = f"{settings.title} asks the keyring only with a username, and the index URL has none"
            ask = Ask(
                sentence=f"Write the username into the index URL: {index.scheme}://USER@{index.host}/simple/"
            )
            yield wrong("keyring-without-user", settings.title, what, option.place, mend=(ask,))


def _asks_for_nothing(settings: ClientSettings, index: IndexUrl, option: Option) -> bool:
    without = [source for source in settings.of(index) if source.offer is None]
    return settings.client in (Client.PIP, Client.UV) and option.value == "subprocess" and bool(without)
