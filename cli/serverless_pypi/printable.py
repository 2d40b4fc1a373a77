"""Text from a stranger, as it may be shown: no control character of it reaches a terminal."""

__all__ = ["printable"]

_LONGEST = 300


def printable(text: str) -> str:
    """
    >>> printable("acme\\x1b[2J")
    'acme\\\\x1b[2J'
    """
    shown = "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text[:_LONGEST]
    )
    return shown if len(text) <= _LONGEST else f"{shown}…"
