"""Core metadata out of a zip archive, of which only pieces are read."""

import io

from simple_index.reading import WHOLE, ReadableFile, read_at
from simple_index.soundness import check_length
from simple_index.zip_directory import Directory, Entry
from simple_index.zip_records import check_record, read_content

__all__ = ["read_member"]

# Deflate makes nothing longer than by this, not even by tools that flush at each line.
_OVERHEAD = 64 * 1024


def read_member(file: ReadableFile, directory: Directory, entry: Entry) -> bytes:
    """The content of *entry*, once all records that can be read cheaply agree with *directory*.

    All of an archive that is read whole; otherwise the first, which proves that nothing stands before it,
    and the one of *entry*. Raises `UnsoundError`.
    """
    check_length(entry.size)
    check_length(entry.packed_size - _OVERHEAD)
    whole = directory.start <= WHOLE
    records = io.BytesIO(read_at(file, 0, directory.start)) if whole else file
    content_start = 0
    for other, end in zip(directory.entries, directory.record_ends(), strict=True):
        if other is entry:
            # All of it at once, so that its parts below are at hand and take no request each.
            read_at(records, other.start, end - other.start)
        if whole or other is entry or other.start == 0:
            start = check_record(records, other, end)
            if other is entry:
                content_start = start
    return read_content(records, entry, content_start)
