"""Each lie that a zip archive can tell, and the sentence it is refused with."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from simple_index.archives import LARGEST_METADATA, read_metadata
from simple_index.errors import (
    InvalidMetadataError,
    MetadataMismatchError,
    MissingMetadataError,
    UnreadableArchiveError,
)
from simple_index.filenames import parse_filename
from tests.distributions import core_metadata, make_wheel, make_zip
from tests.simple_index.zip_builder import (
    DESCRIPTOR,
    MAXIMUM,
    UTF8,
    Part,
    build,
    directory_entry,
    end_record,
    end_record64,
)

WHEEL = parse_filename("acme_core-1.0-py3-none-any.whl")
ZIP_SDIST = parse_filename("acme_core-1.0.zip")
FOLDER = "acme_core-1.0.dist-info"
CONTENT = core_metadata("acme-core", "1.0")
METADATA = Part(name=f"{FOLDER}/METADATA".encode(), content=CONTENT)
REST = (Part(name=f"{FOLDER}/WHEEL".encode()), Part(name=f"{FOLDER}/RECORD".encode()))
MEBIBYTE = 1024 * 1024
# So large that only the records that matter are read.
LARGE = Part(name=b"acme/data.bin", content=bytes(2 * MEBIBYTE), method=0)
# With a record that is said to be where no byte is.
FAR = Part(name=b"far.py", entry_start=2**31)


def wheel(*parts: Part) -> bytes:
    """A wheel that has all it needs, and *parts* before that."""
    return build(*parts, METADATA, *REST)


def wheel_with(**lies: object) -> bytes:
    """A wheel with one more member, of which *lies* are told."""
    return wheel(replace(Part(name=b"acme.py", content=b"VERSION = 1\n" * 9), **lies))  # type: ignore[arg-type]


def metadata_with(**lies: object) -> bytes:
    """A wheel with *lies* told of its METADATA."""
    return build(replace(METADATA, **lies), *REST)  # type: ignore[arg-type]


def read(archive: bytes) -> bytes:
    return read_metadata(io.BytesIO(archive), WHEEL)


def described(descriptor: bytes, **lies: object) -> bytes:
    """A wheel whose METADATA has *descriptor* behind it."""
    return metadata_with(flags=DESCRIPTOR, behind=descriptor, **lies)


def zip64(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def ended(end64: bytes, end: bytes) -> bytes:
    """A wheel whose end is *end64* and *end*."""
    return build(METADATA, *REST, end=end64 + end)


GOOD = wheel()
START = sum(len(part.record) for part in (METADATA, *REST))
LENGTH = len(GOOD) - 22 - START
ENTRIES = [
    directory_entry(METADATA, 0),
    directory_entry(REST[0], len(METADATA.record)),
    directory_entry(REST[1], len(METADATA.record + REST[0].record)),
]
NUMBERS = (zlib.crc32(CONTENT), len(METADATA.body), len(CONTENT))
DESCRIPTORS = {
    "plain": struct.pack("<3L", *NUMBERS),
    "signed": struct.pack("<4s3L", b"PK\7\x08", *NUMBERS),
    "plain ZIP64": struct.pack("<L2Q", *NUMBERS),
    "signed ZIP64": struct.pack("<4sL2Q", b"PK\7\x08", *NUMBERS),
}


class UnseekableFile(io.BytesIO):
    """As a pipe, to which a tool writes what it has forgotten when it learns the sizes."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def piped_wheel() -> bytes:
    file = UnseekableFile()
    with (
        zipfile.ZipFile(io.BytesIO(make_wheel("acme-core", "1.0"))) as original,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in original.namelist():
            archive.writestr(name, original.read(name))
    return file.getvalue()


def wheel_of_zipfile(*, force_zip64: bool) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(make_wheel("acme-core", "1.0"))) as original,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in original.namelist():
            with archive.open(name, "w", force_zip64=force_zip64) as member:
                member.write(original.read(name))
    return file.getvalue()


