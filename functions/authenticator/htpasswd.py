"""``auth/htpasswd``: who may come in, as Apache's htpasswd writes it.

A line that cannot be used is left out and named by its number, never by its content, and takes no line
of another name down. bcrypt would raise on some malformed hashes and compute others for days, so each
hash is held against its whole grammar here, once.
"""

import codecs
import re
from collections.abc import Mapping, Sequence

from authenticator.records import Record

__all__ = ["HIGHEST_COST", "BadLine", "Htpasswd", "describe_bad_lines", "parse_htpasswd"]

#: bcrypt's work factor. One check at 12 takes over 3 s of the edge's fourteenth of a processor.
HIGHEST_COST = 11
#: Each takes its time and memory, and most of all a bad one. Two megabytes of good ones are no more.
_MOST_LINES = 30_000
#: How many bad lines are described.
_MOST_DESCRIBED = 10
_BCRYPT = re.compile(
    # Of the salt's last character only two bits are salt; bcrypt raises if others are set.
    r"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}",
    re.ASCII,
)
_SHA256 = re.compile(r"\{SHA256\}[A-Za-z0-9+/]{43}=", re.ASCII)
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f:]{1,255}")


class BadLine(Record, kw_only=True):
    """A line that was left out: its number, from 1, and what is wrong with it."""

    number: int
    problem: str


class Htpasswd(Record, kw_only=True):
    """The lines that can be used, by name."""

    #: What is compared with: ``$2y$…`` or ``{SHA256}…``.
    hashes: Mapping[str, str]
    bad_lines: tuple[BadLine, ...]
    #: Of any line, so that a check of each name can be made to cost the same; None if no line is bcrypt's.
    highest_cost: int | None


def parse_htpasswd(content: bytes) -> Htpasswd:
    """Read a password file. Of the lines of one name the first counts, as with Apache, be it good or bad.

    So a name is shut out by a "!" before its hash, whatever stands further down. Raises `ValueError` for what
    has too many lines to be read in the time of a request, as another file has that was put there by mistake.
    """
    if max(content.count(b"\n"), content.count(b"\r")) > _MOST_LINES:
        raise ValueError(f"it has more than {_MOST_LINES} lines")
    hashes: dict[str, str] = {}
    costs: set[int] = set()
    bad_lines = []
    first_lines: dict[str, int] = {}
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            name, stored = _split_line(line)
            first = first_lines.setdefault(name, number)
            if first != number:
                raise ValueError(f"the name stands on line {first} already")
            cost = _check_hash(stored)
        except ValueError as error:
            bad_lines.append(BadLine(number=number, problem=str(error)))
            continue
        hashes[name] = stored
        if cost is not None:
            costs.add(cost)
    return Htpasswd(hashes=hashes, bad_lines=tuple(bad_lines), highest_cost=max(costs, default=None))


def describe_bad_lines(bad_lines: Sequence[BadLine]) -> str:
    """What was left out, in one line of the log however many they are."""
    described = [f"line {bad.number} ({bad.problem})" for bad in bad_lines[:_MOST_DESCRIBED]]
    if len(bad_lines) > _MOST_DESCRIBED:
        described.append(f"and {len(bad_lines) - _MOST_DESCRIBED} more")
    return f"{len(bad_lines)} left out: {', '.join(described)}"


def _split_line(line: bytes) -> tuple[str, str]:
    start, colon, stored = line.partition(b":")
    try:
        name = start.decode()
    except UnicodeDecodeError:
        raise ValueError("its name is not UTF-8") from None
    if not colon or _NAME.fullmatch(name) is None:
        raise ValueError("it does not begin with a name and a colon")
    if name != name.strip():
        raise ValueError("its name begins or ends with white space")
    # Whatever bytes stand there, the line is its name's.
    return name, stored.decode(errors="replace")


def _check_hash(stored: str) -> int | None:
    """The cost of a bcrypt hash, None for a token's. Raises `ValueError`."""
    if _SHA256.fullmatch(stored):
        return None
    match = _BCRYPT.fullmatch(stored)
    if match is None:
        raise ValueError("its hash is neither bcrypt ($2y$) nor {SHA256} of a token")
    cost = int(match["cost"])
    if cost > HIGHEST_COST:
        raise ValueError(f"its bcrypt cost {cost} is above {HIGHEST_COST}")
    return cost
