import time

import pytest

from simple_index.errors import InvalidMetadataError, MetadataMismatchError
from simple_index.filenames import parse_filename
from simple_index.metadata import CoreMetadata, parse_metadata

WHEEL = parse_filename("acme_core-1.0-py3-none-any.whl")
HEAD = b"Metadata-Version: 2.1\nName: acme-core\nVersion: 1.0\n"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD,
        HEAD + b"\nName: another\nVersion: 2.0\n",
        HEAD.replace(b"\n", b"\r\n"),
        b"Version: 1.0\nNAME: acme-core\n",
        # Versions and fields of other times, and of none.
        HEAD.replace(b"2.1", b"1.0"),
        HEAD.replace(b"2.1", b"2.6"),
        HEAD.replace(b"2.1", b"99.0"),
        HEAD.replace(b"2.1", b"soon"),
        HEAD.replace(b"Metadata-Version: 2.1\n", b""),
        HEAD + b"Import-Name: acme\nNext-Year: yes\nNext-Year: no\n",
        HEAD + b"Dynamic: Version\nRequires-Dist: \nClassifier: Nonsense\n",
        HEAD + b"Author: J\xc3\xb6rg\n\nJ\xc3\xb6rg\n",
        HEAD + b"Author: \xff\xfe\n\n\xff\xfe\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x--\n",
    ],
)
def test_only_name_and_version_are_needed(raw: bytes) -> None:
    """A metadata version, a field or a text that we do not know is never a reason to refuse a file."""
    assert parse_metadata(raw, WHEEL) == CoreMetadata(name="acme-core", version="1.0", requires_python=None)


@pytest.mark.parametrize(
    ("name", "version"),
    [("acme-core", "1.0"), ("Acme.Core", "1.0"), ("acme_core", "v1.0"), ("ACME--CORE", "01.0")],
)
def test_spellings_of_one_name_and_version_agree(name: str, version: str) -> None:
    """The metadata are kept as they are written."""
    metadata = parse_metadata(f"Name: {name}\nVersion: {version}\n".encode(), WHEEL)
    assert (metadata.name, metadata.version) == (name, version)


@pytest.mark.parametrize(
    ("name", "version", "field"),
    [
        ("acme", "1.0", "name"),
        ("acme-core-", "1.0", "name"),
        ("acme core", "1.0", "name"),
        ("acme-core", "1.0.0", "version"),
        ("acme-core", "1.0+local", "version"),
        ("acme-core", "1!1.0", "version"),
    ],
)
def test_metadata_and_filename_must_agree(name: str, version: str, field: str) -> None:
    """An installer believes one and installs the other."""
    with pytest.raises(MetadataMismatchError) as refused:
        parse_metadata(f"Name: {name}\nVersion: {version}\n".encode(), WHEEL)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\0\0\0\0",
        b"\xef\xbb\xbfName: acme-core\nVersion: 1.0\n",
        b"Name: acme-core\n",
        b"Version: 1.0\n",
        b"Name:\nVersion: 1.0\n",
        b"\nName: acme-core\nVersion: 1.0\n",
        HEAD + b"Name: acme-core\n",
        HEAD + b"version: 1.0\n",
        b"Name: acme-core\nVersion: one\n",
        b"Name: acme-core\nVersion: \xd9\xa1.0\n",
        b"Name: \xd0\xb0cme-core\nVersion: 1.0\n",
        b"Name: acme-core\nVersion: " + b"1" * 5000 + b"\n",
        b"Name: " + b"a" * 5000 + b"\nVersion: 1.0\n",
    ],
)
def test_without_one_name_and_one_version_nothing_can_be_said(raw: bytes) -> None:
    """Twice is as bad as never, and no refusal repeats a name of a megabyte."""
    with pytest.raises(InvalidMetadataError) as refused:
        parse_metadata(raw, WHEEL)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    ("written", "usable"),
    [
        (">=3.9", ">=3.9"),
        (">=3.9, <4", ">=3.9, <4"),
        (">=2.7,!=3.0.*,!=3.1.*", ">=2.7,!=3.0.*,!=3.1.*"),
        ("~=3.11", "~=3.11"),
        ("3.9", None),
        (">3.5.*", None),
        ("python>=3", None),
        ("<b>", None),
        ('>=3" onload="x', None),
        (">=3.9\n <4", None),
        (">=\u0663", None),
        (">=3.9,\x07<4", None),
        (">=3" + ".0" * 100, None),
        (">=3.9\nRequires-Python: >=3.10", None),
    ],
)
def test_requires_python_is_usable_or_left_out(written: str, usable: str | None) -> None:
    """A bad one must not hide the file, nor reach a page."""
    raw = HEAD + f"Requires-Python: {written}\n".encode()
    assert parse_metadata(raw, WHEEL).requires_python == usable


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_a_blank_line_ends_the_fields(line_break: bytes) -> None:
    """However lines are broken; what is described behind it may be as long as it likes."""
    head = HEAD.replace(b"\n", line_break)
    description = b"Version: 2.0" + line_break * 200_000
    assert parse_metadata(head + line_break + description, WHEEL).version == "1.0"


def test_a_long_description_of_the_old_kind_is_read() -> None:
    """A field of its own, folded over its lines; the largest of the public index have some thousands."""
    raw = HEAD + b"Description: x\n" + b"        more\n" * 90_000 + b"Requires-Python: >=3\n"
    assert parse_metadata(raw, WHEEL).requires_python == ">=3"


@pytest.mark.parametrize("line", [b"X:\n", b"X:\r", b"X:\r\n", b" x\n", b"no field\n"])
def test_too_many_lines_are_refused(line: bytes) -> None:
    """The parser takes hundreds of bytes for one of two."""
    with pytest.raises(InvalidMetadataError, match="more than 100000 lines"):
        parse_metadata(HEAD + line * 100_000, WHEEL)


def test_the_time_grows_with_the_length_alone() -> None:
    """20,000 fields of different names: packaging's parse_email takes ten seconds."""
    raw = HEAD + b"".join(b"X-%d: y\n" % number for number in range(20_000))
    started = time.process_time()
    parse_metadata(raw, WHEEL)
    assert time.process_time() - started < 2
