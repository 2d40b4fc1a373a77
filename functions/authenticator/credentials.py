"""Whether a credential is good, and the memory that makes asking again cheap."""

import hashlib
import hmac
import os
from collections import OrderedDict

import bcrypt

from authenticator.authorization import Credential, Principal
from authenticator.budget import Budget
from authenticator.clock import Clock
from authenticator.errors import WrongCredentialError
from authenticator.htpasswd import Htpasswd
from authenticator.tokens import hash_token, is_token

__all__ = ["Verifier"]

#: Refusals that are remembered: half a megabyte.
_MOST_REFUSED = 4096
#: Bytes. bcrypt takes no more, and raises.
_LONGEST_PASSWORD = 72
# A salt and a hash that nothing matches in practice, and that cost as much to try as any.
_NOBODY = "$2b${cost:02}$" + "." * 53


class Verifier:
    """Verifies credentials, and remembers by a key that only this process could make.

    The key covers the stored hash: what was found stays so, and a changed or removed line is a miss at once.
    A name has one entry, so its password is checked once. Refusals have a table of their own, that a flood of
    them pushes no good entry out.
    """

    def __init__(self, clock: Clock) -> None:
        self._budget = Budget(clock)
        self._secret = os.urandom(32)
        self._verified: dict[str, bytes] = {}
        self._refused: OrderedDict[bytes, None] = OrderedDict()

    def verify(self, credential: Credential, htpasswd: Htpasswd, *, expired: bool = False) -> Principal:
        """Who *credential* proves to be; nobody, at the same cost, where the name has *expired*.

        Raises `WrongCredentialError`, which never says which part, and `TooManyChecksError`.
        """
        stored = "" if expired else htpasswd.hashes.get(credential.username, "")
        key = self._key(credential, stored)
        if self._verified.get(credential.username) != key:
            if not self._matches(credential.password, stored, htpasswd.highest_cost, key):
                raise WrongCredentialError
            self._remember(credential.username, key, htpasswd)
        return Principal(credential.username)

    def _matches(self, password: bytes, stored: str, highest_cost: int | None, key: bytes) -> bool:
        """Whether *password* is the one that *stored* keeps; "" keeps none.

        What a check of a wrong one costs depends on its form alone, never on whether the name is known or at
        what cost its line was written: a token is tried against ``{SHA256}``, anything else against bcrypt,
        at the highest cost in the file.
        """
        if is_token(password):
            return hmac.compare_digest(hash_token(password).encode(), stored.encode())
        if len(password) > _LONGEST_PASSWORD or highest_cost is None:
            return False
        if key in self._refused:
            self._refused.move_to_end(key)
            return False
        self._budget.take()
        if not _matches_bcrypt(password, stored, highest_cost):
            self._refuse(key)
            return False
        self._budget.give_back()
        return True

    def _refuse(self, key: bytes) -> None:
        self._refused[key] = None
        if len(self._refused) > _MOST_REFUSED:
            self._refused.popitem(last=False)

    def _remember(self, name: str, key: bytes, htpasswd: Htpasswd) -> None:
        if len(self._verified) > len(htpasswd.hashes):  # some of them have no line any more
            known = htpasswd.hashes.keys() & self._verified.keys()
            self._verified = {each: self._verified[each] for each in known}
        self._verified[name] = key

    def _key(self, credential: Credential, stored: str) -> bytes:
        message = b"\0".join([credential.username.encode(), credential.password, stored.encode()])
        return hmac.digest(self._secret, message, hashlib.sha256)


def _matches_bcrypt(password: bytes, stored: str, highest_cost: int) -> bool:
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
