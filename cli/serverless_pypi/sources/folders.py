"""A folder of distributions, as pypiserver and pypiprivate keep them."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from serverless_pypi.printable import printable
from serverless_pypi.sources.errors import NoSourceError, UnavailableError
from serverless_pypi.sources.intake import BLOCK, Intake
from serverless_pypi.sources.offers import Check, Fetched, Offered, Stray
from serverless_pypi.sources.trees import Leaf

__all__ = ["Folder"]


class Folder:
    """A `Tree` on this machine. What begins with a dot is left alone, and no link to a folder is followed."""

    local = True

    def __init__(self, path: Path, *, check: Check) -> None:
        if not path.is_dir():
            raise NoSourceError(
                f"{str(path)!r} is a file: name the folder that it is in, or have it published by "
                "`serverless-pypi publish`."
                if path.exists()
                else f"There is no folder {str(path)!r}: name one, an s3://BUCKET/PREFIX or an index's URL."
            )
        self.name = printable(str(path))
        self._root = path
        self._check = check

    def walk(self) -> Iterator[Leaf | Stray]:
        for folder, below, names in os.walk(self._root, onerror=_cannot_be_listed):
            self._check()
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in below:
                if os.path.islink(os.path.join(folder, name)):
                    yield Stray(name=self._relative(folder, name), reason="a link to a folder")
            for name in sorted(names):
                if not name.startswith("."):
                    yield self._leaf(folder, name)

    def read(self, path: str, most: int) -> bytes:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise _cannot_be_read(path, error) from None

    @contextmanager
    def fetch(self, offered: Offered) -> Iterator[Fetched]:
        intake = Intake(offered)
        try:
            file = (self._root / offered.where).open("rb")
        except OSError as error:
            raise _cannot_be_read(offered.where, error) from None
        with file:
            try:
                while block := file.read(BLOCK):
                    self._check()
                    intake.add(block)
            except OSError as error:
                raise _cannot_be_read(offered.where, error) from None
            yield intake.finish(file, upload_time=None)

    def close(self) -> None:
        """It holds nothing."""

    def _leaf(self, folder: str, name: str) -> Leaf | Stray:
        path = self._relative(folder, name)
        try:
            found = os.stat(os.path.join(folder, name))
        except OSError:
            return Stray(name=path, reason="a link to nowhere")
        if not stat.S_ISREG(found.st_mode):  # to open a pipe would wait for a writer
            return Stray(name=path, reason="no regular file")
        return Leaf(path=path, size=found.st_size, upload_time=_time(found.st_mtime))

    def _relative(self, folder: str, name: str) -> str:
        return Path(folder, name).relative_to(self._root).as_posix()


def _time(mtime: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(mtime, UTC)
    except (ValueError, OverflowError, OSError):  # some file systems hold anything
        return None


def _cannot_be_listed(error: OSError) -> None:
    raise NoSourceError(f"{error.filename!r} cannot be listed: {error.strerror}.")


def _cannot_be_read(path: str, error: OSError) -> UnavailableError:
    return UnavailableError(f"{path!r} cannot be read: {error.strerror}.")
