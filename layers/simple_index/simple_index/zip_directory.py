"""The central directory of a zip archive: its members, and where their records are.

Zip archives confuse their readers because the same fact stands in several places. Here all agree, or
the archive is unsound. Specification: APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.4.
"""

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from simple_index.reading import ReadableFile, read_at
from simple_index.soundness import MemberName, UnsoundError, parse_name, shown
from simple_index.zip_end import read_end
from simple_index.zip_fields import widen

__all__ = ["DATA_DESCRIPTOR", "RECORD_HEADER", "Directory", "Entry", "read_directory"]

#: What a record begins with: signature, flags, method, CRC, both sizes, lengths of name and extra fields.
RECORD_HEADER = struct.Struct("<4s2x2H4x3L2H")
_ENTRY_HEADER = struct.Struct("<4s2xBx2H4x3L4H6xL")

#: The flag of a record whose CRC and sizes follow its content.
DATA_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
# The other two are deflate's, of how hard it tried. What is left is encryption, and nothing of use.
_FLAGS = 0x0006 | DATA_DESCRIPTOR | _UTF8

#: Bytes, as nothing may be deflated; some tools have it for a folder.
_EMPTY_DEFLATED = 5

#: 6.3, times ten. zipfile gives up on an archive that asks for more.
_NEWEST_VERSION = 63

#: Bytes from one record to the next that the central directory does not explain. Times and owner by
#: Info-ZIP take 28, ZIP64 in advance 20, a data descriptor 24. The wheels of the usual tools have none.
_WIDEST_GAP = 72
# As the public index has it.
_HIGHEST_RATIO = 50
_UNSUSPICIOUS_SIZE = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What the central directory says of one member. *start* is where its record begins."""

    name: MemberName
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    start: int

    @property
    def least_end(self) -> int:
        """Where its record ends, if it has neither extra fields nor a data descriptor."""
        return self.start + RECORD_HEADER.size + len(self.raw_name) + self.packed_size


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """The members in the order of their records, which fill the file from its first byte to *start*."""

    entries: list[Entry]
    start: int

    def record_ends(self) -> list[int]:
        """Where the record of each entry ends: at the next one."""
        return [*(entry.start for entry in self.entries), self.start][1:]


def read_directory(file: ReadableFile) -> Directory:
    """The central directory of *file*. Raises `UnsoundError`."""
    end = read_end(file)
    entries = list(_parse(read_at(file, end.start, end.length), end.count))
    directory = Directory(entries=sorted(entries, key=attrgetter("start")), start=end.start)
    _check_tiling(directory)
    _check_names(directory.entries)
    _check_ratio(directory)
    return directory


def _parse(content: bytes, count: int) -> Iterator[Entry]:
    position = 0
    for _ in range(count):
        entry, position = _parse_entry(content, position)
        yield entry
    if position != len(content):
        raise UnsoundError("its central directory holds more than the entries that its end record counts")


def _parse_entry(content: bytes, position: int) -> tuple[Entry, int]:
    start = position + _ENTRY_HEADER.size
    if start > len(content) or content[position : position + 4] != b"PK\1\2":
        raise UnsoundError("its central directory holds fewer entries than its end record counts")
    _, version, flags, method, crc, packed_size, size, *lengths, disk, record = _ENTRY_HEADER.unpack_from(
        content, position
    )
    name_length, extra_length, comment_length = lengths
    raw_name = content[start : start + name_length]
    extra_end = start + name_length + extra_length
    if extra_end > len(content):
        raise UnsoundError("an entry is longer than its central directory")
    if comment_length or disk:
        raise UnsoundError("an entry has a comment, or belongs to another part of the archive")
    extra = content[start + name_length : extra_end]
    size, packed_size, record = widen((size, packed_size, record), extra)
    entry = Entry(
        name=parse_name(raw_name),
        raw_name=raw_name,
        flags=flags,
        method=method,
        crc=crc,
        packed_size=packed_size,
        size=size,
        start=record,
    )
    _check_features(entry, version)
    return entry, extra_end


def _check_features(entry: Entry, version: int) -> None:
    if version > _NEWEST_VERSION:
        raise UnsoundError(f"{shown(entry.name)} needs a newer version of the format than installers know")
    if entry.flags & ~_FLAGS:
        raise UnsoundError(f"{shown(entry.name)} is encrypted, or uses what no installer knows")
    if entry.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsoundError(f"{shown(entry.name)} is neither deflated nor stored")
    if entry.method == zipfile.ZIP_STORED and entry.size != entry.packed_size:
        raise UnsoundError(f"{shown(entry.name)} is stored, and has two sizes")
    if entry.name.endswith("/") and (entry.size or entry.packed_size > _EMPTY_DEFLATED):
        raise UnsoundError(f"{shown(entry.name)} is called a folder, and has content")
    if not entry.flags & _UTF8 and not entry.raw_name.isascii():
        raise UnsoundError(f"the name {shown(entry.name)} is not said to be UTF-8, so readers differ on it")


def _check_tiling(directory: Directory) -> None:
    first = directory.entries[0].start if directory.entries else directory.start
    if first != 0:
        raise UnsoundError("it has bytes before its first record")
    for entry, end in zip(directory.entries, directory.record_ends(), strict=True):
        if entry.least_end > end:
            raise UnsoundError(f"{shown(entry.name)} overlaps with what follows it")
        if end - entry.least_end > _WIDEST_GAP:
            raise UnsoundError(f"behind {shown(entry.name)} are bytes that belong to no member")


def _check_names(entries: list[Entry]) -> None:
    names = sorted(entry.name.removesuffix("/") for entry in entries)
    for name, following in pairwise(names):
        if name == following:
            raise UnsoundError(f"it holds {shown(name)} twice")


def _check_ratio(directory: Directory) -> None:
    size = sum(entry.size for entry in directory.entries)
    if size > _UNSUSPICIOUS_SIZE and size > _HIGHEST_RATIO * directory.start:
        raise UnsoundError(f"it unpacks to {size} bytes, over {_HIGHEST_RATIO} times its own size")