SOUND = {
    "the least": GOOD,
    "METADATA is stored": metadata_with(method=0),
    "through a pipe": piped_wheel(),
    "ZIP64 in advance": wheel_of_zipfile(force_zip64=True),
    "a deflated folder": wheel(Part(name=b"acme/", content=b"")),
    "folders": wheel(Part(name=b"acme/", method=0), Part(name=FOLDER.encode() + b"/", method=0)),
    "a name in UTF-8": wheel(Part(name="acme/données.txt".encode(), flags=UTF8)),
    "deflated with all its might": wheel_with(flags=2),
    "times and owner by Info-ZIP": wheel_with(
        extra=bytes.fromhex("5554090003 5e0bf361 5e0bf361 75780b000104 e8030000 04 e8030000"),
        entry_extra=bytes.fromhex("5554050003 5e0bf361 75780b000104 e8030000 04 e8030000"),
    ),
    "sizes written twice by Bazel": metadata_with(extra=zip64(len(CONTENT), len(METADATA.body))),
    "sizes in ZIP64 only": metadata_with(
        size=MAXIMUM,
        packed_size=MAXIMUM,
        extra=zip64(len(CONTENT), len(METADATA.body)),
        entry_extra=zip64(len(CONTENT), len(METADATA.body)),
    ),
    "entries in another order": GOOD[:START] + b"".join(reversed(ENTRIES)) + GOOD[-22:],
    "a large one": wheel(LARGE),
    "a large one, METADATA first": build(METADATA, LARGE, *REST),
    "other.dist-info below the top": wheel(Part(name=b"vendor/other-2.0.dist-info/METADATA")),
    **{
        f"a {kind} data descriptor": described(descriptor, crc=0, size=0, packed_size=0)
        for kind, descriptor in DESCRIPTORS.items()
    },
}


@pytest.mark.parametrize("archive", SOUND.values(), ids=SOUND)
def test_what_tools_write_is_read(archive: bytes) -> None:
    """Unusual as some of it is."""
    assert read(archive) == CONTENT


def with_extra(extra: bytes, **lies: object) -> bytes:
    """A wheel with *extra* in the central directory."""
    return wheel_with(entry_extra=extra, **lies)


OTHER_END = "it is no zip archive, is cut off, or has a comment or other bytes behind its end record"
SEVERAL_PARTS = "it is one part of a zip archive in several parts"
DISAGREE = "its end record and its ZIP64 end record disagree"
WRONG_LOCATOR = "its ZIP64 locator does not lead to a ZIP64 end record right before it"
NO_MEMBER = "are bytes that belong to no member"
OVERLAPS = "overlaps with what follows it"
CUT_FIELDS = "the extra fields of an entry are cut off"
WRONG_ZIP64 = "the ZIP64 field of an entry is not what its other fields announce"
OTHER_NUMBERS = "has another size or checksum"
BAD_PART = "a path with an empty, a '.' or a '..' part"


