"""One question to the index by HTTP, and in plain words why there is no answer."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httpx

from serverless_pypi.doctor.certificates import (
    Certificate,
    Doubt,
    blind_context,
    describing_context,
    doubt_of,
    read_certificate,
)
from serverless_pypi.doctor.index_urls import Credential
from serverless_pypi.doctor.proxies import Proxy
from serverless_pypi.printable import printable

__all__ = ["Answer", "Failure", "NoAnswer", "Road", "ask", "describe_certificate"]

#: What OpenSSL says of an answer that is none in TLS.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
#: Bytes of a body that are read. What tells a page apart stands at its beginning.
_BEGINNING, _WHOLE = 65_536, 50_000_000


class Failure(StrEnum):
    """Where the road to the index ends."""

    NAME = "name"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken-off"
    #: What comes back is another protocol.
    NO_TLS = "no-tls"
    #: The two do not come to terms; a server that has no certificate for the host, for instance.
    TLS = "tls"
    CERTIFICATE = "certificate"
    #: The proxy answers, and does not let through.
    PROXY_REFUSES = "proxy-refuses"
    #: A proxy of a kind that we do not speak with, or no URL of one.
    PROXY_UNKNOWN = "proxy-unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAnswer:
    """Why nothing came back. *detail* is a proxy's own word, or what the system says."""

    failure: Failure
    detail: str = ""
    doubt: Doubt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    #: Seconds since 1970, by our clock, halfway between question and answer.
    asked_at: float

    @property
    def content_type(self) -> str:
        return printable(self.headers.get("content-type", "").partition(";")[0].strip().lower())

    @property
    def is_gzipped(self) -> bool:
        return self.headers.get("content-encoding", "").lower() == "gzip"

    @property
    def date(self) -> datetime | None:
        """By the index's clock, when it answered."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, TypeError, OverflowError):
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Road:
    """How one goes to the index: whom one believes, through which proxy, and for how many seconds."""

    context: ssl.SSLContext
    proxy: Proxy | None
    timeout: float


def ask(
    url: str,
    road: Road,
    *,
    accept: str = "*/*",
    credential: Credential | None = None,
    whole: bool = False,
) -> Answer | NoAnswer:
    """GET *url*, following nothing. No proxy is shown a *credential* that goes by http, to this machine."""
    if credential is not None and url.startswith("http:"):
        road = replace(road, proxy=None)
    if road.proxy is not None and not road.proxy.is_spoken:
        return NoAnswer(failure=Failure.PROXY_UNKNOWN)
    try:
        with _client(road) as client:
            headers = {"accept": accept, "accept-encoding": "gzip"}
            auth = httpx.BasicAuth(credential.username, credential.password) if credential else None
            began = time.time()
            with client.stream("GET", url, headers=headers, auth=auth) as response:
                asked_at = (began + time.time()) / 2
                body = _read(response, _WHOLE if whole else _BEGINNING)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(
                    url=url, status=response.status_code, headers=headers, body=body, asked_at=asked_at
                )
    except httpx.HTTPError as error:
        return _no_answer(error)
    except (httpx.InvalidURL, ValueError):  # a host's name that is none
        return NoAnswer(failure=Failure.PROXY_UNKNOWN if road.proxy else Failure.NAME)


def describe_certificate(url: str, road: Road) -> Certificate | None:
    """What the certificate there says; None if there is none to be seen."""
    der = _shown(url, road, blind_context(), in_der=True)
    if not isinstance(der, bytes):
        return None
    parsed = _shown(url, road, describing_context(der), in_der=False)
    return read_certificate(parsed) if isinstance(parsed, dict) else None


def _shown(url: str, road: Road, context: ssl.SSLContext, *, in_der: bool) -> bytes | dict[str, Any] | None:
    """What the server shows to who believes by *context*; parsed only where that believes it."""
    blind = Road(context=context, proxy=road.proxy, timeout=road.timeout)
    with _client(blind) as client, client.stream("GET", url) as response:
        peer = response.extensions["network_stream"].get_extra_info("ssl_object")
        shown: bytes | dict[str, Any] | None = peer.getpeercert(in_der)
        return shown


def _client(road: Road) -> httpx.Client:
    proxy = httpx.Proxy(road.proxy.url) if road.proxy else None
    return httpx.Client(verify=road.context, proxy=proxy, timeout=road.timeout, trust_env=False)


def _read(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body)


def _no_answer(error: httpx.HTTPError) -> NoAnswer:
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer(failure=Failure.TIMEOUT)
    if isinstance(error, httpx.ProxyError):
        return NoAnswer(failure=Failure.PROXY_REFUSES, detail=printable(str(error)))
    for cause in _causes(error):
        match cause:
            case ssl.SSLError() if (doubt := doubt_of(cause)) is not None:
                return NoAnswer(failure=Failure.CERTIFICATE, doubt=doubt)
            case ssl.SSLError() if cause.reason in _NOT_TLS:
                return NoAnswer(failure=Failure.NO_TLS)
            case ssl.SSLError():
                return NoAnswer(failure=Failure.TLS, detail=cause.reason or "")
            case socket.gaierror():
                return NoAnswer(failure=Failure.NAME)
            case ConnectionRefusedError():
                return NoAnswer(failure=Failure.REFUSED)
            case TimeoutError():
                return NoAnswer(failure=Failure.TIMEOUT)
            case ConnectionError():
                return NoAnswer(failure=Failure.BROKEN_OFF)
            case OSError():
                return NoAnswer(failure=Failure.UNREACHABLE, detail=cause.strerror or "")
    return NoAnswer(failure=Failure.BROKEN_OFF)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """*error*, and what it came of, the innermost first."""
    chain = []
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return reversed(chain)
