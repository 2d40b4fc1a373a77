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
    proxies = _of_variables(machine) or {
        kind: (url, f"{kind}_proxy".upper()) for kind, url in urllib.request.getproxies().items()
    }
    kind = index.scheme if index.scheme in proxies else "all"
    if kind not in proxies or _is_spared(index, machine):
        return None
    url, name = proxies[kind]
    return _proxy(url, Variable(name=name), heeds_no_proxy=True)


def _of_variables(machine: Machine) -> dict[str, tuple[str, str]]:
    """Each kind's URL, and the variable that it stands in; the lower case outranks the other."""
    found = {}
    for name, value in sorted(machine.environment.items()):
        kind, _, end = name.lower().rpartition("_")
        if end == "proxy" and kind in ("http", "https", "all") and value:
            found[kind] = (value, name)
    return found


def _is_spared(index: IndexUrl, machine: Machine) -> bool:
    spared = machine.get("no_proxy") or machine.get("NO_PROXY")
    if spared is None:
        return bool(urllib.request.proxy_bypass(index.host))
    # As urllib and requests read that variable.
    return bool(urllib.request.proxy_bypass_environment(index.host, {"no": spared}))  # type: ignore[attr-defined]


def _proxy(text: str, place: Place, *, heeds_no_proxy: bool) -> Proxy:
    url = text if "://" in text else f"http://{text}"
    parsed = parse_index_url(url)
    shown = parsed.origin if parsed else url.partition("://")[0]
    return Proxy(url=url, shown=shown, place=place, heeds_no_proxy=heeds_no_proxy)
