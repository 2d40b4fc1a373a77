"""Whether clients reach the index, and in plain words what is in between."""

from collections.abc import Iterator

from serverless_pypi.doctor.connection import Failure, NoAnswer
from serverless_pypi.doctor.findings import Finding, good, wrong
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.judging_certificates import judge_certificates
from serverless_pypi.doctor.looks import Look, look
from serverless_pypi.doctor.mends import Ask, Run, Step, export
from serverless_pypi.doctor.places import Steps
from serverless_pypi.doctor.proxies import Proxy
from serverless_pypi.doctor.wording import all_of, verb

__all__ = ["judge_looks"]

_SUBJECT = "connection"


def judge_looks(looks: list[Look], index: IndexUrl) -> Iterator[Finding]:
    """Each way's finding: that it leads there, or where it ends."""
    yield from _lead_there([one for one in looks if not isinstance(one.answer, NoAnswer)], index)
    yield from judge_certificates(looks, index)
    for one in looks:
        if not isinstance(one.answer, NoAnswer) or one.answer.failure == Failure.CERTIFICATE:
            continue
        if one.road.proxy is not None:
            yield _ends_at_proxy(one, one.answer, one.road.proxy, index)
        else:
            yield _ends(one, one.answer, index)


def _lead_there(looks: list[Look], index: IndexUrl) -> Iterator[Finding]:
    """Those that go through one proxy, or through none, together."""
    for proxy in dict.fromkeys(one.road.proxy for one in looks):
        titles = [title for one in looks if one.road.proxy == proxy for title in one.titles]
        through = f" through the proxy {proxy.shown}" if proxy else ""
        is_believed = index.scheme == "https" and titles
        who = f", and {all_of(titles)} {verb(titles, 'believe')} its certificate" if is_believed else ""
        yield good("answers", _SUBJECT, f"{index.host} answers{through}{who}")


def _ends(one: Look, answer: NoAnswer, index: IndexUrl) -> Finding:
    what, mend = _WITHOUT_PROXY[answer.failure]
    words = {"host": index.host, "name": index.hostname, "seconds": f"{one.road.timeout:g}"}
    if answer.failure == Failure.NO_TLS and index.is_loopback:
        mend = Run(line=f"serverless-pypi doctor http://{index.host}/simple/")
    code = f"connection-{answer.failure}"
    return wrong(code, _SUBJECT, what.format(**words, detail=answer.detail), mend=(mend,))


_NETWORK = Ask(sentence="Compare the host with the index URL that you were given, and turn the VPN on.")
_PROXY = Run(line="export HTTPS_PROXY=http://PROXY:PORT")
_WITHOUT_PROXY: dict[Failure, tuple[str, Step]] = {
    Failure.NAME: ("{name} has no address: it is misspelt, or its DNS or VPN is off", _NETWORK),
    Failure.REFUSED: ("{host} has an address, and nothing listens there: is the port right?", _NETWORK),
    Failure.TIMEOUT: (
        "{host} does not answer within {seconds} s: a firewall is in between, or a proxy is to be used",
        _PROXY,
    ),
    Failure.UNREACHABLE: ("There is no way from here to {host} ({detail}): is the network on?", _PROXY),
    Failure.BROKEN_OFF: (
        "{host} takes the connection and breaks it off: a firewall, or a program that is no web server",
        _PROXY,
    ),
    Failure.TLS: (
        "{host} ends the TLS handshake ({detail}): it may have no certificate for it",
        _NETWORK,
    ),
    Failure.NO_TLS: ("What listens on {host} does not speak TLS: is it the right port?", _NETWORK),
}


def _ends_at_proxy(one: Look, answer: NoAnswer, proxy: Proxy, index: IndexUrl) -> Finding:
    what = _WITH_PROXY.get(answer.failure, "does not get through to {host}").format(
        host=index.host, seconds=f"{one.road.timeout:g}", detail=answer.detail
    )
    return wrong(
        f"proxy-{answer.failure.removeprefix('proxy-')}",
        _SUBJECT,
        f"The proxy {proxy.shown} {what}",
        proxy.place,
        mend=_around(one, answer, proxy, index),
    )


_WITH_PROXY = {
    Failure.NAME: "has no address",
    Failure.REFUSED: "is not there: nothing listens on its port",
    Failure.TIMEOUT: "does not answer within {seconds} s",
    Failure.PROXY_REFUSES: "does not let us through to {host} ({detail})",
    Failure.PROXY_UNKNOWN: "is of a kind that this command does not speak: it cannot look what clients meet",
}


def _around(one: Look, answer: NoAnswer, proxy: Proxy, index: IndexUrl) -> Steps:
    """Without the proxy, if that leads there; else with a name and password, if it asks for them."""
    direct = look(index, trust=one.trust, proxy=None, timeout=one.road.timeout)
    if not isinstance(direct.answer, NoAnswer):
        if not proxy.heeds_no_proxy:
            return proxy.place.removed()
        return (export("NO_PROXY", f'"${{NO_PROXY:+$NO_PROXY,}}{index.hostname}"'),)
    if answer.detail.startswith("407"):
        scheme, _, host = proxy.shown.partition("://")
        return proxy.place.with_credential(f"{scheme}://USER:PASSWORD@{host}")
    return (Ask(sentence="Ask who looks after the network here for the proxy that leads outside."),)
