"""The credential that a client would send, and how another would be given to it."""

from dataclasses import dataclass

from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.mends import Ask, Edit, export, run
from serverless_pypi.doctor.netrc_file import Entry, Netrc
from serverless_pypi.doctor.places import Steps, Variable, in_netrc
from serverless_pypi.doctor.settings import Client, ClientSettings, Offer, Source

__all__ = ["NetrcOffer", "offer_of", "renewed"]

_ASKED = Ask(sentence="It asks for the password.")


@dataclass(frozen=True, kw_only=True)
class NetrcOffer(Offer):
    """One of the netrc file's."""

    entry: Entry


def offer_of(source: Source, settings: ClientSettings, netrc: Netrc) -> Offer | None:
    """What is sent to *source*: a whole credential of its own, else netrc's, else half of one."""
    own = source.offer
    if own is not None and own.credential.password:
        return own
    entry = netrc.find(source.location.hostname) if source.location and settings.reads_netrc else None
    if entry is not None and _fits(entry, own, settings):
        return NetrcOffer(credential=entry.credential, place=entry.place, entry=entry)
    return own or source.last_offer or _of_neighbour(source, settings)


def _of_neighbour(source: Source, settings: ClientSettings) -> Offer | None:
    """pip signs in to an index without a credential by that of another one of the same host."""
    if settings.client != Client.PIP or source.location is None:
        return None
    offers = [
        one.offer for one in settings.sources if one.location and one.location.host == source.location.host
    ]
    return next(filter(None, offers), None)


def _fits(entry: Entry, own: Offer | None, settings: ClientSettings) -> bool:
    """uv takes of netrc nothing for another username than the URL's."""
    return settings.client != Client.UV or own is None or entry.credential.username == own.credential.username


def renewed(offer: Offer | None, source: Source, settings: ClientSettings, index: IndexUrl) -> Steps:
    """What gives *source* another credential, in the place of what is offered now."""
    if isinstance(offer, NetrcOffer):
        return _in_entry(offer.entry, index)
    if offer is not None and offer.place == source.place:
        return source.place.with_credential(f"{index.scheme}://USER:PASSWORD@{index.host}/simple/")
    if offer is not None and isinstance(offer.place, Variable):
        return (export(offer.place.name, "PASSWORD"),)
    if settings.client == Client.POETRY and source.name:
        return (run("poetry", "config", f"http-basic.{source.name}", "USER"), _ASKED)
    if settings.client == Client.PDM and source.name:
        section = "pypi" if source.name == "pypi" else f"pypi.{source.name}"
        words = [("username", "USER"), ("password", "PASSWORD")]
        return tuple(run("pdm", "config", f"{section}.{key}", word) for key, word in words)
    if offer is not None and settings.client == Client.UV:
        return (run("uv", "auth", "login", index.origin, "--username", "USER"), _ASKED)
    return in_netrc(index.hostname)


def _in_entry(entry: Entry, index: IndexUrl) -> Steps:
    text = f"machine {index.hostname} login USER password PASSWORD"
    line, last = entry.place.line, entry.last
    if line is None or last is None:
        return (Ask(sentence=f"Write there: {text}"),)
    return (Edit(file=entry.place.file, first=line, last=last, text=text),)
