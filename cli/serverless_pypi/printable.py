"""Text from a stranger, as it may be shown: no control character of it reaches a terminal."""

import re

__all__ = ["harmless", "printable"]

_LONGEST = 300
# What terminals obey, or write backwards for; but for tabs and the ends of lines.
_OBEYED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def printable(text: str) -> str:
    """
    >>> printable("acme\\x1b[2J")
    'acme\\\\x1b[2J'
    """
    shown = "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text[:_LONGEST]
    )
    return shown if len(text) <= _LONGEST else f"{shown}…"


def harmless(text: str) -> str:
    """Lines that may have a stranger's words in them, whole.

    >>> harmless("1\\tacme\\x1b[2J\\n")
    '1\\tacme\\\\x1b[2J\\n'
    """
    return _OBEYED.sub(lambda found: repr(found[0])[1:-1], text)
