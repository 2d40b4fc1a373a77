"""Each lie that a ``.tar.gz`` can tell, and the sentence it is refused with."""

import gzip
import io
import random
import struct
import tarfile
import zlib

import pytest

from simple_index.archives import LARGEST_METADATA, read_metadata
from simple_index.errors import MissingMetadataError, UnreadableArchiveError
from simple_index.filenames import parse_filename
from tests.distributions import core_metadata, make_sdist, make_tar, make_zip
from tests.simple_index.tar_builder import gzip_of, pax_field, pax_header, tar_header, tar_member

SDIST = parse_filename("acme_core-1.0.tar.gz")
TOP = "acme_core-1.0"
METADATA = core_metadata("acme-core", "1.0")
PKG_INFO = tar_member(f"{TOP}/PKG-INFO", METADATA)
OTHER_PKG_INFO = tar_member(f"{TOP}/PKG-INFO", b"Name: other\n")
MEBIBYTE = 1024 * 1024
# So large, and so hard to compress, that nothing is read behind PKG-INFO.
LARGE = tar_member(f"{TOP}/data", random.Random(0).randbytes(2 * MEBIBYTE))  # noqa: S311
WHOLE = gzip_of(PKG_INFO, tar_member(f"{TOP}/x", b"x"), bytes(1024))

# What a header of GNU tar has where POSIX says "ustar", NUL, "00".
GNU = b"ustar  \0"


def read(archive: bytes) -> bytes:
    return read_metadata(io.BytesIO(archive), SDIST)


def member(name: str | bytes = f"{TOP}/x", **header: object) -> bytes:
    """An sdist whose first member has *header*."""
    return gzip_of(tar_header(name, **header), PKG_INFO)  # type: ignore[arg-type]


def link(target: str, *, name: str = f"{TOP}/deep/x", kind: bytes = b"2") -> bytes:
    return member(name, kind=kind, target=target)


def extended(*fields: bytes, kind: bytes = b"x") -> bytes:
    """An sdist whose first member has an extended header of *fields*."""
    return gzip_of(pax_header(*fields, kind=kind), tar_member(f"{TOP}/x"), PKG_INFO)


