"""Numbers, sizes and releases as a sentence has them."""

from collections.abc import Iterable

from packaging.version import Version

__all__ = ["counted", "releases", "sized"]

_MOST_NAMED = 3


def counted(number: int, what: str) -> str:
    """
    >>> counted(2, "file")
    '2 files'
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def sized(size: int) -> str:
    """Bytes, in units of a thousand.

    >>> sized(1_250_000)
    '1.2 MB'
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def releases(of: Iterable[tuple[str, str]]) -> str:
    """Projects with versions, named as long as they are few.

    >>> releases([("acme", "1.0"), ("acme", "1.1"), ("acme", "1.0")])
    'acme 1.0 and acme 1.1'
    """
    in_order = sorted(set(of), key=lambda release: (release[0], Version(release[1])))
    *first, last = [f"{project} {version}" for project, version in in_order]
    if len(first) >= _MOST_NAMED:
        return f"{len(in_order)} releases"
    return f"{', '.join(first)} and {last}" if first else last
