"""A name's line in ``auth/htpasswd``, and what it may stand in the way of."""

import shlex
from dataclasses import dataclass, field
from typing import Literal

from authenticator.htpasswd import parse_htpasswd
from authenticator.tokens import hash_token
from serverless_pypi.errors import CommandError

__all__ = [
    "Entry",
    "Kind",
    "NameTakenError",
    "NoSuchNameError",
    "ShutOutError",
    "WrongKindError",
    "is_name",
]

Kind = Literal["password", "token"]

#: What makes a line good, if its name does.
_GOOD = ":" + hash_token(b"")
_COST = slice(4, 6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """The line of a name that counts: its first."""

    name: str
    #: From 1.
    number: int
    stored: str = field(repr=False)
    #: Why the authenticator leaves it out; None if it does not.
    problem: str | None

    @property
    def kind(self) -> Kind:
        return "token" if self.stored.lstrip("!").startswith("{SHA256}") else "password"

    @property
    def shut_out(self) -> bool:
        """Whether somebody has put a "!" before its hash."""
        return self.stored.startswith("!")

    @property
    def cost(self) -> int | None:
        """bcrypt's, of a line that can be used."""
        return int(self.stored[_COST]) if self.problem is None and self.kind == "password" else None


class NoSuchNameError(CommandError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no {name!r} in auth/htpasswd: `serverless-pypi user list` shows who is.")


class NameTakenError(CommandError):
    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"{entry.name!r} is in auth/htpasswd already, on line {entry.number}: {_way(entry)}."
        )


class WrongKindError(CommandError):
    """A token where somebody meant a password, or the other way round."""

    def __init__(self, entry: Entry) -> None:
        way = f"{_removal(entry)} ends it"
        if entry.kind == "token":
            way += ", and `serverless-pypi token create` makes one of another name"
        super().__init__(f"{entry.name!r} has a {entry.kind}: {way}.")


class ShutOutError(CommandError):
    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"{entry.name!r} is shut out by the ! on line {entry.number} of auth/htpasswd: "
            f"{_removal(entry)}, and then `serverless-pypi user add`, lets the name in again."
        )


def is_name(name: str) -> bool:
    """Whether *name* can begin a line."""
    # Behind a line's end, for a file may begin with a mark that is no part of a name.
    return parse_htpasswd(b"\n" + (name + _GOOD).encode(errors="replace")).hashes.keys() == {name}


def _way(entry: Entry) -> str:
    """What somebody can do who wanted a new line for the name."""
    if entry.shut_out:
        return f"a ! shuts it out; {_removal(entry)} lets the name be given again"
    if entry.kind == "token":
        return f"it is a token's name, so choose another, or {_removal(entry)} ends that one first"
    return f"`serverless-pypi user passwd {shlex.quote(entry.name)}` gives a new password"


def _removal(entry: Entry) -> str:
    verb = "token revoke" if entry.kind == "token" else "user remove"
    return f"`serverless-pypi {verb} {shlex.quote(entry.name)}`"
