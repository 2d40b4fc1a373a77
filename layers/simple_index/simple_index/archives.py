"""The core metadata inside a wheel or an sdist, read from a file object within fixed bounds.

Nothing is extracted, and no size that an archive announces is believed: a stranger wrote it.
"""

import gzip
import re
import struct
import tarfile
import zipfile
import zlib
from typing import BinaryIO, Protocol

from simple_index.errors import MissingMetadataError, UnreadableArchiveError
from simple_index.filenames import Distribution

__all__ = ["LARGEST_METADATA", "ReadableFile", "read_metadata"]

#: Bytes. The longest core metadata that we read; the public index has seen none above 2 MiB.
LARGEST_METADATA = 10 * 1024 * 1024
#: Bytes, inflated. How far into an sdist its PKG-INFO may stand; build tools write it near the front.
_LONGEST_SDIST = 150 * 1024 * 1024
_MOST_MEMBERS = 20_000

_WHEEL_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_SDIST_METADATA = re.compile(r"[^/]+/PKG-INFO")

# What the standard library raises on archives that were not written in good faith. OSError is not
# among them: it would be the store failing, which is no fault of the file.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_BROKEN_TAR = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    ValueError,
)


class ReadableFile(Protocol):
    """A binary file that can be read from any place."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...
    def seekable(self) -> bool: ...


def read_metadata(file: ReadableFile, distribution: Distribution) -> bytes:
    """METADATA of a wheel or PKG-INFO of an sdist, byte for byte.

    Raises `UnreadableArchiveError` and `MissingMetadataError`, and lets through what *file* raises.
    """
    if distribution.kind == "wheel":
        return _read_zip_member(file, distribution, _WHEEL_METADATA, ".dist-info/METADATA")
    if distribution.filename.endswith(".zip"):
        return _read_zip_member(file, distribution, _SDIST_METADATA, "PKG-INFO in its top folder")
    return _read_tar_member(file, distribution)


def _read_zip_member(
    file: ReadableFile, distribution: Distribution, pattern: re.Pattern[str], wanted: str
) -> bytes:
    try:
        with zipfile.ZipFile(_as_binary(file)) as archive:
            found = [member for member in archive.infolist() if pattern.fullmatch(member.filename)]
            if len(found) != 1:
                raise MissingMetadataError(distribution.filename, wanted, len(found))
            with archive.open(found[0]) as member:
                metadata = member.read(LARGEST_METADATA + 1)
    except (MissingMetadataError, UnreadableArchiveError):
        raise
    except _BROKEN_ZIP as error:
        raise UnreadableArchiveError(distribution.filename, f"it is no sound zip archive ({error})") from None
    return _within_limit(metadata, distribution)


def _read_tar_member(file: ReadableFile, distribution: Distribution) -> bytes:
    try:
        with gzip.GzipFile(fileobj=_as_binary(file)) as inflated:
            return _find_pkg_info(_BoundedStream(inflated, distribution), distribution)
    except (MissingMetadataError, UnreadableArchiveError):
        raise
    except _BROKEN_TAR as error:
        raise UnreadableArchiveError(
            distribution.filename, f"it is no sound .tar.gz archive ({error})"
        ) from None


def _find_pkg_info(stream: "_BoundedStream", distribution: Distribution) -> bytes:
    with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]  # read() is all it calls
        for count, member in enumerate(archive):
            # Before the next member is asked for: tarfile in stream mode would read up to the size that
            # this one announces, for ever if that is 2**62 and the stream has ended.
            if member.size > _LONGEST_SDIST or member.issparse() or count >= _MOST_MEMBERS:
                raise UnreadableArchiveError(
                    distribution.filename, "it has a sparse or oversized member, or too many members"
                )
            if member.isreg() and _SDIST_METADATA.fullmatch(member.name):
                content = archive.extractfile(member)
                assert content is not None  # noqa: S101  # it is a regular file
                return _within_limit(content.read(LARGEST_METADATA + 1), distribution)
    raise MissingMetadataError(distribution.filename, "PKG-INFO in its top folder", 0)


class _BoundedStream:
    """What tarfile reads from: inflated bytes, up to a limit whatever the archive announces."""

    def __init__(self, inflated: gzip.GzipFile, distribution: Distribution) -> None:
        self._inflated = inflated
        self._distribution = distribution
        self._left = _LONGEST_SDIST

    def read(self, size: int) -> bytes:
        block = self._inflated.read(min(size, self._left + 1))
        self._left -= len(block)
        if self._left < 0:
            raise UnreadableArchiveError(
                self._distribution.filename,
                f"no PKG-INFO stands in its first {_LONGEST_SDIST} bytes, inflated",
            )
        return block


def _within_limit(metadata: bytes, distribution: Distribution) -> bytes:
    if len(metadata) > LARGEST_METADATA:
        raise UnreadableArchiveError(
            distribution.filename, f"its core metadata is longer than {LARGEST_METADATA} bytes"
        )
    return metadata


def _as_binary(file: ReadableFile) -> BinaryIO:
    """The same file. zipfile and gzip declare all of BinaryIO and call no more than ReadableFile has."""
    return file  # type: ignore[return-value]
