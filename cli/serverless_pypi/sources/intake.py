"""A file on its way in: counted and hashed block by block, then held against what its source said."""

import errno
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from serverless_pypi.sources.errors import DamagedError, NoSpaceError
from serverless_pypi.sources.offers import Fetched, Offered

__all__ = ["BLOCK", "Intake", "spool"]

#: Bytes, read at a time.
BLOCK = 1024 * 1024
#: Bytes. No file of whose size nothing is said goes on for ever.
_LARGEST = 50 * 1024**3
#: What pages name a file by; nobody has to trust the weak ones alone, but each that is said has to be right.
_ALGORITHMS = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5", "blake2b", "blake2s", "sha3_256")


class Intake:
    """What has come of a file so far."""

    def __init__(self, offered: Offered) -> None:
        self._offered = offered
        self._expected = {
            name: value.lower() for name, value in offered.hashes.items() if name in _ALGORITHMS
        }
        self.restart()

    def restart(self) -> None:
        """Forget what has come: it comes again."""
        self._size = 0
        names = {"sha256", *self._expected}
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in names}

    def add(self, block: bytes) -> None:
        """Raises `DamagedError` once more has come than there is to be: it might never end."""
        self._size += len(block)
        most = self._offered.size if self._offered.size is not None else _LARGEST
        if self._size > most:
            raise DamagedError(self._offered.filename, field="size", said=most, found=f"{self._size} or more")
        for digest in self._digests.values():
            digest.update(block)

    def finish(self, file: BinaryIO, *, upload_time: datetime | None) -> Fetched:
        """The file, of which no more comes. Raises `DamagedError`."""
        offered = self._offered
        if offered.size is not None and self._size != offered.size:
            raise DamagedError(offered.filename, field="size", said=offered.size, found=self._size)
        for name, said in self._expected.items():
            found = self._digests[name].hexdigest()
            if found != said:
                raise DamagedError(offered.filename, field=name, said=said, found=found)
        file.seek(0)
        return Fetched(
            file=file,
            size=self._size,
            sha256=self._digests["sha256"].hexdigest(),
            upload_time=offered.upload_time or upload_time,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Spooled:
    file: BinaryIO
    intake: Intake

    def add(self, block: bytes) -> None:
        self.intake.add(block)
        self.file.write(block)

    def restart(self) -> None:
        self.intake.restart()
        self.file.seek(0)
        self.file.truncate()


@contextmanager
def spool(offered: Offered) -> Iterator[_Spooled]:
    """A file without a name that keeps what comes, on disk and never in memory.

    Raises `NoSpaceError`, also of what is written within the block.
    """
    try:
        with tempfile.TemporaryFile() as file:
            yield _Spooled(file=file, intake=Intake(offered))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpaceError(tempfile.gettempdir()) from None
