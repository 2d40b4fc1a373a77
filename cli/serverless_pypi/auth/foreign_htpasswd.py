"""Password files that Apache, nginx, pypiserver or passlib have read so far, line by line.

Only bcrypt is taken over: no hash can be made into another without the password.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authenticator.htpasswd import HIGHEST_COST, parse_htpasswd
from serverless_pypi.auth.passwords import NameNotAllowedError, check_name
from serverless_pypi.errors import CommandError

__all__ = ["ForeignHtpasswd", "LeftOut", "NoPasswordFileError", "UsableLine", "read_foreign_htpasswd"]

#: auth/htpasswd holds no more.
_MOST_LINES = 30_000
_TOO_FAST = "which is guessed too quickly"
_NOT_COMPUTED = "which the edge does not compute"
#: What a hash looks like, and what its line then is. The first counts.
_FORMATS = [
    (r"\$apr1\$.*", f"keeps an MD5 of Apache ($apr1$), {_TOO_FAST}"),
    (r"\$1\$.*", f"keeps an MD5 of crypt ($1$), {_TOO_FAST}"),
    (r"\{S?SHA\}.*", f"keeps a SHA-1, {_TOO_FAST}"),
    (r"\{S?(?:MD5|SHA(?:256|384|512))\}.*", f"keeps a plain digest, {_TOO_FAST}"),
    (r"\$[56]\$.*", f"keeps a SHA-crypt ($5$, $6$), {_NOT_COMPUTED}"),
    (r"\$2[abxy]?\$.*", "keeps a bcrypt hash that is not whole, or of a kind with a mistake ($2x$)"),
    (r"\$[a-z0-9-]+\$.*", f"keeps another hash than bcrypt, {_NOT_COMPUTED}"),
    (r"[./0-9A-Za-z]{13}", f"keeps a DES hash of crypt, {_TOO_FAST}"),
    (r"", "keeps no password"),
    (r".*", "keeps a password in clear, or a hash that is not known here"),
]
# "user:realm:hash", as htdigest writes it; else a second colon begins what Apache and nginx pass over.
_DIGEST = re.compile(r"[^:]*:[0-9a-f]{32}", re.ASCII)
_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./0-9A-Za-z]{53}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class UsableLine:
    #: From 1.
    number: int
    stored: str = field(repr=False)

    @property
    def is_token(self) -> bool:
        return self.stored.startswith("{SHA256}")


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A line that is not taken over, and why. Nothing of what it keeps is in here."""

    #: From 1.
    number: int
    #: None where it begins with none that anybody could have here.
    name: str | None
    problem: str
    #: Whether a new password mends it.
    needs_password: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignHtpasswd:
    #: By name.
    usable: Mapping[str, UsableLine]
    left_out: Sequence[LeftOut]


class NoPasswordFileError(CommandError):
    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where} is no password file: {problem}. Its lines are name:hash.")


class _UnusableLineError(Exception):
    def __init__(self, problem: str, *, name: str | None = None, needs_password: bool = False) -> None:
        super().__init__(problem)
        self.name = name
        self.needs_password = needs_password


def read_foreign_htpasswd(content: bytes, where: str) -> ForeignHtpasswd:
    """Read a password file; *where* is what it is called. Raises `NoPasswordFileError`."""
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    if len(lines) > _MOST_LINES:
        raise NoPasswordFileError(where, f"it has more than {_MOST_LINES} lines")
    if b"\0" in content:
        raise NoPasswordFileError(where, "it is no text")
    numbers: dict[str, int] = {}
    usable: dict[str, UsableLine] = {}
    left_out = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            name, rest = _split(line)
            if numbers.setdefault(name, number) != number:
                raise _UnusableLineError(
                    f"does not count beside line {numbers[name]} of that name", name=name
                )
            usable[name] = UsableLine(number=number, stored=_usable_hash(name, rest))
        except _UnusableLineError as error:
            left_out.append(
                LeftOut(
                    number=number, name=error.name, problem=str(error), needs_password=error.needs_password
                )
            )
    if not numbers:
        raise NoPasswordFileError(where, "none of its lines begins with a name")
    return ForeignHtpasswd(usable=usable, left_out=left_out)


def _split(line: bytes) -> tuple[str, str]:
    """A line's name, and what it keeps. White space around a line does not count, as with Apache."""
    start, colon, rest = line.strip().partition(b":")
    if not colon:
        raise _UnusableLineError("has no colon, so it is no line of a password file")
    try:
        return check_name(start.decode()), rest.decode(errors="replace")
    except UnicodeDecodeError:
        raise _UnusableLineError("has a name that is not UTF-8", needs_password=True) from None
    except NameNotAllowedError:
        raise _UnusableLineError(
            "has a name that cannot be given here (docs/command.md)", needs_password=True
        ) from None


def _usable_hash(name: str, rest: str) -> str:
    if rest.startswith("!"):
        raise _UnusableLineError("is shut out by a !, so the name stays out", name=name)
    if _DIGEST.fullmatch(rest):
        problem = f"is htdigest's, with a realm and an MD5, {_TOO_FAST}"
        raise _UnusableLineError(problem, name=name, needs_password=True)
    stored = rest.partition(":")[0].rstrip()
    if not parse_htpasswd(f"{name}:{stored}".encode()).hashes:
        raise _UnusableLineError(_problem(stored), name=name, needs_password=True)
    return stored


def _problem(stored: str) -> str:
    bcrypt = _BCRYPT.fullmatch(stored)
    if bcrypt and int(bcrypt[1]) > HIGHEST_COST:
        return f"has a bcrypt cost of {bcrypt[1]}, and above {HIGHEST_COST} a check takes seconds at the edge"
    return next(problem for pattern, problem in _FORMATS if re.fullmatch(pattern, stored, re.ASCII))
