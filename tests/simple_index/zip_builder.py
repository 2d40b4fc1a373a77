"""Zip archives byte by byte, with whatever lies a test wants told."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

__all__ = ["DESCRIPTOR", "MAXIMUM", "UTF8", "Part", "build", "directory_entry", "end_record", "end_record64"]

#: Flags.
DESCRIPTOR = 0x0008
UTF8 = 0x0800
#: What a field of four bytes says when the number is in ZIP64.
MAXIMUM = 0xFFFFFFFF

_RECORD = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A member, and the lies about it: in its record, and as ``entry_…`` in the central directory."""

    name: bytes
    content: bytes = b""
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    crc: int | None = None
    packed_size: int | None = None
    size: int | None = None
    extra: bytes = b""
    #: What follows the content.
    behind: bytes = b""
    entry_name: bytes | None = None
    entry_flags: int | None = None
    entry_method: int | None = None
    entry_crc: int | None = None
    entry_packed_size: int | None = None
    entry_size: int | None = None
    entry_start: int | None = None
    entry_extra: bytes = b""
    entry_comment: bytes = b""
    entry_disk: int = 0
    entry_version: int = 20

    @cached_property
    def body(self) -> bytes:
        """The content as it is packed."""
        if self.packed is not None:
            return self.packed
        return zlib.compress(self.content, 9, wbits=-15) if self.method == 8 else self.content

    @property
    def numbers(self) -> tuple[int, int, int]:
        """CRC, packed size and size, in truth."""
        return zlib.crc32(self.content), len(self.body), len(self.content)

    @cached_property
    def record(self) -> bytes:
        lies = (self.crc, self.packed_size, self.size)
        lengths = (len(self.name), len(self.extra))
        header = _RECORD.pack(
            b"PK\3\4", 20, self.flags, self.method, 0, 33, *map(_or, lies, self.numbers), *lengths
        )
        return header + self.name + self.extra + self.body + self.behind


def directory_entry(part: Part, start: int) -> bytes:
    name = part.name if part.entry_name is None else part.entry_name
    lies = (part.entry_crc, part.entry_packed_size, part.entry_size)
    header = _ENTRY.pack(
        b"PK\1\2",
        *(
            0x0314,
            part.entry_version,
            _or(part.entry_flags, part.flags),
            _or(part.entry_method, part.method),
            0,
            33,
        ),
        *map(_or, lies, part.numbers),
        *(len(name), len(part.entry_extra), len(part.entry_comment), part.entry_disk, 0),
        *(0o644 << 16, _or(part.entry_start, start)),
    )
    return header + name + part.entry_extra + part.entry_comment


def _or(lie: int | None, truth: int) -> int:
    return truth if lie is None else lie


def end_record(
    count: int, length: int, start: int, *, comment: bytes = b"", disks: tuple[int, int] = (0, 0)
) -> bytes:
    """The last record; numbers that it has no room for are in ZIP64."""
    counts = (min(count, 0xFFFF),) * 2
    place = (min(length, MAXIMUM), min(start, MAXIMUM))
    return struct.pack("<4s4H2LH", b"PK\5\6", *disks, *counts, *place, len(comment)) + comment


def end_record64(
    count: int, length: int, start: int, *, own_length: int = 44, position: int | None = None, disks: int = 1
) -> bytes:
    """A ZIP64 end record and its locator, which stand before the plain end record."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", own_length, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + length if position is None else position, disks)
    return record + locator


def build(*parts: Part, end: bytes | None = None, before: bytes = b"", behind: bytes = b"") -> bytes:
    """All *parts*, their central directory, and *end* or the end record that is true."""
    records = [part.record for part in parts]
    starts = list(accumulate(map(len, records), initial=len(before)))
    directory = b"".join(map(directory_entry, parts, starts))
    if end is None:
        end = end_record(len(parts), len(directory), starts[-1])
    return b"".join([before, *records, directory, end, behind])
