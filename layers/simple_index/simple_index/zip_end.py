"""The end of a zip archive: where its central directory stands, and how much of it there is.

Specification: APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16. It allows bytes before, between and
behind; then one reader finds another archive than the next.
"""

import struct
from dataclasses import dataclass

from simple_index.reading import ReadableFile, read_at, size_of
from simple_index.soundness import UnsoundError

__all__ = ["DirectoryEnd", "could_be_zip", "read_end"]

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_TAIL64 = _END64.size + _LOCATOR.size + _END.size
# What its own length field does not count: the signature and itself.
_UNCOUNTED = 12
#: The longest comment that can follow an end record, by the width of its length field.
_LONGEST_COMMENT = 0xFFFF

#: An entry costs about 700 bytes and 10 µs here. The largest wheels of the public index have 30,000.
_MOST_ENTRIES = 100_000
#: Bytes: 335 for each of the most entries, and an entry of a common wheel takes 100.
_LONGEST_DIRECTORY = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryEnd:
    """*length* bytes from *start* on are the central directory, of *count* entries."""

    count: int
    length: int
    start: int


def read_end(file: ReadableFile) -> DirectoryEnd:
    """Where the central directory is. It ends where the end record begins, which ends with the file.

    Raises `UnsoundError`.
    """
    size = size_of(file)
    tail = read_at(file, max(0, size - _TAIL64), min(size, _TAIL64))
    if tail[-_END.size : 4 - _END.size] != b"PK\5\6":
        raise UnsoundError(
            "it is no zip archive, is cut off, or has a comment or other bytes behind its end record"
        )
    _, disk, first_disk, here, count, length, start, comment_length = _END.unpack(tail[-_END.size :])
    if comment_length:
        raise UnsoundError("its end record announces a comment, which is not there")
    if disk or first_disk or here != count:
        raise UnsoundError("it is one part of a zip archive in several parts")
    end = DirectoryEnd(count=count, length=length, start=start)
    ends = size - _END.size
    if tail[-_END.size - _LOCATOR.size : 4 - _END.size - _LOCATOR.size] == b"PK\6\7":
        end = _read_end64(tail, end, size)
        ends = size - _TAIL64
    _check_bounds(end, ends)
    return end


def _read_end64(tail: bytes, end: DirectoryEnd, size: int) -> DirectoryEnd:
    _, locator_disk, position, disks = _LOCATOR.unpack(tail[-_END.size - _LOCATOR.size : -_END.size])
    if len(tail) < _TAIL64 or tail[:4] != b"PK\6\6" or position != size - _TAIL64:
        raise UnsoundError("its ZIP64 locator does not lead to a ZIP64 end record right before it")
    _, own_length, _, _, disk, first_disk, here, count, length, start = _END64.unpack(tail[: _END64.size])
    if own_length != _END64.size - _UNCOUNTED:
        raise UnsoundError("its ZIP64 end record is longer or shorter than its fields")
    if locator_disk or disks != 1 or disk or first_disk or here != count:
        raise UnsoundError("it is one part of a zip archive in several parts")
    # zipfile goes over to ZIP64 at 2 GiB, half of what the plain fields hold; Go's at 65,535 entries.
    if count < 0xFFFF and length < 2**31 and start < 2**31:
        raise UnsoundError("it has a ZIP64 end record and needs none")
    # zipfile leaves a number that fits in its plain field as well.
    agree = (
        end.count in (count, 0xFFFF)
        and end.length in (length, 0xFFFFFFFF)
        and end.start in (start, 0xFFFFFFFF)
    )
    if not agree:
        raise UnsoundError("its end record and its ZIP64 end record disagree")
    return DirectoryEnd(count=count, length=length, start=start)


def _check_bounds(end: DirectoryEnd, ends: int) -> None:
    if end.count > _MOST_ENTRIES:
        raise UnsoundError(f"it has {end.count} entries, and {_MOST_ENTRIES} are the most")
    if end.length > _LONGEST_DIRECTORY:
        raise UnsoundError(
            f"its central directory has {end.length} bytes, and {_LONGEST_DIRECTORY} are the most"
        )
    if end.start + end.length != ends:
        raise UnsoundError("its central directory does not end where its end record begins")


def could_be_zip(file: ReadableFile) -> bool:
    """Whether some reader would take *file* for a zip archive, whatever else it may be.

    Readers look for the last signature of an end record, and for a central directory before it. Four
    bytes alone would be found by chance in one of 65,000 files.
    """
    size = size_of(file)
    length = min(size, _END.size + _LONGEST_COMMENT)
    tail = read_at(file, size - length, length)
    at = tail.rfind(b"PK\5\6", 0, len(tail) - _END.size + 4)
    if at < 0:
        return False
    directory_length: int = _END.unpack_from(tail, at)[5]
    return directory_length == 0xFFFFFFFF or directory_length <= size - length + at
