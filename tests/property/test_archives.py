"""Whatever bytes are uploaded, they hold core metadata or are refused."""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.ranged import RangedObject
from simple_index.archives import LARGEST_METADATA, ReadableFile, read_metadata
from simple_index.errors import RefusedError
from simple_index.filenames import Distribution, parse_filename
from simple_index.metadata import parse_metadata
from tests.distributions import core_metadata, make_sdist, make_wheel, make_zip
from tests.simple_index.zip_builder import DESCRIPTOR, UTF8, Part, build

WHEEL = parse_filename("acme_core-1.0-py3-none-any.whl")
SDIST = parse_filename("acme_core-1.0.tar.gz")
ZIP_SDIST = parse_filename("acme_core-1.0.zip")
WHEEL_BYTES = make_wheel("acme-core", "1.0", requires_python=">=3.9")
ZIP_SDIST_BYTES = make_zip({"acme_core-1.0/PKG-INFO": core_metadata("acme-core", "1.0")})
SDIST_BYTES = make_sdist("acme-core", "1.0", extra={"acme_core-1.0/" + "x" * 150: b"y"})
TAR_BYTES = gzip.decompress(SDIST_BYTES)[:4096]
METADATA = core_metadata("acme-core", "1.0", requires_python=">=3.9", summary="Words.")
FOLDER = b"acme_core-1.0.dist-info/"
METADATA_PART = Part(name=FOLDER + b"METADATA", content=METADATA)
OTHER_PARTS = [Part(name=FOLDER + name) for name in (b"WHEEL", b"RECORD")]
NAMES = [b"acme.py", b"acme.py/", b"../acme.py", "é".encode(), METADATA_PART.name, METADATA_PART.name + b"/"]

# Numbers that mean something to zip and tar, in their fields of two to twelve bytes.
NUMBERS = st.sampled_from(
    [b"\0\0", b"\xff\xff", b"\xff" * 4, b"\xff" * 8, b"\x80" + b"\xff" * 11, b"77777777777\0"]
)
PATCHES = NUMBERS | st.binary(min_size=1, max_size=4)
KINDS = st.sampled_from(b"0123456789ASLKxgX\0")


@st.composite
def mutations(draw: st.DrawFn, original: bytes) -> bytes:
    """*original* with some bytes written over, and perhaps a piece of it cut out, doubled or swapped in."""
    mutated = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        position = draw(st.integers(0, len(original) - 1))
        patch = draw(PATCHES)
        mutated[position : position + len(patch)] = patch
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(original))] * 2)))
    match draw(st.sampled_from(["whole", "whole", "cut off", "cut out", "doubled"])):
        case "cut off":
            del mutated[end:]
        case "cut out":
            del mutated[start:end]
        case "doubled":
            mutated[end:end] = mutated[start:end]
    return bytes(mutated)


@st.composite
def mutated_tars(draw: st.DrawFn) -> bytes:
    """A mutated tar whose header checksums are right, so that tarfile reads on."""
    tar = bytearray(draw(mutations(TAR_BYTES)))
    for start in range(0, len(tar) - 511, 512):
        header = tar[start : start + 512]
        if header[257:262] == b"ustar":
            if draw(st.booleans()):
                header[156] = draw(KINDS)
            header[148:156] = b" " * 8
            header[148:156] = b"%06o\0 " % sum(header)
            tar[start : start + 512] = header
    return bytes(tar)


def ranged(content: bytes) -> RangedObject:
    """As the indexer reads it."""
    return RangedObject(
        key="incoming/x",
        size=len(content),
        etag='"e"',
        last_modified=datetime(2026, 1, 1, tzinfo=UTC),
        fetch=lambda first, last: content[first : last + 1],
        first=(max(0, len(content) - 64), content[-64:]),
    )


def check(content: bytes, distribution: Distribution) -> None:
    """Nothing but a refusal may be raised: an error is tried again, for ever."""
    for file in (io.BytesIO(content), ranged(content)):
        check_file(file, content, distribution)


def check_file(file: ReadableFile, content: bytes, distribution: Distribution) -> None:
    with suppress(RefusedError):
        raw = read_metadata(file, distribution)
        assert len(raw) <= LARGEST_METADATA
        assert raw == as_installers_read(content, distribution)
        parse_metadata(raw, distribution)


