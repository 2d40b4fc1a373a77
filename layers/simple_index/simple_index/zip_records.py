"""The records of a zip archive: what stands before and behind the content of each member.

Installers that read an archive as it arrives see these, others see its central directory; so they
have to agree. Specification: APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.9.
"""

import struct
import zipfile
import zlib

from simple_index.reading import ReadableFile, read_at
from simple_index.soundness import UnsoundError, shown
from simple_index.zip_directory import DATA_DESCRIPTOR, RECORD_HEADER, Entry
from simple_index.zip_fields import widen

__all__ = ["check_record", "read_content"]

_DESCRIPTORS = {layout.size: layout for layout in map(struct.Struct, ("<3L", "<4s3L", "<L2Q", "<4sL2Q"))}


def check_record(file: ReadableFile, entry: Entry, end: int) -> int:
    """Hold the record of *entry*, which ends at *end*, against the central directory.

    Returns where its content begins. Raises `UnsoundError`.
    """
    # As long as all but the content is together: the directory was checked, so that is not much.
    header = read_at(file, entry.start, end - entry.start - entry.packed_size)
    signature, flags, method, crc, packed_size, size, name_length, extra_length = RECORD_HEADER.unpack_from(
        header
    )
    name_end: int = RECORD_HEADER.size + name_length
    if signature != b"PK\3\4":
        raise UnsoundError(f"where {shown(entry.name)} should begin is no record")
    if header[RECORD_HEADER.size : name_end] != entry.raw_name:
        raise UnsoundError(f"the record of {shown(entry.name)} has another name")
    if (flags, method) != (entry.flags, entry.method):
        raise UnsoundError(f"the record of {shown(entry.name)} says that it was packed in another way")
    start: int = name_end + extra_length
    if start > len(header):
        raise UnsoundError(f"{shown(entry.name)} overlaps with what follows it")
    size, packed_size = widen((size, packed_size), header[name_end:start])
    _check_numbers(entry, (crc, packed_size, size))
    _check_descriptor(file, entry, entry.start + start + entry.packed_size, end)
    return entry.start + start


def _check_numbers(entry: Entry, numbers: tuple[int, int, int]) -> None:
    known = (entry.crc, entry.packed_size, entry.size)
    # A tool that cannot go back writes zeros, and the numbers behind the content.
    if numbers != known and not (entry.flags & DATA_DESCRIPTOR and numbers == (0, 0, 0)):
        raise UnsoundError(f"the record of {shown(entry.name)} has another size or checksum")


def _check_descriptor(file: ReadableFile, entry: Entry, start: int, end: int) -> None:
    if not entry.flags & DATA_DESCRIPTOR:
        if start != end:
            raise UnsoundError(f"behind {shown(entry.name)} are bytes that belong to no member")
        return
    layout = _DESCRIPTORS.get(end - start)
    if layout is None:
        raise UnsoundError(f"behind {shown(entry.name)} are bytes that belong to no member")
    *signature, crc, packed_size, size = layout.unpack(read_at(file, start, layout.size))
    known = (entry.crc, entry.packed_size, entry.size)
    if signature not in ([], [b"PK\7\x08"]) or (crc, packed_size, size) != known:
        raise UnsoundError(f"the record of {shown(entry.name)} has another size or checksum")


def read_content(file: ReadableFile, entry: Entry, start: int) -> bytes:
    """The content of a member, which begins at *start* and is known to be small. Raises `UnsoundError`."""
    packed = read_at(file, start, entry.packed_size)
    content = packed if entry.method == zipfile.ZIP_STORED else _inflate(packed, entry)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise UnsoundError(f"the content of {shown(entry.name)} is not what its size and checksum say")
    return content


def _inflate(packed: bytes, entry: Entry) -> bytes:
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise UnsoundError(f"{shown(entry.name)} cannot be inflated ({error})") from None
    if not inflater.eof or inflater.unused_data:
        raise UnsoundError(f"{shown(entry.name)} is longer or shorter than its size says")
    return content
