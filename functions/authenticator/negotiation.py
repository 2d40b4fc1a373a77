"""Which of a page's two forms a viewer reads: content negotiation of PEP 691 (RFC 9110, 12.5).

JSON only for those who name it; browsers, curl, old clients and ``*/*`` get HTML, as on the public
index. JSON is stored gzipped, so it goes only to those who accept gzip.
"""

import re
from collections.abc import Sequence
from typing import Literal

from authenticator.errors import NotAcceptableError
from authenticator.headers import Headers

__all__ = ["negotiate"]

_JSON = frozenset({"application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json"})
_HTML = frozenset(
    {"text/html", "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html"}
)
_ANY = frozenset({"*/*", "text/*"})
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)


def negotiate(headers: Headers) -> Literal["json", "html"]:
    """The form to answer with. Raises `NotAcceptableError` where only JSON is wanted, and not gzipped."""
    accepted = _weights(headers, "accept")
    json = max((accepted.get(name, 0.0) for name in _JSON), default=0.0)
    html = max(accepted.get(name, 0.0) for name in _HTML | _ANY)
    if json == 0.0 or json < html:
        return "html"
    if _accepts_gzip(headers):
        return "json"
    if html > 0.0:
        return "html"
    raise NotAcceptableError


def _accepts_gzip(headers: Headers) -> bool:
    # Without the header any coding would be allowed; but then it is somebody with a bare tool.
    codings = _weights(headers, "accept-encoding")
    return codings.get("gzip", codings.get("*", 0.0)) > 0.0


def _weights(headers: Headers, name: str) -> dict[str, float]:
    """Each element of a list header with its weight; the highest where it stands twice."""
    weights: dict[str, float] = {}
    for line in headers.get(name, ()):
        for element in line["value"].split(","):
            value, *parameters = (part.strip().lower() for part in element.split(";"))
            weights[value] = max(weights.get(value, 0.0), _weight(parameters))
    return weights


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value.strip()) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return 1.0