REFUSED = {
    "the end": {
        "nothing": (b"", OTHER_END),
        "two bytes": (b"PK", OTHER_END),
        "no archive": (b"no archive " * 1000, OTHER_END),
        "its last byte is missing": (GOOD[:-1], OTHER_END),
        "cut off": (GOOD[: len(GOOD) // 2], OTHER_END),
        "a byte behind": (build(METADATA, *REST, behind=b"\0"), OTHER_END),
        "another archive behind": (GOOD + GOOD, "its central directory does not end where"),
        "a comment": (ended(b"", end_record(3, LENGTH, START, comment=b"hello")), OTHER_END),
        "a comment that is not there": (
            ended(b"", end_record(3, LENGTH, START)[:-2] + b"\5\0"),
            "its end record announces a comment",
        ),
        "an end record in the comment": (
            ended(b"", end_record(3, LENGTH, START, comment=end_record(0, 0, 0))),
            "its central directory does not end where",
        ),
        "the second of two disks": (ended(b"", end_record(3, LENGTH, START, disks=(1, 0))), SEVERAL_PARTS),
        "begun on another disk": (ended(b"", end_record(3, LENGTH, START, disks=(0, 1))), SEVERAL_PARTS),
        "too few entries counted": (ended(b"", end_record(2, LENGTH, START)), "holds more than the entries"),
        "too many entries counted": (ended(b"", end_record(4, LENGTH, START)), "holds fewer entries"),
        "a length too short": (ended(b"", end_record(3, LENGTH - 1, START)), "does not end where its end"),
        "a start too early": (ended(b"", end_record(3, LENGTH, START - 1)), "does not end where its end"),
        "a longer directory, which starts earlier": (
            ended(b"", end_record(3, LENGTH + 1, START - 1)),
            "holds fewer entries than",
        ),
        "a script before": (build(METADATA, *REST, before=b"#!/bin/sh\n"), "bytes before its first record"),
        "its beginning is missing": (GOOD[10:], "does not end where its end record begins"),
        "bytes and no members": (build(before=b"PK\3\4"), "bytes before its first record"),
    },
    "ZIP64": {
        "without need": (
            ended(end_record64(3, LENGTH, START), end_record(3, LENGTH, START)),
            "it has a ZIP64 end record and needs none",
        ),
        "another start": (
            ended(end_record64(3, LENGTH, 2**31), end_record(3, LENGTH, START)),
            WRONG_LOCATOR,
        ),
        "a locator to elsewhere": (
            ended(end_record64(3, LENGTH, 2**31, position=0), end_record(3, LENGTH, START)),
            WRONG_LOCATOR,
        ),
        "a locator alone": (
            ended(end_record64(3, LENGTH, START)[-20:], end_record(3, LENGTH, START)),
            WRONG_LOCATOR,
        ),
        "other numbers": (
            ended(end_record64(2**32, 2**33, 2**34, position=START + LENGTH), end_record(3, LENGTH, START)),
            DISAGREE,
        ),
        "more than its fields": (
            ended(
                end_record64(3, LENGTH, 2**31, position=START + LENGTH, own_length=45),
                end_record(3, LENGTH, START),
            ),
            "its ZIP64 end record is longer or shorter than its fields",
        ),
        "of two disks": (
            ended(
                end_record64(3, LENGTH, 2**31, position=START + LENGTH, disks=2), end_record(3, LENGTH, START)
            ),
            SEVERAL_PARTS,
        ),
        "numbers of the other only": (ended(b"", end_record(3, MAXIMUM, MAXIMUM)), "central directory has"),
        "numbers beyond the file": (
            ended(end_record64(3, LENGTH, 2**40, position=START + LENGTH), end_record(3, LENGTH, MAXIMUM)),
            "does not end where its end record begins",
        ),
    },
    "entries": {
        "one with a comment": (wheel_with(entry_comment=b"x"), "an entry has a comment, or belongs"),
        "one on another disk": (wheel_with(entry_disk=1), "an entry has a comment, or belongs"),
        "one longer than all": (
            GOOD[: -22 - len(ENTRIES[2])] + ENTRIES[2][:28] + b"\xff\0" + ENTRIES[2][30:] + GOOD[-22:],
            "an entry is longer than its central directory",
        ),
        "of another time": (wheel_with(entry_version=64), "needs a newer version of the format than"),
        "encrypted": (wheel_with(flags=1), "is encrypted, or uses what no installer knows"),
        "strongly encrypted": (wheel_with(flags=0x41), "is encrypted, or uses what no installer knows"),
        "masked": (wheel_with(flags=0x2000), "is encrypted, or uses what no installer knows"),
        "a folder with content": (wheel_with(name=b"acme/"), "is called a folder, and has content"),
        "a folder that holds more than it says": (
            wheel_with(name=b"acme/", content=b"", packed=b"payload"),
            "is called a folder, and has content",
        ),
        "a patch": (wheel_with(flags=0x20), "is encrypted, or uses what no installer knows"),
        **{
            f"compression {method}": (wheel_with(method=method), "is neither deflated nor stored")
            for method in (1, 9, 12, 14, 93, 95, 99)
        },
        "stored in two sizes": (wheel_with(method=0, entry_size=7), "is stored, and has two sizes"),
        "twice": (wheel(METADATA), "it holds 'acme_core-1.0.dist-info/METADATA' twice"),
        "twice, once as a folder": (wheel(Part(name=b"a"), Part(name=b"a/")), "it holds 'a' twice"),
        "one record for two": (
            wheel(Part(name=b"a.py"), Part(name=b"b.py", entry_start=0)),
            OVERLAPS,
        ),
        "into the next": (wheel_with(entry_packed_size=90, entry_size=90), OVERLAPS),
        "from behind the directory": (build(METADATA, *REST, FAR), NO_MEMBER),
        "a gap": (wheel_with(behind=bytes(73)), NO_MEMBER),
        "a small gap": (wheel_with(behind=b"\0"), NO_MEMBER),
        "a record in no entry": (wheel_with(behind=Part(name=b"b.py").record), NO_MEMBER),
        "200 MiB in 200 KiB": (
            wheel_with(content=bytes(200 * MEBIBYTE)),
            "it unpacks to 209715",
        ),
    },
    "extra fields": {
        "a second name": (with_extra(b"\x75\x70\x05\0\1\0\0\0\0"), "has a second name in an extra field"),
        "cut off": (with_extra(b"\1\0\x08\0"), CUT_FIELDS),
        "cut off early": (with_extra(b"\1\0\0"), CUT_FIELDS),
        "ZIP64 twice": (with_extra(zip64(1) * 2, entry_size=MAXIMUM), "an entry has two ZIP64 fields"),
        "ZIP64 for nothing": (with_extra(zip64(108)), WRONG_ZIP64),
        "ZIP64 of nothing": (with_extra(zip64()), WRONG_ZIP64),
        "ZIP64 with other sizes": (with_extra(zip64(1, 2)), WRONG_ZIP64),
        "ZIP64 too long": (with_extra(zip64(1, 2), entry_size=MAXIMUM), WRONG_ZIP64),
        "ZIP64 too short": (with_extra(zip64(1), entry_size=MAXIMUM, entry_packed_size=MAXIMUM), WRONG_ZIP64),
        "ZIP64 announced": (with_extra(b"", entry_size=MAXIMUM), WRONG_ZIP64),
        "a start of 2**63": (
            build(METADATA, *REST, replace(FAR, entry_start=MAXIMUM, entry_extra=zip64(2**63))),
            NO_MEMBER,
        ),
        "a size of 2**63": (with_extra(zip64(2**63), entry_packed_size=MAXIMUM), OVERLAPS),
    },
    "names": {
        "another in the record": (
            wheel_with(entry_name=b"nope.py"),
            "the record of 'nope.py' has another name",
        ),
        "not UTF-8": (wheel_with(name=b"\xff.py", flags=UTF8), "a name that is not UTF-8, b'\\xff.py'"),
        "of an unsaid encoding": (wheel_with(name="é.py".encode()), "is not said to be UTF-8"),
        "a NUL": (wheel_with(name=b"a.py\0.txt"), "a name with a control character, 'a.py\\x00.txt'"),
        "a line break": (wheel_with(name=b"a\n.py"), "a name with a control character"),
        "a C1 control": (wheel_with(name="a\x9b.py".encode(), flags=UTF8), "a name with a control character"),
        "a backslash": (wheel_with(name=b"a\\b.py"), "a name with a backslash"),
        "absolute": (wheel_with(name=b"/etc/passwd"), "an absolute path, '/etc/passwd'"),
        "on a drive": (wheel_with(name=b"C:/a.py"), "an absolute path, 'C:/a.py'"),
        "outside": (wheel_with(name=b"../a.py"), BAD_PART),
        "outside, later": (wheel_with(name=b"a/../../a.py"), BAD_PART),
        "ending outside": (wheel_with(name=b"a/.."), BAD_PART),
        "a dot": (wheel_with(name=b"./a.py"), BAD_PART),
        "two slashes": (wheel_with(name=b"a//a.py"), BAD_PART),
        "none": (wheel_with(name=b""), BAD_PART),
        "too long": (wheel_with(name=b"a" * 4097), "it holds a name of 4097 bytes, and 4096 are the most"),
    },
    "records": {
        "another method": (
            wheel_with(method=0, entry_method=8),
            "says that it was packed in another way",
        ),
        "other flags": (wheel_with(entry_flags=2), "says that it was packed in another way"),
        "another size": (wheel_with(size=7), OTHER_NUMBERS),
        "another packed size": (wheel_with(packed_size=7), OTHER_NUMBERS),
        "another checksum": (wheel_with(crc=7), OTHER_NUMBERS),
        "no sizes": (wheel_with(size=0, packed_size=0, crc=0), OTHER_NUMBERS),
        "two sizes in ZIP64": (wheel_with(extra=zip64(1, 2)), WRONG_ZIP64),
        "extra fields into the content": (
            build(METADATA, *REST).replace(b"PK\3\4", b"PK\3\5", 1),
            "where 'acme_core-1.0.dist-info/METADATA' should begin is no record",
        ),
        "a descriptor that is missing": (described(b""), NO_MEMBER),
        "half a descriptor": (described(bytes(8)), NO_MEMBER),
        "a descriptor of another": (described(struct.pack("<3L", 1, 2, 3)), OTHER_NUMBERS),
        "a descriptor signed by another": (
            described(struct.pack("<4s3L", b"PK\3\4", *NUMBERS)),
            OTHER_NUMBERS,
        ),
        "of METADATA in a large wheel": (
            build(LARGE, replace(METADATA, name=METADATA.name[:-1] + b"B", entry_name=METADATA.name), *REST),
            "the record of 'acme_core-1.0.dist-info/METADATA' has another name",
        ),
        "the first in a large wheel": (
            build(replace(LARGE, entry_name=b"acme/data.bim"), METADATA, *REST),
            "the record of 'acme/data.bim' has another name",
        ),
    },
    "METADATA": {
        "wrong checksum": (metadata_with(crc=7, entry_crc=7), "is not what its size and checksum say"),
        "too short": (
            metadata_with(size=len(CONTENT) + 1, entry_size=len(CONTENT) + 1),
            "is not what its size and checksum say",
        ),
        "too long": (
            metadata_with(size=len(CONTENT) - 9, entry_size=len(CONTENT) - 9),
            "is longer or shorter than its size says",
        ),
        "not deflated": (metadata_with(packed=b"\xff" * 9), "cannot be inflated"),
        "bytes behind": (metadata_with(packed=METADATA.body + b"x"), "is longer or shorter than its size"),
        "cut off": (metadata_with(packed=METADATA.body[:-1]), "is longer or shorter than its size says"),
        "endless": (
            metadata_with(content=bytes(LARGEST_METADATA + 1)),
            f"its core metadata are longer than {LARGEST_METADATA} bytes",
        ),
        "endless, and denied": (
            metadata_with(content=bytes(60 * MEBIBYTE), size=100, entry_size=100),
            "is longer or shorter than its size says",
        ),
        "endless as it is packed": (
            metadata_with(content=bytes(9), packed=bytes(11 * MEBIBYTE)),
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


FEW = Part(name=b"acme.py")
UNLIKE_WHEELS = {
    "nothing": (build(), MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0)),
    "no METADATA": (build(FEW, *REST), MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0)),
    "METADATA at the top": (
        make_zip({"METADATA": CONTENT}),
        MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0),
    ),
    "METADATA further down": (
        make_zip({f"deep/{FOLDER}/METADATA": CONTENT}),
        MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0),
    ),
    "metadata": (
        make_zip({f"{FOLDER}/metadata": CONTENT}),
        MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0),
    ),
    "METADATA is a folder": (
        build(replace(METADATA, name=METADATA.name + b"/", content=b""), *REST),
        MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 0),
    ),
    "two METADATA": (
        wheel(Part(name=b"other-1.0.dist-info/METADATA")),
        MissingMetadataError(WHEEL.filename, ".dist-info/METADATA", 2),
    ),
    "two folders": (
        wheel(Part(name=b"other-1.0.dist-info/LICENSE")),
        UnreadableArchiveError(WHEEL.filename, "it has several .dist-info folders"),
    ),
    "no WHEEL": (build(METADATA, REST[1]), MissingMetadataError(WHEEL.filename, ".dist-info/WHEEL", 0)),
    "no RECORD": (build(METADATA, REST[0]), MissingMetadataError(WHEEL.filename, ".dist-info/RECORD", 0)),
    "not UTF-8": (
        make_wheel("acme-core", "1.0", metadata=b"Name: \xff"),
        InvalidMetadataError(WHEEL.filename, "it is not UTF-8 (invalid start byte)"),
    ),
    **{
        folder: (
            make_zip({f"{folder}/{name}": b"" for name in ("METADATA", "WHEEL", "RECORD")}),
            MetadataMismatchError(
                WHEEL.filename,
                field="that its folder is",
                in_name="acme_core-1.0.dist-info",
                in_metadata=folder,
            ),
        )
        for folder in (
            "other-1.0.dist-info",
            "acme_core-1.1.dist-info",
            "acme_core.dist-info",
            "acme_core-x.dist-info",
            "-1.0.dist-info",
        )
    },
}


