"""Whether a credential is good, and the memory that makes asking again cheap."""

import hashlib
import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NewType, TypeVar

import bcrypt

from authenticator.authorization import Credential
from authenticator.errors import WrongCredentialError
from authenticator.htpasswd import Htpasswd
from authenticator.tokens import hash_token, is_token

__all__ = ["Principal", "Verifier"]

#: A name that was proved by a credential.
Principal = NewType("Principal", str)

Value = TypeVar("Value")

#: Entries of each table: half a megabyte.
_MOST_REMEMBERED = 4096
#: Seconds. A wrong password is refused again without a check for so long.
_REFUSAL_LIFETIME = 30.0
#: Bytes. bcrypt takes no more, and raises.
_LONGEST_PASSWORD = 72
# A salt and a hash that nothing matches in practice, and that cost as much to try as any.
_NOBODY = "$2b${cost:02}$" + "." * 53


class Verifier:
    """Verifies credentials, and remembers by a key that only this process could make.

    The key covers the stored hash, so a changed or removed line is a miss at once. Refusals have a
    table of their own: a flood of wrong passwords pushes no good entry out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secret = os.urandom(32)
        self._verified: OrderedDict[bytes, None] = OrderedDict()
        self._refused: OrderedDict[bytes, float] = OrderedDict()

    def verify(self, credential: Credential, htpasswd: Htpasswd) -> Principal:
        """Who *credential* proves to be. Raises `WrongCredentialError`, and never says which part."""
        stored = htpasswd.hashes.get(credential.username, "")
        key = self._key(credential, stored)
        if key in self._verified:
            self._verified.move_to_end(key)
        elif self._refused.get(key, 0.0) > self._clock():
            raise WrongCredentialError
        elif _matches(credential.password, stored, htpasswd.highest_cost):
            _remember(self._verified, key, None)
        else:
            _remember(self._refused, key, self._clock() + _REFUSAL_LIFETIME)
            raise WrongCredentialError
        return Principal(credential.username)

    def _key(self, credential: Credential, stored: str) -> bytes:
        message = b"\0".join([credential.username.encode(), credential.password, stored.encode()])
        return hmac.digest(self._secret, message, hashlib.sha256)


def _remember(table: OrderedDict[bytes, Value], key: bytes, value: Value) -> None:
    table[key] = value
    if len(table) > _MOST_REMEMBERED:
        table.popitem(last=False)


def _matches(password: bytes, stored: str, highest_cost: int | None) -> bool:
    """Whether *password* is the one that *stored* keeps; "" keeps none.

    What a check of a wrong one costs depends on its form alone, never on whether the name is known or at
    what cost its line was written: a token is tried against ``{SHA256}``, anything else against bcrypt,
    at the highest cost in the file.
    """
    if is_token(password):
        return hmac.compare_digest(hash_token(password).encode(), stored.encode())
    if len(password) > _LONGEST_PASSWORD:
        return False
    if highest_cost is None:
        return False
    if not stored.startswith("$2"):
        _waste(password, highest_cost)
        return False
    if bcrypt.checkpw(password, stored.encode()):
        return True
    # A check at cost c is 2**c rounds, so these and the one above make 2**highest_cost.
    for cost in range(_cost(stored), highest_cost):
        _waste(password, cost)
    return False


def _cost(stored: str) -> int:
    return int(stored.split("$")[2])


def _waste(password: bytes, cost: int) -> None:
    bcrypt.checkpw(password, _NOBODY.format(cost=cost).encode())
