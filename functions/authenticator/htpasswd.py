"""``auth/htpasswd``: who may come in, as Apache's htpasswd writes it.

A line that cannot be used is left out and named by its number, never by its content, and takes no other
line down. bcrypt would raise on some malformed hashes and compute others for days, so each hash is held
against its whole grammar here, once.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["HIGHEST_COST", "BadLine", "Htpasswd", "parse_htpasswd"]

#: bcrypt's work factor. One check at 12 takes over 3 s of the edge's fourteenth of a processor.
HIGHEST_COST = 11
_BCRYPT = re.compile(
    # Of the salt's last character only two bits are salt; bcrypt raises if others are set.
    r"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}",
    re.ASCII,
)
_SHA256 = re.compile(r"\{SHA256\}[A-Za-z0-9+/]{43}=", re.ASCII)
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f:]{1,255}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that was left out: its number, from 1, and what is wrong with it."""

    number: int
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Htpasswd:
    """The lines that can be used, by name."""

    #: What is compared with: ``$2y$…`` or ``{SHA256}…``.
    hashes: Mapping[str, str] = field(repr=False)
    bad_lines: tuple[BadLine, ...]
    #: The commonest cost, which a check of an unknown name is given too; None if no line is bcrypt's.
    usual_cost: int | None


def parse_htpasswd(content: bytes) -> Htpasswd:
    """Read a password file. Where a name stands twice its first line counts, as with Apache."""
    hashes: dict[str, str] = {}
    bad_lines = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            name, stored = _parse_line(line)
        except ValueError as error:
            bad_lines.append(BadLine(number=number, problem=str(error)))
            continue
        hashes.setdefault(name, stored)
    return Htpasswd(hashes=hashes, bad_lines=tuple(bad_lines), usual_cost=_usual_cost(hashes))


def _parse_line(line: bytes) -> tuple[str, str]:
    try:
        name, colon, stored = line.decode().partition(":")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if not colon or _NAME.fullmatch(name) is None:
        raise ValueError("it does not begin with a name and a colon")
    if _SHA256.fullmatch(stored):
        return name, stored
    match = _BCRYPT.fullmatch(stored)
    if match is None:
        raise ValueError("its hash is neither bcrypt ($2y$) nor {SHA256} of a token")
    if int(match["cost"]) > HIGHEST_COST:
        raise ValueError(f"its bcrypt cost {match['cost']} is above {HIGHEST_COST}")
    return name, stored


def _usual_cost(hashes: Mapping[str, str]) -> int | None:
    costs = Counter(match["cost"] for stored in hashes.values() if (match := _BCRYPT.fullmatch(stored)))
    return int(costs.most_common(1)[0][0]) if costs else None
