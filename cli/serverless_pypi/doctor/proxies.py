"""Through which proxy a client goes: the variables, and where there are none the system's settings."""

import urllib.request
from dataclasses import dataclass, field

from serverless_pypi.doctor.index_urls import IndexUrl, parse_index_url
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.places import Place, Variable
from serverless_pypi.doctor.settings import ClientSettings

__all__ = ["Proxy", "proxy_for"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """A proxy, and who has said that one goes through it."""

    url: str = field(repr=False)
    #: As it may be shown.
    shown: str
    place: Place
    #: Whether hosts in NO_PROXY are kept from it.
    heeds_no_proxy: bool

    @property
    def is_spoken(self) -> bool:
        """Whether we can go through it."""
        return self.url.startswith(("http://", "https://"))


def proxy_for(index: IndexUrl, machine: Machine, settings: ClientSettings | None = None) -> Proxy | None:
    """The one between here and *index* for a client with *settings*; None where there is none."""
    if settings is not None and settings.proxy is not None:
        return _proxy(settings.proxy.value, settings.proxy.place, heeds_no_proxy=False)
    proxies = urllib.request.getproxies()
    name = index.scheme if proxies.get(index.scheme) else "all"
    if not proxies.get(name) or urllib.request.proxy_bypass(index.host):
        return None
    place = Variable(name=_variable(f"{name}_proxy", machine))
    return _proxy(proxies[name], place, heeds_no_proxy=True)


def _proxy(text: str, place: Place, *, heeds_no_proxy: bool) -> Proxy:
    url = text if "://" in text else f"http://{text}"
    parsed = parse_index_url(url)
    shown = parsed.origin if parsed else url.partition("://")[0]
    return Proxy(url=url, shown=shown, place=place, heeds_no_proxy=heeds_no_proxy)


def _variable(name: str, machine: Machine) -> str:
    """As it is written here: curl and others take the lower case too."""
    return name if name in machine.environment else name.upper()
