"""Certificates that a client does not believe: what is wrong with them, and what makes them believed."""

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx

from serverless_pypi.doctor.certificates import Certificate, Doubt
from serverless_pypi.doctor.connection import NoAnswer, describe_certificate
from serverless_pypi.doctor.findings import Finding, wrong
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.looks import Look, look
from serverless_pypi.doctor.mends import Ask, Run, export, quote
from serverless_pypi.doctor.places import Steps
from serverless_pypi.doctor.settings import Client, Trust
from serverless_pypi.doctor.wording import all_of

__all__ = ["judge_certificates"]

#: Where systems keep the certificates that they trust in one file.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_CA_BUNDLE = "CA_BUNDLE"


def judge_certificates(looks: list[Look], index: IndexUrl) -> Iterator[Finding]:
    """Why clients do not believe what they are shown; those together that the same mends."""
    clients: dict[tuple[Doubt, str, Steps], list[str]] = {}
    for one in looks:
        if isinstance(one.answer, NoAnswer) and one.answer.doubt is not None:
            certificate, doubt = _describe(one, index), one.answer.doubt
            key = (doubt, _why(doubt, certificate), _mend(doubt, certificate, one, index))
            clients.setdefault(key, []).extend(one.titles)
    for (doubt, why, mend), titles in clients.items():
        do = "do" if len(titles) > 1 else "does"
        who = f"{all_of(titles)} {do} not believe" if titles else "Nobody believes"
        what = f"{who} the certificate of {index.host}: {why}"
        yield wrong(f"certificate-{doubt}", "connection", what, mend=mend)


def _describe(one: Look, index: IndexUrl) -> Certificate | None:
    try:
        return describe_certificate(index.origin, one.road)
    except (httpx.HTTPError, OSError, ValueError, KeyError):
        return None


def _why(doubt: Doubt, certificate: Certificate | None) -> str:
    issuer = certificate.issuer if certificate else "somebody"
    match doubt:
        case Doubt.EXPIRED:
            when = f" since {certificate.ends:%Y-%m-%d}" if certificate else ""
            return f"it has expired{when}, or the clock of this machine is ahead"
        case Doubt.NOT_YET_VALID:
            when = f" before {certificate.begins:%Y-%m-%d}" if certificate else ""
            return f"it is not valid{when}: the clock of this machine is behind"
        case Doubt.SELF_SIGNED:
            return "it is signed by itself, and so by nobody who is known"
        case Doubt.UNKNOWN_ISSUER:
            return (
                f"it is signed by {issuer}, who is not known to be trusted: a proxy or firewall in between "
                f"opens TLS, or the index has a certificate authority of its own{_also(certificate)}"
            )
        case Doubt.OTHER_HOST:
            hosts = all_of(certificate.hosts) if certificate and certificate.hosts else "another host"
            return f"it is for {hosts}"
    return "it does not hold"


def _also(certificate: Certificate | None) -> str:
    has_expired = certificate is not None and certificate.ends < datetime.now(UTC)
    return "; and it has expired" if has_expired else ""


def _mend(doubt: Doubt, certificate: Certificate | None, one: Look, index: IndexUrl) -> Steps:
    match doubt:
        case Doubt.EXPIRED | Doubt.NOT_YET_VALID:
            ask = f"If the clock is right, ask who looks after {index.hostname} for a new certificate."
            return (Ask(sentence=ask),)
        case Doubt.OTHER_HOST:
            hosts = certificate.hosts if certificate else ()
            names = [host for host in hosts if "*" not in host]
            port = index.host.removeprefix(index.hostname)
            return (
                Run(line=f"serverless-pypi doctor https://{names[0] if names else 'HOST'}{port}/simple/"),
            )
    return _believed(one, index)


def _believed(one: Look, index: IndexUrl) -> Steps:
    """What has these clients believe whom the system believes; or a file, whose name stands in capitals."""
    system = look(index, trust=Trust(), proxy=one.road.proxy, timeout=one.road.timeout)
    is_known = not isinstance(system.answer, NoAnswer)
    if is_known and one.titles == (Client.UV,) and one.trust.base == "bundled":
        return (export("UV_SYSTEM_CERTS", "true"),)
    file = _system_file() if is_known else None
    bundle = quote(file) if file else _CA_BUNDLE
    line = f"export SSL_CERT_FILE={bundle} REQUESTS_CA_BUNDLE={bundle}"
    if file:
        return (Run(line=line),)
    ask = f"{_CA_BUNDLE} is a file with the certificate of who has signed: ask who looks after the network."
    return Run(line=line), Ask(sentence=ask)


def _system_file() -> str | None:
    default = ssl.get_default_verify_paths().cafile
    return default or next((file for file in _SYSTEM_FILES if os.path.isfile(file)), None)
