"""Generated tokens: ``spp_``, 43 base64url characters (256 random bits), 6 of a CRC-32 checksum.

The prefix and the checksum let a scanner find a leaked one and let us refuse a mistyped one for nothing.
Nobody can guess 256 random bits, so a fast hash keeps them; and only them, since a password kept so
would be guessed in seconds.
"""

import base64
import binascii
import hashlib
import re

__all__ = ["checksum", "hash_token", "is_token"]

_TOKEN = re.compile(rb"spp_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})")


def is_token(password: bytes) -> bool:
    """Whether *password* has the form of a token, its checksum included."""
    match = _TOKEN.fullmatch(password)
    return match is not None and checksum(match[1]) == match[2]


def hash_token(token: bytes) -> str:
    """How ``auth/htpasswd`` keeps a token: ``{SHA256}`` and the digest in base64."""
    return "{SHA256}" + base64.b64encode(hashlib.sha256(token).digest()).decode()


def checksum(secret: bytes) -> bytes:
    """The last six characters of a token, by the 43 before them."""
    return base64.urlsafe_b64encode(binascii.crc32(secret).to_bytes(4, "big")).rstrip(b"=")
