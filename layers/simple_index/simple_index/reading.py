"""A file of which only pieces are read, because it is large and far away."""

import io
from typing import Protocol

__all__ = ["WHOLE", "ReadableFile", "read_at", "size_of"]

#: Bytes. Archives up to here are read whole, and nothing in them is left unchecked: it takes one request.
WHOLE = 1024 * 1024


class ReadableFile(Protocol):
    """A binary file that can be read from any place."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...
    def seekable(self) -> bool: ...


def size_of(file: ReadableFile) -> int:
    return file.seek(0, io.SEEK_END)


def read_at(file: ReadableFile, position: int, size: int) -> bytes:
    """*size* bytes from *position* on, all of which lie in the file.

    Raises `OSError` if they do not come: the store then broke off, which is no fault of the file.
    """
    file.seek(position)
    content = file.read(size)
    if len(content) != size:
        raise OSError(f"{len(content)} bytes came of {size} at {position}")
    return content
