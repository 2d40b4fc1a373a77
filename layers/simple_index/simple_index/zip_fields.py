"""Extra fields of a zip archive, which say what its plain fields have no room for.

Specification: APPNOTE.TXT 6.3.10, sections 4.5 and 4.6.9.
"""

import struct
from collections.abc import Iterator

from simple_index.soundness import UnsoundError

__all__ = ["widen"]

_FIELD = struct.Struct("<2H")
_ZIP64 = 0x0001
_UNICODE_PATH = 0x7075
_SENTINEL = 0xFFFFFFFF


def widen(numbers: tuple[int, ...], extra: bytes) -> tuple[int, ...]:
    """*numbers*, those that do not fit in four bytes taken from the ZIP64 field of *extra*.

    Raises `UnsoundError` where a reader that looks there and one that does not would disagree.
    """
    zip64 = None
    for kind, content in _fields(extra):
        if kind == _UNICODE_PATH:  # CPython reads it from 3.13 on only
            raise UnsoundError("an entry has a second name in an extra field")
        if kind == _ZIP64:
            if zip64 is not None:
                raise UnsoundError("an entry has two ZIP64 fields")
            zip64 = content
    if zip64 is None and _SENTINEL not in numbers:
        return numbers
    return _resolve(numbers, zip64 or b"")


def _resolve(numbers: tuple[int, ...], zip64: bytes) -> tuple[int, ...]:
    wide = numbers.count(_SENTINEL)
    # Bazel's tools write both sizes twice, which is one too many, but the same.
    repeats = not wide and zip64 == struct.pack("<2Q", *numbers[:2])
    if not repeats and (not wide or len(zip64) != 8 * wide):
        raise UnsoundError("the ZIP64 field of an entry is not what its other fields announce")
    values = iter(struct.unpack(f"<{wide}Q", zip64 if wide else b""))
    return tuple(next(values) if number == _SENTINEL else number for number in numbers)


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(extra):
        start = position + _FIELD.size
        if start > len(extra):
            raise UnsoundError("the extra fields of an entry are cut off")
        kind, length = _FIELD.unpack_from(extra, position)
        position = start + length
        if position > len(extra):
            raise UnsoundError("the extra fields of an entry are cut off")
        yield kind, extra[start:position]
