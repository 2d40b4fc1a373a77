import gzip
import io
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from simple_index.archives import LARGEST_METADATA, read_metadata
from simple_index.errors import MissingMetadataError, RefusedError, UnreadableArchiveError
from simple_index.filenames import Distribution, parse_filename

from tests.distributions import core_metadata, make_sdist, make_tar, make_wheel, make_zip

WHEEL = parse_filename("acme_core-1.0-py3-none-any.whl")
SDIST = parse_filename("acme_core-1.0.tar.gz")
ZIP_SDIST = parse_filename("acme_core-1.0.zip")
METADATA = core_metadata("acme-core", "1.0")
IN_WHEEL = "acme_core-1.0.dist-info/METADATA"
IN_SDIST = "acme_core-1.0/PKG-INFO"
MEBIBYTE = 1024 * 1024


def read(archive: bytes, distribution: Distribution) -> bytes:
    return read_metadata(io.BytesIO(archive), distribution)


def tar_header(name: str, size: int, *, kind: bytes = b"0", sparse_goes_on: bool = False) -> bytes:
    """A tar header; a size that does not fit its eleven octal digits in base 256, as GNU tar has it."""
    octal = 0 <= size < 8**11
    fields = [
        name.encode().ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        b"%011o\0" % size if octal else (size % 2**96 | 0x80 << 88).to_bytes(12, "big"),
        b"00000000000\0",
        b" " * 8,
        kind,
        bytes(100),
        b"ustar  \0" if sparse_goes_on else b"ustar\x0000",
    ]
    header = bytearray(b"".join(fields).ljust(512, b"\0"))
    header[482] = sparse_goes_on
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def tar_member(name: str, content: bytes, *, kind: bytes = b"0") -> bytes:
    return tar_header(name, len(content), kind=kind) + content + bytes(-len(content) % 512)


def pax_header(fields: bytes) -> bytes:
    return tar_member("pax", fields, kind=b"x")


def sdist_of(*blocks: bytes) -> bytes:
    return gzip.compress(b"".join(blocks), compresslevel=1, mtime=0)


def mebibytes_of_zeros(count: int) -> bytes:
    """Gzipped; a gzip file may be many in a row, so that it takes no time to make."""
    return gzip.compress(bytes(MEBIBYTE), mtime=0) * count