def of_tarfile(form: int) -> bytes:
    """An sdist with what needs extended headers, as Python writes them."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", format=form) as archive:
        folder = tarfile.TarInfo(TOP)
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        long = tarfile.TarInfo(f"{TOP}/{'é' * 200}/{'x' * 200}")
        long.mtime = 1.5  # PAX keeps fractions, in a field
        archive.addfile(long)
        symlink = tarfile.TarInfo(f"{TOP}/link")
        symlink.type, symlink.linkname = tarfile.SYMTYPE, "x" * 200
        archive.addfile(symlink)
        own = tarfile.TarInfo(f"{TOP}/PKG-INFO")
        own.size = len(METADATA)
        archive.addfile(own, io.BytesIO(METADATA))
    return file.getvalue()


def gzip_with(*, name: bytes = b"", extra: bytes = b"") -> bytes:
    """A gzip file that says what its content was called, and more."""
    content = gzip.decompress(WHOLE)
    header = b"\x1f\x8b\x08\x0c\0\0\0\0\0\xff" + struct.pack("<H", len(extra)) + extra + name + b"\0"
    return header + zlib.compress(content, wbits=-15) + struct.pack("<2L", zlib.crc32(content), len(content))


SOUND = {
    "the least": gzip_of(PKG_INFO),
    "PKG-INFO first": WHOLE,
    "PKG-INFO last": make_tar({f"{TOP}/x": bytes(MEBIBYTE), f"{TOP}/PKG-INFO": METADATA}),
    "a large one": gzip_of(PKG_INFO, LARGE),
    "a large one, PKG-INFO last": gzip_of(LARGE, PKG_INFO),
    "a name in its gzip header": gzip_with(name=b"acme_core-1.0.tar", extra=b"more"),
    "PAX": of_tarfile(tarfile.PAX_FORMAT),
    "GNU": of_tarfile(tarfile.GNU_FORMAT),
    "a prefix": gzip_of(tar_header("x", altered={345: TOP.encode()}), PKG_INFO),
    "by GNU, at a time": gzip_of(tar_header(f"{TOP}/x", altered={257: GNU}), PKG_INFO),
    "no size": member(altered={124: bytes(12)}),
    "a size with spaces": member(altered={124: b"         0 \0"}),
    "a size in base 256": member(altered={124: b"\x80" + bytes(11)}),
    "V7": gzip_of(tar_member(f"{TOP}/PKG-INFO", METADATA, kind=b"\0")),
    "folders": gzip_of(tar_header(f"{TOP}/", kind=b"5"), PKG_INFO),
    "a long name to a long name, by GNU": gzip_of(
        tar_member("x", b"y" * 200 + b"\0", kind=b"K"),
        tar_member("x", f"{TOP}/{'x' * 200}\0".encode(), kind=b"L"),
        tar_header("x", kind=b"2"),
        PKG_INFO,
    ),
    "a commit, by git archive": gzip_of(pax_header(pax_field("comment", "0" * 40), kind=b"g"), PKG_INFO),
    "attributes by macOS": extended(pax_field("LIBARCHIVE.xattr.com.apple.provenance", b"AQIA\xff")),
    "a link in its folder": link("x"),
    "a link to the folder above": link("../README"),
    "a link to its top folder": link(".."),
    "a hard link": link(f"{TOP}/PKG-INFO", kind=b"1"),
    "another PKG-INFO, deeper": make_sdist("acme-core", "1.0", extra={f"{TOP}/egg-info/PKG-INFO": b"other"}),
    "a long padding": gzip_of(PKG_INFO, bytes(64 * 1024)),
}


@pytest.mark.parametrize("archive", SOUND.values(), ids=SOUND)
def test_what_tools_write_is_read(archive: bytes) -> None:
    """Unusual as some of it is."""
    assert read(archive) == METADATA


NO_GZIP = "it is no sound gzip file"
NO_TAR = "it is no sound tar archive"
CUT_OFF = "it is cut off"
IN_A_MEMBER = "it ends in the middle of a member"
GOES_ON = "it goes on behind its gzip stream"
OUTSIDE = "is a link to a place outside of its folder"
NO_FILE = "is a device, a pipe, a sparse file or of an unknown kind"
SPARSE = "an extended header makes a member sparse, or gives it a second size"
SEVERAL = "an extended header names several members, or one member twice"
UNREADABLE = "it has an extended header that cannot be read"
UNUSUAL_SIZE = "a member announces a size that readers differ on"
TWO_NAMES = "a member has a prefix to its name that some readers leave out"
BESIDE = f"beside the folder of '{TOP}/"
BAD_PART = "a path with an empty, a '.' or a '..' part"

REFUSED = {
    "gzip": {
        "nothing": (b"", CUT_OFF),
        "two bytes": (b"\x1f\x8b", CUT_OFF),
        "no archive": (b"no archive " * 1000, NO_GZIP),
        "cut off": (WHOLE[:100], CUT_OFF),
        "its last byte is missing": (WHOLE[:-1], CUT_OFF),
        "wrong in the middle": (WHOLE[:50] + b"\xff" * 50 + WHOLE[100:], NO_GZIP),
        "a wrong checksum": (WHOLE[:-8] + bytes(4) + WHOLE[-4:], NO_GZIP),
        "a wrong size": (WHOLE[:-4] + bytes(4), NO_GZIP),
        "a second stream": (WHOLE + gzip_of(OTHER_PKG_INFO), GOES_ON),
        "a byte behind": (WHOLE + b"\0", GOES_ON),
        "a zip archive behind": (WHOLE + make_zip({"x": b""}), GOES_ON),
        "a zip archive behind a large one": (
            gzip_of(PKG_INFO, LARGE) + make_zip({"x": b""}),
            "it can be read as a zip archive as well",
        ),
        "a commented zip archive behind a large one": (
            gzip_of(PKG_INFO, LARGE) + make_zip({"x": b""})[:-2] + b"\xff\xff" + bytes(0xFFFF),
            "it can be read as a zip archive as well",
        ),
        "a zip archive in its gzip header": (
            gzip_with(extra=make_zip({"x": b""})),
            "it can be read as a zip archive as well",
        ),
    },
    "tar": {
        "none": (gzip_of(b"no tar " * 1000), NO_TAR),
        "half a header": (gzip_of(PKG_INFO[:300]), NO_TAR),
        "a wrong checksum": (gzip_of(PKG_INFO.replace(b"acme", b"acmf", 1)), NO_TAR),
        "cut off in PKG-INFO": (gzip_of(PKG_INFO[:530]), IN_A_MEMBER),
        "cut off behind it": (gzip_of(PKG_INFO[:-1]), IN_A_MEMBER),
        "cut off in another": (gzip_of(PKG_INFO, tar_header(f"{TOP}/x", 513), bytes(512)), IN_A_MEMBER),
        "more behind its end": (
            gzip_of(PKG_INFO, bytes(1024), OTHER_PKG_INFO),
            "it goes on behind its last member",
        ),
        **{
            f"a size of {size}": (member(size=size), f"a member announces {size} bytes")
            for size in (2**62, 2**40, 2**30 + 1, -1, -(2**40))
        },
        "a size that it has not": (member(size=2**30), IN_A_MEMBER),
        **{
            f"a size of {digits!r}": (member(altered={124: digits}), UNUSUAL_SIZE)
            for digits in (b"0000_000_10\0", b"0o000000010\0", b"       +010\0")
        },
        "a prefix by GNU": (member("PKG-INFO", altered={257: GNU, 345: TOP.encode()}), TWO_NAMES),
        "a prefix by V7": (member("PKG-INFO", altered={257: bytes(8), 345: TOP.encode()}), TWO_NAMES),
    },
    "members": {
        "a character device": (member(kind=b"3"), NO_FILE),
        "a block device": (member(kind=b"4"), NO_FILE),
        "a pipe": (member(kind=b"6"), NO_FILE),
        "a contiguous file": (member(kind=b"7"), NO_FILE),
        "a sparse file": (member(kind=b"S"), NO_FILE),
        "a sparse file, cut off": (
            gzip_of(tar_header(f"{TOP}/x", kind=b"S", sparse_goes_on=True)),
            NO_FILE,
        ),
        "another volume": (member(kind=b"V"), NO_FILE),
        "Solaris' extended header": (member(kind=b"X"), NO_FILE),
        "a folder with content": (member(kind=b"5", size=1), "is no file, and has content"),
        "a link with content": (member(kind=b"2", size=1, target="y"), "is no file, and has content"),
        "a file called a folder": (
            extended(pax_field("path", f"{TOP}/x/")),
            "is a file, and is called a folder",
        ),
        "PKG-INFO is a link": (
            member(f"{TOP}/PKG-INFO", kind=b"2", target="other"),
            "its PKG-INFO is no regular file",
        ),
        "PKG-INFO is a folder": (member(f"{TOP}/PKG-INFO", kind=b"5"), "its PKG-INFO is no regular file"),
        "PKG-INFO replaced by a link": (
            gzip_of(PKG_INFO, tar_header(f"{TOP}/PKG-INFO", kind=b"2", target="x")),
            "its PKG-INFO is no regular file",
        ),
        "a second folder": (member("other/x"), "it holds 'acme_core-1.0/PKG-INFO' beside the folder of"),
        "a second folder behind": (gzip_of(PKG_INFO, tar_member("other/x")), f"it holds 'other/x' {BESIDE}"),
        "a file beside": (gzip_of(PKG_INFO, tar_member("x")), f"it holds 'x' {BESIDE}"),
        "too many": (
            gzip_of(tar_header(f"{TOP}/x") * 20_000, PKG_INFO),
            "more than 20000 members would have to be read",
        ),
    },
    "names": {
        "absolute": (member("/etc/passwd"), "an absolute path, '/etc/passwd'"),
        "on a drive": (member("C:x"), "an absolute path, 'C:x'"),
        "outside": (member(f"{TOP}/../x"), BAD_PART),
        "a dot": (member(f"./{TOP}/x"), BAD_PART),
        "none": (member(""), BAD_PART),
        "a backslash": (member(f"{TOP}/..\\x"), "a name with a backslash"),
        "a line break": (member(f"{TOP}/\n"), "a name with a control character"),
        "not UTF-8": (member(b"acme_core-1.0/\xff"), "a name that is not UTF-8"),
        "not UTF-8, by PAX": (extended(pax_field("path", b"acme_core-1.0/\xff")), "a name that is not UTF-8"),
        "a NUL, by PAX": (extended(pax_field("path", f"{TOP}/\0")), "a name with a control character"),
        "too long, by PAX": (extended(pax_field("path", "y" * 4097)), "it holds a name of 4097 bytes"),
        "too long, by GNU": (
            gzip_of(tar_member("x", b"y" * MEBIBYTE + b"\0", kind=b"L"), PKG_INFO),
            "it holds a name of 1048576 bytes",
        ),
    },
    "links": {
        "too long": (
            gzip_of(pax_header(pax_field("linkpath", "x/" * 2049)), tar_header(f"{TOP}/x", kind=b"2")),
            OUTSIDE,
        ),
        "absolute": (link("/etc/passwd"), OUTSIDE),
        "outside": (link("../../x"), OUTSIDE),
        "outside, later": (link("../y/../../../x"), OUTSIDE),
        "up again": (link("y/../x"), OUTSIDE),
        "up again at its end": (link("y/.."), OUTSIDE),
        "to a folder of nearly the same name": (link(f"../../{TOP}x/y"), OUTSIDE),
        "outside, on Windows": (link("..\\..\\x"), OUTSIDE),
        "outside, by PAX": (
            gzip_of(
                pax_header(pax_field("linkpath", "../../x")),
                tar_header(f"{TOP}/deep/x", kind=b"2", target="y"),
            ),
            OUTSIDE,
        ),
        "a hard link to elsewhere": (link("/etc/passwd", kind=b"1"), "an absolute path"),
        "a hard link outside": (link("../x", kind=b"1"), BAD_PART),
        "a hard link beside": (link("other/x", kind=b"1"), "it holds 'other/x' beside the folder of"),
    },
    "extended headers": {
        "sparse": (extended(pax_field("GNU.sparse.major", "1")), SPARSE),
        "a second size": (extended(pax_field("size", "1")), SPARSE),
        "a second size for all": (extended(pax_field("size", "1"), kind=b"g"), SPARSE),
        "a name for all": (extended(pax_field("path", f"{TOP}/PKG-INFO"), kind=b"g"), SEVERAL),
        "two names": (extended(pax_field("path", "a/x"), pax_field("path", "a/y")), SEVERAL),
        "a name by PAX and by GNU": (
            gzip_of(pax_header(pax_field("path", "a/x")), tar_member("y", b"a/y\0", kind=b"L"), PKG_INFO),
            SEVERAL,
        ),
        "a length too short": (extended(b"5 path=acme\n"), UNREADABLE),
        "a length too long": (extended(b"99 path=acme\n"), UNREADABLE),
        "a length of thousands of digits": (extended(b"9" * 10_000 + b" path=acme\n"), UNREADABLE),
        "a length of nothing": (extended(b"0 path=acme\n"), UNREADABLE),
        "no length": (extended(b"path=acme\n"), UNREADABLE),
        "a NUL in its key": (extended(pax_field("path\0", f"{TOP}/y")), UNREADABLE),
        "one after the other": (
            gzip_of(
                pax_header(pax_field("path", f"{TOP}/y")),
                pax_header(pax_field("mtime", "0")),
                tar_member(f"{TOP}/x"),
                PKG_INFO,
            ),
            "a member has two extended headers of one kind",
        ),
        "no value": (extended(b"8 path\n\n"), UNREADABLE),
        "of no member": (
            gzip_of(PKG_INFO, pax_header(pax_field("path", "x"))),
            "the extended header of no member",
        ),
        "cut off": (gzip_of(tar_header("x", 600, kind=b"x"), bytes(512)), IN_A_MEMBER),
        "endless": (
            gzip_of(tar_header("x", 2**30, kind=b"x"), bytes(1024)),
            "its extended headers have more than 16777216 bytes",
        ),
        "too many fields": (
            extended(b"5 a=\n" * 500_000),
            "its extended headers have more than 16777216 bytes or many fields",
        ),
        "too many": (
            gzip_of(tar_header("x", kind=b"g") * (1 + 16 * MEBIBYTE // 512), PKG_INFO),
            "its extended headers have more than 16777216 bytes",
        ),
    },
    "PKG-INFO": {
        "too long": (
            gzip_of(tar_header(f"{TOP}/PKG-INFO", LARGEST_METADATA + 1), bytes(LARGEST_METADATA + 512)),
            f"its core metadata are longer than {LARGEST_METADATA} bytes",
        ),
    },
}
CASES = {f"{group}: {name}": case for group, cases in REFUSED.items() for name, case in cases.items()}


@pytest.mark.parametrize(("archive", "sentence"), CASES.values(), ids=CASES)
def test_what_readers_could_disagree_on_is_refused(archive: bytes, sentence: str) -> None:
    """With a sentence of its own."""
    with pytest.raises(UnreadableArchiveError) as refused:
        read(archive)
    assert sentence in refused.value.problem


@pytest.mark.parametrize(
    ("archive", "found"),
    [
        (gzip_of(b""), 0),
        (gzip_of(bytes(10240)), 0),
        (make_tar({}), 0),
        (make_tar({"PKG-INFO": METADATA}), 0),
        (make_tar({f"{TOP}/deep/PKG-INFO": METADATA}), 0),
        (make_tar({f"{TOP}/pkg-info": METADATA}), 0),
        (gzip_of(PKG_INFO, OTHER_PKG_INFO), 2),
    ],
)
def test_there_must_be_one_pkg_info(archive: bytes, found: int) -> None:
    """In the top folder, where installers look."""
    with pytest.raises(MissingMetadataError) as refused:
        read(archive)
    assert refused.value.found == found


def test_a_signature_by_chance_does_no_harm() -> None:
    """Four bytes that an end record begins with are near the end of one in 65,000 large sdists."""
    stored = gzip.compress(PKG_INFO + LARGE + tar_member(f"{TOP}/tail", b"PK\5\6" + b"x" * 18), 0)
    assert b"PK\5\6" in stored
    assert read(stored) == METADATA