def is_metadata(name: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/METADATA|[^/]+/PKG-INFO", name) is not None


def as_installers_read(content: bytes, distribution: Distribution) -> bytes:
    """By the standard library, which pip unpacks with; what we take has to be the same to it."""
    if not distribution.filename.endswith(".tar.gz"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = (name for name in archive.namelist() if is_metadata(name))
            return archive.read(name)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        (member,) = (member for member in archive if is_metadata(member.name))
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


@settings(deadline=None)
@given(
    st.binary() | st.binary().map(lambda rest: b"PK\5\6" + rest), st.sampled_from([WHEEL, ZIP_SDIST, SDIST])
)
def test_any_bytes_are_read_or_refused(content: bytes, distribution: Distribution) -> None:
    """Under any name."""
    check(content, distribution)


@settings(deadline=None)
@given(mutations(WHEEL_BYTES))
def test_a_mutated_wheel_is_read_or_refused(content: bytes) -> None:
    """A wheel with a few wrong bytes."""
    check(content, WHEEL)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    """A member of a zip archive, of which nearly all may be untrue."""
    content = draw(st.sampled_from([b"", b"x" * 99, METADATA]))
    name = draw(st.sampled_from(NAMES) | st.binary(max_size=3))
    size = st.none() | st.sampled_from([0, 1, len(content), 2**32 - 1])
    lies = {key: draw(size) for key in ("size", "packed_size", "entry_size", "entry_packed_size")}
    extras = st.sampled_from([b""] * 5 + [b"\1\0\x08\0" + bytes(8), b"\1\0\x10\0" + bytes(16), b"UT\1\0x"])
    honest = Part(
        name=name,
        content=content,
        method=draw(st.sampled_from([0, 8, 8, 8, 12])),
        flags=draw(st.sampled_from([0, 0, 0, 1, DESCRIPTOR, UTF8])),
        behind=draw(st.sampled_from([b""] * 5 + [b"PK\7\x08", bytes(12), bytes(16), bytes(100)])),
        extra=draw(extras),
        entry_extra=draw(extras),
        entry_name=draw(st.none() | st.none() | st.sampled_from(NAMES)),
        entry_start=draw(st.none() | st.none() | st.sampled_from([0, 40, 2**32 - 1])),
    )
    return replace(honest, **lies) if draw(st.booleans()) else honest  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.permutations([METADATA_PART, *OTHER_PARTS]), st.lists(parts(), max_size=2), st.integers(0, 5))
def test_a_wheel_that_lies_is_read_or_refused(wheel: list[Part], lies: list[Part], position: int) -> None:
    """Wrong in one place, and whole otherwise."""
    wheel[position:position] = lies
    check(build(*wheel), WHEEL)


@settings(deadline=None)
@given(mutations(ZIP_SDIST_BYTES))
def test_a_mutated_zip_sdist_is_read_or_refused(content: bytes) -> None:
    """An sdist of the older kind."""
    check(content, ZIP_SDIST)


@settings(deadline=None)
@given(mutations(SDIST_BYTES))
def test_a_mutated_sdist_is_read_or_refused(content: bytes) -> None:
    """Wrong in its compression, mostly."""
    check(content, SDIST)


@settings(deadline=None)
@given(mutated_tars(), st.integers(0, 1))
def test_a_mutated_tar_is_read_or_refused(tar: bytes, level: int) -> None:
    """Wrong inside a compression that is sound."""
    check(zlib.compress(tar, level, wbits=31), SDIST)


@settings(deadline=None)
@given(st.binary() | mutations(METADATA), st.sampled_from([WHEEL, SDIST]))
def test_any_metadata_are_usable_or_refused(raw: bytes, distribution: Distribution) -> None:
    """What is usable can stand on a page."""
    with suppress(RefusedError):
        requires_python = parse_metadata(raw, distribution).requires_python
        assert requires_python is None or (requires_python.isascii() and requires_python.isprintable())


@given(st.text(st.characters(max_codepoint=0x7F), max_size=30) | st.text("<>=!~.,*0123 abv+-", max_size=30))
def test_any_requires_python_is_usable_or_left_out(written: str) -> None:
    """It is never a reason to refuse a file, if it is a line of its own."""
    line = written.replace("\n", " ").replace("\r", " ")
    raw = f"Name: acme-core\nVersion: 1.0\nRequires-Python: {line}\n".encode()
    assert parse_metadata(raw, WHEEL).requires_python in (None, line.lstrip(" \t"), line)
