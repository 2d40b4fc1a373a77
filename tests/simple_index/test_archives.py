import io
import random
from contextlib import suppress

import pytest

from simple_index.archives import LARGEST_METADATA, read_metadata
from simple_index.errors import MissingMetadataError, RefusedError, UnreadableArchiveError
from simple_index.filenames import Distribution, parse_filename
from tests.distributions import core_metadata, make_sdist, make_tar, make_wheel, make_zip

WHEEL = parse_filename("acme_core-1.0-py3-none-any.whl")
SDIST = parse_filename("acme_core-1.0.tar.gz")
ZIP_SDIST = parse_filename("acme_core-1.0.zip")
METADATA = core_metadata("acme-core", "1.0")
IN_SDIST = "acme_core-1.0/PKG-INFO"
MEBIBYTE = 1024 * 1024


def read(archive: bytes, distribution: Distribution) -> bytes:
    return read_metadata(io.BytesIO(archive), distribution)


@pytest.mark.parametrize(
    ("archive", "distribution", "metadata"),
    [
        (make_wheel("acme-core", "1.0"), WHEEL, METADATA),
        (make_wheel("acme-core", "1.0", metadata=b"\xc3\xa9\r\n\0"), WHEEL, b"\xc3\xa9\r\n\0"),
        (make_wheel("acme-core", "1.0", metadata=b""), WHEEL, b""),
        (make_wheel("acme-core", "1.0", extra={"other/x.dist-info/METADATA": b"no"}), WHEEL, METADATA),
        (make_sdist("acme-core", "1.0"), SDIST, METADATA),
        (make_tar({"acme_core-1.0/deep/PKG-INFO": b"no", IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"acme_core-1.0/x": bytes(MEBIBYTE), IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"acme_core-1.0/" + "x" * 300: b"", IN_SDIST: METADATA}), SDIST, METADATA),
        (make_tar({"y" * 200 + "/PKG-INFO": METADATA}), SDIST, METADATA),
        (make_tar({IN_SDIST: b"\xff\r\n\0"}), SDIST, b"\xff\r\n\0"),
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
    assert read(make_zip({IN_SDIST: longest}), ZIP_SDIST) == longest


@pytest.mark.parametrize(
    ("archive", "distribution"),
    [
        (make_sdist("acme-core", "1.0"), WHEEL),
        (make_wheel("acme-core", "1.0"), SDIST),
        (make_sdist("acme-core", "1.0"), ZIP_SDIST),
        (make_zip({IN_SDIST: METADATA}), SDIST),
    ],
)
def test_what_its_name_does_not_say_is_refused(archive: bytes, distribution: Distribution) -> None:
    """By kind, whatever else is in it."""
    with pytest.raises(UnreadableArchiveError):
        read(archive, distribution)


def test_a_zip_sdist_is_no_wheel() -> None:
    """Nor the other way round, though both are zip archives."""
    with pytest.raises(MissingMetadataError):
        read(make_zip({IN_SDIST: METADATA}), WHEEL)
    with pytest.raises(MissingMetadataError):
        read(make_wheel("acme-core", "1.0"), ZIP_SDIST)


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


# So large that they are read in pieces.
LARGE = {"acme_core-1.0/data": random.Random(0).randbytes(2 * MEBIBYTE)}  # noqa: S311
READ = {
    "wheel": (make_wheel("acme-core", "1.0"), WHEEL),
    "large wheel": (make_wheel("acme-core", "1.0", extra=LARGE), WHEEL),
    "sdist": (make_sdist("acme-core", "1.0"), SDIST),
    "large sdist": (make_tar({**LARGE, IN_SDIST: METADATA}), SDIST),
    "zip sdist": (make_zip({IN_SDIST: METADATA}), ZIP_SDIST),
}


class CountingFile(io.BytesIO):
    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("slow"), StoreError("lost")])
@pytest.mark.parametrize(("archive", "distribution"), READ.values(), ids=READ)
def test_a_store_that_fails_is_no_fault_of_the_file(
    archive: bytes, distribution: Distribution, error: Exception
) -> None:
    """At no read may it become a refusal, for that would move a good file to rejected/."""
    counting = CountingFile(archive)
    assert read_metadata(counting, distribution) == METADATA
    assert counting.reads > 0
    for reads in range(counting.reads):
        with pytest.raises(type(error)) as raised:
            read_metadata(FailingFile(archive, error, reads=reads), distribution)
        assert raised.value is error
        assert not isinstance(raised.value, RefusedError)


class ShortFile(io.BytesIO):
    """A file whose store breaks off in the middle of one of its reads, and says nothing."""

    def __init__(self, content: bytes, *, reads: int) -> None:
        super().__init__(content)
        self._reads = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads -= 1
        content = super().read(size)
        return content[: len(content) // 2] if self._reads == -1 else content


@pytest.mark.parametrize(("archive", "distribution"), READ.values(), ids=READ)
def test_a_store_that_breaks_off_is_no_fault_of_the_file(archive: bytes, distribution: Distribution) -> None:
    """Its size is known, so fewer bytes are a failure of the store."""
    counting = CountingFile(archive)
    read_metadata(counting, distribution)
    for reads in range(counting.reads):
        with suppress(OSError):
            assert read_metadata(ShortFile(archive, reads=reads), distribution) == METADATA
