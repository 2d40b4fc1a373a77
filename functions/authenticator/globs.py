"""Patterns of project names: normalized names (PEP 503) in which ``*`` stands for any run of characters."""

import fnmatch
import re
from collections.abc import Sequence

__all__ = ["GLOB_GRAMMAR", "Globs", "is_glob"]

#: What a pattern may be, in words.
GLOB_GRAMMAR = "lower-case letters, digits, single hyphens, and up to three * for any run of characters"
_GLOB = re.compile(r"[a-z0-9*](?:-?[a-z0-9*])*", re.ASCII)
#: Characters. No filename is longer.
_LONGEST = 255
#: Each takes its time to make ready and to match.
_MOST_STARS = 3


class Globs:
    """Several patterns, asked all at once."""

    def __init__(self, patterns: Sequence[str]) -> None:
        #: Where each plain name stands first.
        self._names: dict[str, int] = {}
        #: Where each pattern with a star stands; the groups of the expression are in the same order.
        self._places = []
        stars = []
        for place, pattern in enumerate(patterns):
            if "*" in pattern:
                self._places.append(place)
                stars.append(f"({fnmatch.translate(pattern)})")
            else:
                self._names.setdefault(pattern, place)
        self._stars = re.compile("|".join(stars) or "(?!)")

    def first(self, name: str) -> int | None:
        """Which pattern names the project *name*, counted from 0: the first, if several do."""
        plain = self._names.get(name)
        match = self._stars.match(name)  # each alternative ends in \Z
        if match is None or match.lastindex is None:
            return plain
        starred = self._places[match.lastindex - 1]
        return starred if plain is None else min(plain, starred)


def is_glob(pattern: str) -> bool:
    """Whether *pattern* is such a pattern."""
    if len(pattern) > _LONGEST or pattern.count("*") > _MOST_STARS:
        return False
    return _GLOB.fullmatch(pattern) is not None
