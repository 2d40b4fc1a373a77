"""Which of a page's two forms a viewer reads: content negotiation of PEP 691 (RFC 9110, 12.5).

JSON only for those who name it; browsers, curl, old clients and ``*/*`` get HTML, as on the public
index. JSON is stored gzipped, so it goes only to those who accept gzip.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from authenticator.errors import NotAcceptableError
from authenticator.headers import Headers

__all__ = ["negotiate"]

_JSON = frozenset({"application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json"})
#: What the HTML answers to: each of its names, before the ranges that it is in.
_HTML = (
    ("text/html", "text/*", "*/*"),
    ("application/vnd.pypi.simple.v1+html", "*/*"),
    ("application/vnd.pypi.simple.latest+html", "*/*"),
)
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)


def negotiate(headers: Headers) -> Literal["json", "html"]:
    """The form to answer with. Raises `NotAcceptableError` where only JSON is wanted, and not gzipped."""
    return _negotiate(_value(headers, "accept"), _value(headers, "accept-encoding"))


def _value(headers: Headers, name: str) -> str:
    # "A recipient MAY combine multiple field lines … separated by a comma" (RFC 9110, 5.3).
    return ",".join(line["value"] for line in headers.get(name, ()))


@lru_cache(maxsize=64)  # there are not many clients, and it is half of the work of a request
def _negotiate(accept: str, accept_encoding: str) -> Literal["json", "html"]:
    accepted = _weights(accept)
    json = max(accepted.get(name, 0.0) for name in _JSON)
    html = max(_quality(accepted, *ranges) for ranges in _HTML)
    if json == 0.0 or json < html:
        return "html"
    # Without the header any coding would be allowed; but then it is somebody with a bare tool.
    if _quality(_weights(accept_encoding), "gzip", "*") > 0.0:
        return "json"
    if html > 0.0:
        return "html"
    raise NotAcceptableError


def _quality(weights: Mapping[str, float], *ranges: str) -> float:
    # "The most specific reference has precedence" (RFC 9110, 12.5.1).
    return next((weights[each] for each in ranges if each in weights), 0.0)


def _weights(value: str) -> dict[str, float]:
    """Each element of a list header with its weight; the highest where it stands twice."""
    weights: dict[str, float] = {}
    for element in value.split(","):
        name, *parameters = (part.strip().lower() for part in element.split(";"))
        weights[name] = max(weights.get(name, 0.0), _weight(parameters))
    return weights


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value.strip()) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return 1.0