@pytest.mark.parametrize(("archive", "error"), UNLIKE_WHEELS.values(), ids=UNLIKE_WHEELS)
def test_what_is_no_wheel_is_refused(archive: bytes, error: Exception) -> None:
    """Sound as it is as a zip archive."""
    with pytest.raises(type(error)) as refused:
        read(archive)
    assert str(refused.value) == str(error)


@pytest.mark.parametrize("folder", ["Acme.Core-1.0", "acme-core-1.0.0", "acme_core-01.0", "ACME__CORE-v1"])
def test_the_folder_may_be_spelled_in_another_way(folder: str) -> None:
    """As older tools did; normalized, it is the same project and version."""
    members = {f"{folder}.dist-info/{name}": CONTENT for name in ("METADATA", "WHEEL", "RECORD")}
    assert read(make_zip(members)) == CONTENT


UNLIKE_SDISTS = {
    "none": ({"acme_core-1.0/setup.py": b""}, "PKG-INFO in its top folder and holds 0"),
    "too deep": ({"acme_core-1.0/deep/PKG-INFO": CONTENT}, "PKG-INFO in its top folder and holds 0"),
    "two": (
        {"acme_core-1.0/PKG-INFO": CONTENT, "other-1.0/PKG-INFO": CONTENT},
        "PKG-INFO in its top folder and holds 2",
    ),
    "two folders": (
        {"acme_core-1.0/PKG-INFO": CONTENT, "other-1.0/x": b""},
        "it holds 'other-1.0/x' beside the folder of 'acme_core-1.0/PKG-INFO'",
    ),
    "a file beside": (
        {"acme_core-1.0/PKG-INFO": CONTENT, "x": b""},
        "it holds 'x' beside the folder of 'acme_core-1.0/PKG-INFO'",
    ),
}


@pytest.mark.parametrize(("members", "sentence"), UNLIKE_SDISTS.values(), ids=UNLIKE_SDISTS)
def test_what_is_no_zip_sdist_is_refused(members: dict[str, bytes], sentence: str) -> None:
    """One folder, and PKG-INFO in it."""
    with pytest.raises((UnreadableArchiveError, MissingMetadataError), match=sentence):
        read_metadata(io.BytesIO(make_zip(members)), ZIP_SDIST)


@pytest.mark.parametrize("plain_count", [0xFFFF, 3])
def test_zip64_is_read_where_it_is_needed(plain_count: int) -> None:
    """65,538 entries; an end record that says 3 is another archive to whoever looks no further."""
    many = (Part(name=b"%d" % number, method=0) for number in range(0xFFFF))
    parts = (*many, METADATA, *REST)
    archive = build(*parts, end=b"")
    start = sum(len(part.record) for part in parts)
    length = len(archive) - start
    archive += end_record64(len(parts), length, start)
    archive += end_record(plain_count, length, start)
    if plain_count == 0xFFFF:
        assert read(archive) == CONTENT
    else:
        with pytest.raises(UnreadableArchiveError, match=DISAGREE):
            read(archive)
