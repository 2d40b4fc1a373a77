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
#: Bytes, inflated. How far into an sdist its PKG-INFO may stand; some build tools write it last.
_LONGEST_SDIST = 150 * 1024 * 1024
#: Bytes, inflated. What may stand before each member: tarfile holds it in memory, many times over.
_LONGEST_TAR_HEADERS = 256 * 1024
_MOST_MEMBERS = 20_000

# What installers and the public index take. bzip2 and LZMA also fail in ways of their own.
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

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
    IndexError,
    OverflowError,
    RecursionError,
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
            if found[0].compress_type not in _COMPRESSIONS:
                raise UnreadableArchiveError(distribution.filename, f"its {wanted} is not deflated or stored")
            with archive.open(found[0]) as member:
                metadata = member.read(LARGEST_METADATA + 1)
    except (MissingMetadataError, UnreadableArchiveError):
        raise
    except _BROKEN_ZIP as error:
        if isinstance(error.__context__, OSError):  # zipfile takes a store that fails for a bad archive
            raise error.__context__ from None
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
            stream.allow(member.offset_data + member.size)
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
        self._position = 0
        self._limit = _LONGEST_TAR_HEADERS

    def allow(self, end: int) -> None:
        """Let tarfile read up to *end*, where a member ends, and the headers of the next one."""
        self._limit = max(self._limit, min(end + _LONGEST_TAR_HEADERS, _LONGEST_SDIST))

    def read(self, size: int) -> bytes:
        block = self._inflated.read(min(size, self._limit - self._position + 1))
        self._position += len(block)
        if self._position > self._limit:
            raise UnreadableArchiveError(
                self._distribution.filename,
                f"a member has headers of more than {_LONGEST_TAR_HEADERS} bytes, "
                f"or no PKG-INFO stands in its first {_LONGEST_SDIST} bytes, inflated",
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