def zip_of(metadata: bytes, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A wheel of METADATA alone."""
    file = io.BytesIO()
    member = zipfile.ZipInfo(IN_WHEEL)
    member.compress_type = method
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, metadata)
    return file.getvalue()


def zip_with(old: bytes, new: bytes) -> bytes:
    """A wheel of METADATA alone, with some bytes of its records replaced."""
    archive = zip_of(METADATA)
    assert archive.count(old) == 2
    return archive.replace(old, new)


@contextmanager
def at_once() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("archive", "distribution", "metadata"),
    [
        (make_wheel("acme-core", "1.0"), WHEEL, METADATA),
        (make_wheel("acme-core", "1.0", metadata=b"\xff\r\n\0"), WHEEL, b"\xff\r\n\0"),
        (make_wheel("acme-core", "1.0", metadata=b""), WHEEL, b""),
        (zip_of(METADATA, method=zipfile.ZIP_STORED), WHEEL, METADATA),
        (zip_of(METADATA, method=zipfile.ZIP_DEFLATED), WHEEL, METADATA),
        (make_wheel("acme-core", "1.0", extra={"other/x.dist-info/METADATA": b"no"}), WHEEL, METADATA),
        (make_wheel("acme-core", "1.0", extra={"x.dist-info/METADATA.json": b"no"}), WHEEL, METADATA),
        (make_sdist("acme-core", "1.0"), SDIST, METADATA),
        (make_tar({"acme_core-1.0/deep/PKG-INFO": b"no", IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"acme_core-1.0/x": bytes(MEBIBYTE), IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"acme_core-1.0/" + "x" * 300: b"", IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"y" * 200 + "/PKG-INFO": METADATA}), SDIST, METADATA),
        (make_zip({IN_SDIST: METADATA}), ZIP_SDIST, METADATA),
    ],
)
def test_core_metadata_are_read_byte_for_byte(
    archive: bytes, distribution: Distribution, metadata: bytes
) -> None:
    """PEP 658: they are served as they stand in the file."""
    assert read(archive, distribution) == metadata


def test_the_longest_metadata_are_read() -> None:
    """To the byte."""
    longest = bytes(LARGEST_METADATA)
    assert read(make_wheel("acme-core", "1.0", metadata=longest), WHEEL) == longest
    assert read(make_tar({IN_SDIST: longest}), SDIST) == longest


@pytest.mark.parametrize(
    ("archive", "distribution", "found"),
    [
        (make_zip({}), WHEEL, 0),
        (make_zip({"METADATA": METADATA}), WHEEL, 0),
        (make_zip({"deep/acme_core-1.0.dist-info/METADATA": METADATA}), WHEEL, 0),
        (make_zip({"acme_core-1.0.dist-info/metadata": METADATA}), WHEEL, 0),
        (make_zip({IN_WHEEL: METADATA, "other-1.0.dist-info/METADATA": METADATA}), WHEEL, 2),
        (make_zip({IN_SDIST: METADATA}), WHEEL, 0),
        (make_zip({"acme_core-1.0/deep/PKG-INFO": METADATA}), ZIP_SDIST, 0),
        (make_zip({IN_SDIST: METADATA, "other-1.0/PKG-INFO": METADATA}), ZIP_SDIST, 2),
        (make_tar({}), SDIST, 0),
        (make_tar({"PKG-INFO": METADATA}), SDIST, 0),
        (make_tar({"acme_core-1.0/deep/PKG-INFO": METADATA}), SDIST, 0),
        (make_tar({"./acme_core-1.0/PKG-INFO": METADATA}), SDIST, 0),
        (sdist_of(tar_header(IN_SDIST, 0, kind=b"2")), SDIST, 0),
        (sdist_of(tar_header(IN_SDIST, 0, kind=b"5")), SDIST, 0),
    ],
)
def test_there_must_be_one(archive: bytes, distribution: Distribution, found: int) -> None:
    """In the folder where installers look, and a regular file."""
    with pytest.raises(MissingMetadataError) as refused:
        read(archive, distribution)
    assert refused.value.found == found


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_two() -> None:
    """Readers do not agree on which of them counts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(IN_WHEEL, METADATA)
        archive.writestr(IN_WHEEL, b"other")
    with pytest.raises(MissingMetadataError):
        read(file.getvalue(), WHEEL)


WHOLE_WHEEL = make_wheel("acme-core", "1.0")
WHOLE_SDIST = make_sdist("acme-core", "1.0", extra={"acme_core-1.0/x": zlib.compress(bytes(range(256)))})


UNSOUND_WHEELS = {
    "empty": b"",
    "two bytes": b"PK",
    "no archive": b"no archive " * 1000,
    "an sdist": make_tar({IN_WHEEL: METADATA}),
    "without its last byte": WHOLE_WHEEL[:-1],
    "cut off": WHOLE_WHEEL[: len(WHOLE_WHEEL) // 2],
    "without its beginning": WHOLE_WHEEL[100:],
    "encrypted": zip_with(b"\x14\0\0\0\x08\0", b"\x14\0\1\0\x08\0"),
    "an unknown compression": zip_with(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x63\0"),
    "bzip2": zip_of(METADATA, method=zipfile.ZIP_BZIP2),
    "LZMA": zip_of(METADATA, method=zipfile.ZIP_LZMA),
    "a wrong CRC": zip_with(zlib.crc32(METADATA).to_bytes(4, "little"), b"\1\2\3\4"),
    "records that do not agree": make_zip({IN_WHEEL: METADATA}).replace(b"METADATA", b"METADATB", 1),
}


@pytest.mark.parametrize("archive", UNSOUND_WHEELS.values(), ids=UNSOUND_WHEELS)
def test_what_is_no_sound_wheel_is_refused(archive: bytes) -> None:
    """In our own words, whatever zipfile raises."""
    with pytest.raises(UnreadableArchiveError):
        read(archive, WHEEL)


SPARSE = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n29 GNU.sparse.realsize=1000\n"
UNSOUND_SDISTS = {
    "empty": b"",
    "two bytes": b"\x1f\x8b",
    "no archive": b"no archive " * 1000,
    "a wheel": make_zip({IN_SDIST: METADATA}),
    "no tar inside": gzip.compress(b"no tar " * 1000),
    "nothing inside": gzip.compress(b""),
    "cut off": WHOLE_SDIST[:200],
    "cut off inside": gzip.compress(gzip.decompress(WHOLE_SDIST)[:530]),
    "wrong in the middle": WHOLE_SDIST[:50] + b"\xff" * 50 + WHOLE_SDIST[100:],
    "a member that begins before it ends": sdist_of(tar_header("x", -(2**40)), bytes(1024)),
    "sparse": sdist_of(tar_header(IN_SDIST, 0, kind=b"S"), bytes(1024)),
    "sparse and cut off": sdist_of(tar_header("x", 0, kind=b"S", sparse_goes_on=True)),
    "sparse by PAX": sdist_of(
        pax_header(SPARSE), tar_member(IN_SDIST, b"1\n0\n5\n".ljust(512, b"\0") + b"Name:")
    ),
    "sparse with a map of gigabytes": sdist_of(
        pax_header(SPARSE), tar_header(IN_SDIST, 2**30), b"9999999\n", b"0\n" * MEBIBYTE
    ),
    "an extended header of nothing": sdist_of(pax_header(b"10 path=a\n")),
    "extended headers of one another": sdist_of(pax_header(b"10 path=a\n") * 3000),
    "an endless extended header": sdist_of(tar_header("x", 2**62, kind=b"x"), bytes(1024)),
    "a long PAX header": sdist_of(
        tar_member("x", bytes(MEBIBYTE), kind=b"x"), tar_member(IN_SDIST, METADATA)
    ),
    "a long name": sdist_of(tar_member("x", b"y" * MEBIBYTE, kind=b"L"), tar_member(IN_SDIST, METADATA)),
}


@pytest.mark.parametrize("archive", UNSOUND_SDISTS.values(), ids=UNSOUND_SDISTS)
def test_what_is_no_sound_sdist_is_refused(archive: bytes) -> None:
    """In our own words, whatever tarfile raises, and soon."""
    with at_once(), pytest.raises(UnreadableArchiveError):
        read(archive, SDIST)


@pytest.mark.parametrize("size", [2**62, 2**40, 150 * MEBIBYTE + 1])
def test_a_member_that_announces_too_much_is_refused_at_once(size: int) -> None:
    """tarfile would read on up to its end: 200 bytes that cost years."""
    archive = sdist_of(tar_header("acme_core-1.0/x", size))
    assert len(archive) < 234
    with at_once(), pytest.raises(UnreadableArchiveError, match="oversized"):
        read(archive, SDIST)


@pytest.mark.parametrize("announced", [LARGEST_METADATA + 1, 10])
def test_metadata_that_inflate_without_end_are_refused(announced: int) -> None:
    """In a wheel, also where it announces few: 100 KiB that are 100 MiB."""
    size = 100 * MEBIBYTE
    archive = zip_of(bytes(size)).replace(size.to_bytes(4, "little"), announced.to_bytes(4, "little"))
    assert len(archive) < size // 500
    with at_once(), pytest.raises(UnreadableArchiveError):
        read(archive, WHEEL)


def test_a_pkg_info_without_end_is_refused() -> None:
    """The same in an sdist."""
    archive = gzip.compress(tar_header(IN_SDIST, 100 * MEBIBYTE)) + mebibytes_of_zeros(100)
    with at_once(), pytest.raises(UnreadableArchiveError, match="longer than"):
        read(archive, SDIST)


def test_a_pkg_info_too_far_into_its_sdist_is_not_looked_for() -> None:
    """300 KiB of zeros that are 160 MiB, in members none of which is too large."""
    filler = gzip.compress(tar_header("acme_core-1.0/x", 80 * MEBIBYTE)) + mebibytes_of_zeros(80)
    archive = filler * 2 + gzip.compress(tar_member(IN_SDIST, METADATA))
    with at_once(), pytest.raises(UnreadableArchiveError, match="no PKG-INFO stands"):
        read(archive, SDIST)
    assert read(filler + gzip.compress(tar_member(IN_SDIST, METADATA)), SDIST) == METADATA


def test_too_many_members_are_refused() -> None:
    """Each costs an object in memory."""
    archive = gzip.compress(tar_header("acme_core-1.0/x", 0) * 20_001 + tar_member(IN_SDIST, METADATA), 1)
    with pytest.raises(UnreadableArchiveError, match="too many members"):
        read(archive, SDIST)


class FailingFile(io.BytesIO):
    """A file whose store breaks off at one of its reads."""

    def __init__(self, content: bytes, error: Exception, *, reads: int) -> None:
        super().__init__(content)
        self._error = error
        self._reads = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads -= 1
        if self._reads < 0:
            raise self._error
        return super().read(size)


class StoreError(Exception):
    pass


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("slow"), StoreError("lost")])
@pytest.mark.parametrize("reads", range(4))
@pytest.mark.parametrize(("archive", "distribution"), [(WHOLE_WHEEL, WHEEL), (WHOLE_SDIST, SDIST)])
def test_a_store_that_fails_is_no_fault_of_the_file(
    archive: bytes, distribution: Distribution, reads: int, error: Exception
) -> None:
    """At no read may it become a refusal, for that would move a good file to rejected/."""
    with pytest.raises(type(error)) as raised:
        read_metadata(FailingFile(archive, error, reads=reads), distribution)
    assert raised.value is error
    assert not isinstance(raised.value, RefusedError)
