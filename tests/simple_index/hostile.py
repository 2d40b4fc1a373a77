"""Archives made to cost time or memory; and a process of its own, with limits, that reads them.

``python -m tests.simple_index.hostile FOLDER`` reads all files in FOLDER as the indexer does, and
prints what came of each as JSON.
"""

import json
import os
import resource
import struct
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

from indexer.ranged import FIRST_BLOCK, RangedObject
from simple_index.archives import read_metadata
from simple_index.errors import RefusedError
from simple_index.filenames import parse_filename
from simple_index.metadata import parse_metadata
from tests.distributions import core_metadata
from tests.simple_index.deflated import EMPTY_BLOCKS, EMPTY_STORED, deflated, gzip_pieces, zeros
from tests.simple_index.tar_builder import gzip_of, pax_field, pax_header, tar_header, tar_member
from tests.simple_index.zip_builder import (
    MAXIMUM,
    Part,
    build,
    directory_entry,
    end_record,
    end_record64,
)

__all__ = ["HOSTILE", "LONGEST", "write_all"]

#: Seconds of processor time, for one archive.
LONGEST = 10
#: Bytes, for the whole process that reads them all.
LARGEST = 300 * 1024 * 1024

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
TOP = "acme_core-1.0"
CONTENT = core_metadata("acme-core", "1.0")
PKG_INFO = tar_member(f"{TOP}/PKG-INFO", CONTENT)
METADATA = Part(name=f"{TOP}.dist-info/METADATA".encode(), content=CONTENT)
REST = (Part(name=f"{TOP}.dist-info/WHEEL".encode()), Part(name=f"{TOP}.dist-info/RECORD".encode()))

#: What is written one after the other; a number is so many bytes that are left out, and read as zeros.
Pieces = Iterable[bytes | int]


def many_entries(count: int, name: bytes, *, extra: bytes = b"") -> Pieces:
    """A wheel of *count* entries, whose records would tile it if they were there."""
    part = Part(name=name % 0, method=0, entry_extra=extra)
    length, entry = len(part.record), directory_entry(part, 0)
    # Not part by part: that takes longer than reading them.
    directory = b"".join(
        entry[:42] + struct.pack("<L", number * length) + name % number + extra for number in range(count)
    )
    yield count * length
    yield directory
    yield from zip_end(count, len(directory), count * length)


def announced_entries(count: int) -> Pieces:
    """A wheel that says it has *count* entries, and room for them."""
    yield 46 * count
    yield from zip_end(count, 46 * count, 0)


def zip_end(count: int, length: int, start: int) -> Pieces:
    if count >= 0xFFFF or start >= 2**31:
        yield end_record64(count, length, start, position=min(start + length, 2**63))
    yield end_record(count, length, start)


def overlapping() -> Pieces:
    """A thousand members that are one and the same: a gigabyte in a megabyte."""
    kernel = Part(name=b"kernel", content=bytes(10 * MEBIBYTE))
    parts = [Part(name=b"%06d" % number, packed=kernel.body, content=b"") for number in range(1000)]
    directory = b"".join(directory_entry(part, 0) for part in parts)
    yield kernel.record
    yield directory
    yield end_record(len(parts), len(directory), len(kernel.record))


def holding_itself() -> Pieces:
    """A member that is the archive, and so on without end."""
    itself = Part(name=b"itself.whl", method=0, entry_size=2000, entry_packed_size=2000)
    yield build(itself, METADATA, *REST)


def huge_wheel(size: int) -> Pieces:
    """A sound wheel, but for a first member of *size* bytes that has no record."""
    first = Part(
        name=b"data.bin",
        method=0,
        entry_size=MAXIMUM,
        entry_packed_size=MAXIMUM,
        entry_extra=struct.pack("<2H2Q", 1, 16, size, size),
    )
    yield size + len(first.record)
    start = size + len(first.record)
    directory = directory_entry(first, 0)
    for part in (METADATA, *REST):
        yield part.record
        far = replace(part, entry_start=MAXIMUM, entry_extra=struct.pack("<2HQ", 1, 8, start))
        directory += directory_entry(far, start)
        start += len(part.record)
    yield directory
    yield from zip_end(4, len(directory), start)


def metadata_of(packed: bytes, *, size: int) -> Pieces:
    yield build(Part(name=METADATA.name, packed=packed, size=size, entry_size=size), *REST)


