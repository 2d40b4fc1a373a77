"""The Authorization header of HTTP Basic (RFC 7617), read strictly."""

import base64
import binascii
import re
from typing import NewType

from authenticator.errors import InvalidAuthorizationError, MissingCredentialError
from authenticator.headers import Headers
from authenticator.records import Record

__all__ = ["Credential", "Principal", "parse_authorization"]

#: A name that was proved by a credential.
Principal = NewType("Principal", str)

#: Bytes. A token and a long name take a tenth of it.
_LONGEST = 2048
# "credentials = auth-scheme 1*SP token68"; the scheme is case-insensitive (RFC 9110, 11.1).
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.ASCII | re.IGNORECASE)
# "The user-id and password MUST NOT contain any control characters" (RFC 7617, 2).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Credential(Record, kw_only=True):
    """Username and password as offered; nothing is known of them yet."""

    username: str
    password: bytes


def parse_authorization(headers: Headers) -> Credential:
    """The credential that a viewer offers, from the headers of its viewer request.

    Raises `MissingCredentialError` and `InvalidAuthorizationError`.
    """
    lines = headers.get("authorization", ())
    if not lines:
        raise MissingCredentialError
    if len(lines) != 1:
        raise InvalidAuthorizationError("more than one Authorization header")
    value = lines[0]["value"]
    if len(value) > _LONGEST:
        raise InvalidAuthorizationError(f"an Authorization header of over {_LONGEST} characters")
    match = _BASIC.fullmatch(value)
    if match is None:
        raise InvalidAuthorizationError("an Authorization header that is not Basic")
    return _parse_user_pass(match[1])


def _parse_user_pass(encoded: str) -> Credential:
    try:
        text = _decode(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise InvalidAuthorizationError("a Basic credential that is not base64") from None
    # "user-id and password are separated by a single colon"; the password may hold more of them.
    username, colon, password = text.partition(":")
    if not colon or not username or _CONTROL.search(text):
        raise InvalidAuthorizationError("a Basic credential without a username, or with control characters")
    if not password:
        # So pip and uv ask first where they know a username and have a keyring for the rest.
        raise MissingCredentialError
    return Credential(username=username, password=password.encode())


def _decode(user_pass: bytes) -> str:
    # The challenge says charset="UTF-8"; pip and all that is built on requests send ISO-8859-1 even so.
    try:
        return user_pass.decode()
    except UnicodeDecodeError:
        return user_pass.decode("latin-1")
