"""Small pieces of sentences."""

from collections.abc import Sequence

__all__ = ["all_of", "verb"]


def all_of(names: Sequence[str]) -> str:
    """``pip, uv and Poetry``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "nobody"


def verb(names: Sequence[str], plural: str) -> str:
    """*plural* for several, and with an s for one."""
    return plural if len(names) > 1 else f"{plural}s"