def metadata_with(*lines: bytes, behind: bytes = b"") -> Pieces:
    """A wheel whose METADATA are *lines*, a true head, and 10 MiB of what is *behind* it."""
    content = b"".join([*lines, CONTENT.partition(b"\n\n")[0], b"\n"])
    content += behind * ((10 * MEBIBYTE - len(content)) // max(1, len(behind)))
    yield build(Part(name=METADATA.name, content=content), *REST)


def sdist(*deflated: bytes, name: bytes = b"", content: bytes = b"") -> Pieces:
    """A gzip file of *content*, and *deflated* after it."""
    return gzip_pieces(content, *deflated, name=name)


ENDLESS = tar_header(f"{TOP}/x", GIBIBYTE)
FIELDS = b"5 a=\n" * 400_000

HOSTILE: dict[str, Callable[[], Pieces]] = {
    "3 million entries.whl": lambda: announced_entries(3_000_000),
    "the most entries, with long names.whl": lambda: many_entries(100_000, b"acme/%0250d"),
    "the most entries, with extra fields.whl": lambda: many_entries(100_000, b"%06d", extra=b"\2\0\0\0" * 65),
    "the longest names.whl": lambda: many_entries(500, b"%060000d"),
    "4 billion entries.whl": lambda: zip_end(2**32, 2**40, 2**50),
    "2**63 entries.whl": lambda: zip_end(2**63, 2**63, 2**63),
    "a directory of a gigabyte.whl": lambda: (GIBIBYTE, end_record(1, GIBIBYTE, 0)),
    "5 GB without a record.whl": lambda: huge_wheel(5 * GIBIBYTE),
    "overlapping.whl": overlapping,
    "holding itself.whl": holding_itself,
    "endless METADATA.whl": lambda: metadata_of(zeros(GIBIBYTE), size=MAXIMUM - 1),
    "endless METADATA, denied.whl": lambda: metadata_of(zeros(GIBIBYTE), size=10 * MEBIBYTE),
    "slow METADATA.whl": lambda: metadata_of(EMPTY_BLOCKS * (10 * MEBIBYTE // len(EMPTY_BLOCKS)), size=100),
    "METADATA of empty blocks.whl": lambda: metadata_of(EMPTY_STORED * (2 * MEBIBYTE), size=0),
    "METADATA of fields.whl": lambda: metadata_with(behind=b":\n"),
    "METADATA of fields, parted by carriage returns.whl": lambda: metadata_with(behind=b":\r"),
    "METADATA of names.whl": lambda: metadata_with(behind=b"Name:x\n"),
    "METADATA of one folded field.whl": lambda: metadata_with(behind=b" \n"),
    "METADATA of what goes on from nothing.whl": lambda: metadata_with(b" x\n" * 3 * MEBIBYTE),
    "METADATA of no fields.whl": lambda: metadata_with(behind=b"From x\n"),
    "a bomb, and all that is slow before it.tar.gz": lambda: sdist(
        *repeat(EMPTY_BLOCKS * (MEBIBYTE // len(EMPTY_BLOCKS)), 62),
        zeros(GIBIBYTE),
        content=tar_member("x", FIELDS, kind=b"x") + tar_header(f"{TOP}/x") * 19_999 + ENDLESS,
    ),
    "nothing, in empty blocks.tar.gz": lambda: sdist(*repeat(EMPTY_STORED * (MEBIBYTE // 5), 66)),
    "a million empty streams.tar.gz": lambda: repeat(gzip_of(), 1_000_000),
    "a name of 63 MiB.tar.gz": lambda: sdist(name=b"x" * (63 * MEBIBYTE)),
    "a name of 80 MiB.tar.gz": lambda: sdist(name=b"x" * (80 * MEBIBYTE)),
    "100,000 members.tar.gz": lambda: sdist(content=tar_header(f"{TOP}/x") * 100_000),
    "3 million fields.tar.gz": lambda: sdist(content=tar_member("x", b"5 a=\n" * 3_000_000, kind=b"x")),
    "50,000 extended headers.tar.gz": lambda: sdist(content=tar_header("x", kind=b"g") * 50_000 + PKG_INFO),
    "2**62.tar.gz": lambda: sdist(content=tar_header(f"{TOP}/x", 2**62)),
    "a long PKG-INFO.tar.gz": lambda: sdist(zeros(GIBIBYTE), content=tar_header(f"{TOP}/PKG-INFO", GIBIBYTE)),
    "a hundred PKG-INFO.tar.gz": lambda: sdist(
        *repeat(deflated(tar_header(f"{TOP}/PKG-INFO", 10 * MEBIBYTE)) + zeros(10 * MEBIBYTE), 100)
    ),
    "a link to far away.tar.gz": lambda: sdist(
        content=pax_header(pax_field("linkpath", "x/" * 7 * MEBIBYTE)) + tar_header(f"{TOP}/x", kind=b"2")
    ),
    "a long PAX header.tar.gz": lambda: sdist(zeros(GIBIBYTE), content=tar_header("x", GIBIBYTE, kind=b"x")),
    "an sdist of a gigabyte of nothing.tar.gz": lambda: (GIBIBYTE,),
    "an sdist in a directory.zip": lambda: (GIBIBYTE, end_record(0, 0, MAXIMUM)),
}


def write_all(folder: Path) -> None:
    for name, pieces in HOSTILE.items():
        with (folder / name).open("wb") as file:
            for piece in pieces():
                if isinstance(piece, int):
                    file.seek(piece, os.SEEK_CUR)
                else:
                    file.write(piece)
            file.truncate()


def open_as_the_indexer_does(path: Path) -> RangedObject:
    descriptor = os.open(path, os.O_RDONLY)
    size = path.stat().st_size

    def fetch(first: int, last: int) -> bytes:
        return os.pread(descriptor, last + 1 - first, first)

    first = 0 if path.name.endswith(".tar.gz") else max(0, size - FIRST_BLOCK)
    return RangedObject(
        key="incoming/x",
        size=size,
        etag='"e"',
        last_modified=datetime(2026, 1, 1, tzinfo=UTC),
        fetch=fetch,
        first=(first, fetch(first, min(first + FIRST_BLOCK, size) - 1)),
    )


def read(path: Path) -> dict[str, object]:
    """What comes of one file: an error, its sentence, and the time it took."""
    suffix = "-py3-none-any.whl" if path.suffix == ".whl" else "".join(path.suffixes[-2:])
    suffix = suffix if path.suffix != ".zip" else ".zip"
    started = time.process_time()
    result: dict[str, object] = {"error": None, "sentence": ""}
    try:
        distribution = parse_filename(f"{TOP}{suffix}")
        parse_metadata(read_metadata(open_as_the_indexer_does(path), distribution), distribution)
    except Exception as error:  # whatever it is, the test wants to see it
        known = isinstance(error, RefusedError)
        result = {"error": "refused" if known else type(error).__name__, "sentence": str(error)}
    return {**result, "seconds": time.process_time() - started}


def main(folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST * len(HOSTILE), LONGEST * len(HOSTILE)))
    results = {path.name: read(path) for path in sorted(folder.iterdir())}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
