"""Servers' certificates: whom a client believes, and what is wrong where it does not."""

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx
import truststore

from serverless_pypi.doctor.settings import Trust
from serverless_pypi.printable import printable

__all__ = [
    "Certificate",
    "Doubt",
    "blind_context",
    "describing_context",
    "doubt_of",
    "make_context",
    "read_certificate",
]

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for.
_NO_CHECK_TIME = 0x200000


class Doubt(StrEnum):
    """Why a certificate is not believed."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    SELF_SIGNED = "self-signed"
    UNKNOWN_ISSUER = "unknown-issuer"
    OTHER_HOST = "other-host"
    OTHER = "other"


# OpenSSL's X509_V_ERR_… by their numbers.
_DOUBTS = {
    9: Doubt.NOT_YET_VALID,
    10: Doubt.EXPIRED,
    18: Doubt.SELF_SIGNED,
    19: Doubt.UNKNOWN_ISSUER,
    20: Doubt.UNKNOWN_ISSUER,
    21: Doubt.UNKNOWN_ISSUER,
    62: Doubt.OTHER_HOST,
    64: Doubt.OTHER_HOST,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What a server's certificate says of itself. It may be lying."""

    issuer: str
    hosts: tuple[str, ...]
    begins: datetime
    ends: datetime


def make_context(trust: Trust) -> ssl.SSLContext:
    """What verifies as a client with *trust* does. Raises OSError for files that are no certificates."""
    if trust.base == "system":
        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    elif trust.base == "bundled":
        context = httpx.create_ssl_context(trust_env=False)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path in trust.files:
        is_folder = os.path.isdir(path)
        context.load_verify_locations(None if is_folder else path, path if is_folder else None)
    return context


def blind_context() -> ssl.SSLContext:
    """What believes everything: to see a certificate, and never to send a credential."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def describing_context(der: bytes) -> ssl.SSLContext:
    """What believes the certificate *der* alone, so that the ssl module tells what is in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=der)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


def read_certificate(parsed: dict[str, Any]) -> Certificate:
    """From what `ssl.SSLSocket.getpeercert` gives."""
    issuer = {key: value for part in parsed.get("issuer", ()) for key, value in part}
    return Certificate(
        issuer=printable(issuer.get("organizationName") or issuer.get("commonName") or "nobody"),
        hosts=tuple(printable(name) for _, name in parsed.get("subjectAltName", ())),
        begins=_time(parsed["notBefore"]),
        ends=_time(parsed["notAfter"]),
    )


def doubt_of(error: ssl.SSLError) -> Doubt | None:
    """Why a certificate was not believed; None if it was not about that."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    return _DOUBTS.get(getattr(error, "verify_code", 0), Doubt.OTHER)


def _time(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
