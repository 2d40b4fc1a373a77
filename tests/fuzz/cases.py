"""A case: what an operator wrote, and two viewers who ask one environment for the same thing."""

import base64
import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from authenticator import handler as entry
from local.edge_rules import ContinuedRequest
from tests.fuzz.memory_reader import MemoryReader
from tests.property import auth_model
from tests.property.viewer import Event, Verdict, ask, viewer_event

__all__ = ["Case", "check"]

_SEPARATOR = b"\n~~\n"
#: It stands in no file and no URI, so it may stand in no log.
_CANARY = "c4n4ry"
# A check at a higher cost takes a tenth of a second, and finds nothing new.
_COST = re.compile(rb"(?<=^)([^:\n]*:\$2[aby]\$)[01][0-9](?=\$)", re.MULTILINE)
# CloudFront answers those who send any of these in a header.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Bytes as they come; *credentials* are ``name:password``, or a whole header after a "="."""

    uri: bytes
    method: bytes
    credentials: tuple[bytes, bytes]
    accept: bytes
    accept_encoding: bytes
    htpasswd: bytes
    policy: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> "Case":
        """Any bytes are a case; those of `to_bytes` are the same again."""
        fields = data.split(_SEPARATOR, 7)
        fields += [b""] * (8 - len(fields))
        uri, method, one, other, accept, accept_encoding, htpasswd, policy = fields
        return cls(
            uri=uri,
            method=method or b"GET",
            credentials=(one, other),
            accept=accept,
            accept_encoding=accept_encoding,
            htpasswd=_COST.sub(rb"\g<1>04", htpasswd),
            policy=policy,
        )

    def to_bytes(self) -> bytes:
        viewer = [self.uri, self.method, *self.credentials, self.accept, self.accept_encoding]
        return _SEPARATOR.join([*viewer, self.htpasswd, self.policy])


def check(case: Case) -> list[Verdict]:
    """Ask as each of the two, twice, in one environment. Raises `AssertionError` and `InvalidResultError`."""
    with _environment(case):
        verdicts = [_ask(case, credential) for credential in case.credentials * 2]
        told = _ask_with_canaries(case)
    assert _CANARY not in told or _CANARY.encode() in case.to_bytes()
    for stored in re.findall(rb"(?<=:)[^\r\n]{20,}", case.htpasswd):
        assert stored.decode("latin-1") not in told or stored in case.policy + case.uri
    return verdicts


def _environment(case: Case) -> Any:
    """A new environment of the function, with the case's files in its bucket. An empty policy is none."""
    objects = {"auth/htpasswd": case.htpasswd, "simple/acme/index.html": b""}
    if case.policy:
        objects["auth/policy.toml"] = case.policy
    entry._gate.cache_clear()
    return mock.patch("authenticator.gate.ObjectReader", return_value=MemoryReader(objects))


def _ask(case: Case, credential: bytes) -> Verdict:
    event = _event(case, credential)
    verdict, _ = ask(event)
    if isinstance(verdict, ContinuedRequest):
        _assert_right(case, event, verdict.uri)
    elif verdict.status == 301:
        _assert_right(case, event, verdict.headers["location"])
    elif verdict.status == 302:
        _assert_right(case, event, case.uri.decode())
    return verdict


def _assert_right(case: Case, event: Event, location: str) -> None:
    """Assert that the files give this viewer what stands at *location*."""
    policy = tomllib.loads(case.policy.decode("utf-8-sig"))
    principal = None
    for line in event["Records"][0]["cf"]["request"]["headers"].get("authorization", []):
        username, _, password = _text(base64.b64decode(line["value"].split()[1])).partition(":")
        if not password:
            continue  # who offers a name alone offers nothing
        principal = username
        assert auth_model.verifies(case.htpasswd, principal, password.encode())
        assert not auth_model.has_expired(policy, principal, time.time())
    assert auth_model.may_read(policy, principal, location)


def _ask_with_canaries(case: Case) -> str:
    """The log of requests that end in what nobody may read there."""
    offered = [credential + _CANARY.encode() for credential in (case.credentials[0], b"=")]
    return "".join(ask(_event(case, credential))[1] for credential in offered)


def _event(case: Case, credential: bytes) -> Event:
    headers = {"accept": _text(case.accept), "accept-encoding": _text(case.accept_encoding)}
    if credential.startswith(b"="):
        headers["authorization"] = _text(credential[1:])
    elif credential:
        headers["authorization"] = f"Basic {base64.b64encode(credential).decode()}"
    lines = {name: [value] for name, value in _without_controls(headers)}
    return viewer_event(_text(case.uri), lines, _text(case.method))


def _without_controls(headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if cleaned := _CONTROL.sub("", value):
            yield name, cleaned


def _text(raw: bytes) -> str:
    # As CloudFront makes text of bytes.
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
