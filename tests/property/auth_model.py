"""What the files under ``auth/`` say, read a second time and simply: no memory, no speed, no errors.

Both files were accepted by the authenticator, or are not asked.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from typing import Any

import bcrypt

from authenticator.tokens import is_token

__all__ = ["has_expired", "may_read", "verifies"]

_HASH = re.compile(r"\$2[aby]\$(0[4-9]|1[01])\$[./A-Za-z0-9]{53}|\{SHA256\}.{44}")
_SIGNED_IN = ("@signed-in",)


def may_read(policy: Mapping[str, Any], principal: str | None, location: str) -> bool:
    """Whether *policy* gives *principal*, or a viewer who is nobody, what stands at *location*."""
    place, *rest = location.removeprefix("/").split("/")
    if place == "assets":
        return principal is not None or any(
            _admits(policy, readers, None) for readers in (_list_readers(policy), *_rule_readers(policy))
        )
    if len(rest) < 2:
        return _admits(policy, _list_readers(policy), principal)
    return _may_read_project(policy, principal, rest[0])


def has_expired(policy: Mapping[str, Any], name: str, now: float) -> bool:
    moment = policy.get("expires", {}).get(name)
    if moment is None:
        return False
    if not isinstance(moment, datetime):
        assert isinstance(moment, date)
        moment = datetime.combine(moment, time(), UTC)
    return bool(moment <= datetime.fromtimestamp(now, UTC))


def verifies(htpasswd: bytes, username: str, password: bytes) -> bool:
    """Whether the first line for *username* keeps *password*."""
    for line in htpasswd.removeprefix("\ufeff".encode()).splitlines():
        name, _, stored = line.decode(errors="replace").partition(":")
        if name == username and not line.startswith(b"#"):
            return _matches(password, stored)
    return False


def _may_read_project(policy: Mapping[str, Any], principal: str | None, project: str) -> bool:
    for rule in policy.get("rules", [{"projects": ["*"], "read": _SIGNED_IN}]):
        if any(fnmatchcase(project, pattern) for pattern in rule["projects"]):
            return _admits(policy, rule["read"], principal)
    return False


def _list_readers(policy: Mapping[str, Any]) -> Sequence[str]:
    readers: Sequence[str] = policy.get("project_list", {"read": _SIGNED_IN})["read"]
    return readers


def _rule_readers(policy: Mapping[str, Any]) -> list[Sequence[str]]:
    return [rule["read"] for rule in policy.get("rules", [])]


def _admits(policy: Mapping[str, Any], readers: Sequence[str], principal: str | None) -> bool:
    names = set()
    for reader in readers:
        if reader.startswith("@"):
            names.update(policy.get("groups", {}).get(reader[1:], ()))
        else:
            names.add(reader)
    return (
        "@anonymous" in readers
        or (principal is not None and "@signed-in" in readers)
        or (principal is not None and principal in names)
    )


def _matches(password: bytes, stored: str) -> bool:
    if not _HASH.fullmatch(stored):
        return False
    if stored.startswith("{SHA256}"):
        return is_token(password) and stored[8:].encode() == b64encode(hashlib.sha256(password).digest())
    try:
        return not is_token(password) and bcrypt.checkpw(password, stored.encode())
    except ValueError:  # over 72 bytes, or a salt with bits that are none
        return False
