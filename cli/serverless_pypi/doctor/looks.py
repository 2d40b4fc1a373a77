"""One look at the index for each way that clients go there: whom they believe, and through which proxy."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace

from serverless_pypi.doctor.certificates import make_context
from serverless_pypi.doctor.connection import Answer, Failure, NoAnswer, Road, ask
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.proxies import Proxy, proxy_for
from serverless_pypi.doctor.settings import ClientSettings, Trust

__all__ = ["Look", "look", "looks_of"]

#: Without TLS a proxy's own answers look like the index's, which gives none of these under /health.
_OF_PROXIES = (403, 407, 502, 504)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the clients *titles* meet on their way."""

    titles: tuple[str, ...]
    trust: Trust
    road: Road
    answer: Answer | NoAnswer


def looks_of(
    settings: Sequence[ClientSettings], index: IndexUrl, machine: Machine, timeout: float
) -> list[Look]:
    """A look for each way of the clients that are told of *index*; of all, where none is.

    Where there are no clients at all it is that of somebody who believes the system.
    """
    ways: dict[tuple[Trust, Proxy | None], list[str]] = {}
    for one in [one for one in settings if one.of(index)] or settings:
        trust = one.trust if index.scheme == "https" else Trust()
        titles = ways.setdefault((trust, proxy_for(index, machine, one)), [])
        if one.client not in titles:
            titles.append(one.client)
    if not ways:
        ways[Trust(), proxy_for(index, machine)] = []
    looks: list[Look] = []
    for (trust, proxy), titles in ways.items():
        same = next((one for one in looks if one.road.proxy == proxy and _ends_early(one)), None)
        if same:
            looks[looks.index(same)] = replace(same, titles=(*same.titles, *titles))
        else:
            looks.append(look(index, trust=trust, proxy=proxy, timeout=timeout, titles=titles))
    return looks


def _ends_early(one: Look) -> bool:
    """Before it comes to whom one believes: the same for everybody who goes that way."""
    return isinstance(one.answer, NoAnswer) and one.answer.failure != Failure.CERTIFICATE


def look(
    index: IndexUrl, *, trust: Trust, proxy: Proxy | None, timeout: float, titles: Sequence[str] = ()
) -> Look:
    road = Road(context=_context(trust), proxy=proxy, timeout=timeout)
    answer = ask(f"{index.origin}/health", road)
    if proxy and index.scheme == "http" and isinstance(answer, Answer) and answer.status in _OF_PROXIES:
        answer = NoAnswer(failure=Failure.PROXY_REFUSES, detail=str(answer.status))
    return Look(titles=tuple(titles), trust=trust, road=road, answer=answer)


def _context(trust: Trust) -> ssl.SSLContext:
    """Files that are no certificates are told of elsewhere; here nobody is believed for them."""
    try:
        return make_context(trust)
    except OSError:
        return make_context(Trust(base="files" if trust.base == "files" else trust.base))
