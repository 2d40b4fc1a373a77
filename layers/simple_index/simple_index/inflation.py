"""What a gzip file holds, byte after byte, within fixed bounds of time and memory.

Specification: RFC 1952. Not Python's gzip, which reads a file name of megabytes in as many steps, and
follows a million empty streams; zlib reads both in one.
"""

import zlib

from simple_index.reading import ReadableFile, read_at, size_of
from simple_index.soundness import UnsoundError

__all__ = ["LONGEST_OUTPUT", "Inflated"]

_MEBIBYTE = 1024 * 1024
#: Bytes, as they stand in the file. The slowest stream that we could make takes 50 ns for each, or 3.5 s:
#: empty blocks, each with a table. Of all but the largest sdists this is more than the whole.
_LONGEST_INPUT = 64 * _MEBIBYTE
#: Bytes, inflated. The most compressible takes 2 ns for each, or 2 s.
LONGEST_OUTPUT = 1024 * _MEBIBYTE
_INPUT_BLOCK = 64 * 1024
_OUTPUT_BLOCK = 256 * 1024


class Inflated:
    """The content of a gzip file, read once and forwards. Raises `UnsoundError`."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file
        self._left = size_of(file)
        self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._input = b""
        self._output = memoryview(b"")
        self._inflated = 0
        self._taken = 0

    @property
    def position(self) -> int:
        """Bytes that were read or skipped so far."""
        return self._inflated - len(self._output)

    def read(self, size: int) -> bytes:
        """The next *size* bytes, fewer only where they end."""
        parts = []
        while size and (part := self._take(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over *size* bytes, all of which have to be there."""
        while size:
            part = self._take(size)
            if not part:
                raise UnsoundError("it ends in the middle of a member")
            size -= len(part)

    def _take(self, most: int) -> memoryview:
        if not self._output:
            self._output = memoryview(self._inflate())
            self._inflated += len(self._output)
            if self._inflated > LONGEST_OUTPUT:
                raise UnsoundError(f"more than {LONGEST_OUTPUT} bytes of it would have to be inflated")
        part, self._output = self._output[:most], self._output[most:]
        return part

    def _inflate(self) -> bytes:
        """The next block; an empty one is the end."""
        while not self._inflater.eof:
            try:
                output = self._inflater.decompress(self._input, _OUTPUT_BLOCK)
            except zlib.error as error:
                raise UnsoundError(f"it is no sound gzip file ({error})") from None
            self._input = self._inflater.unconsumed_tail
            if output:
                return output
            if not self._input and not self._inflater.eof:
                self._fill()
        self._check_end()
        return b""

    def _fill(self) -> None:
        if not self._left:
            raise UnsoundError("it is cut off")
        if self._taken >= _LONGEST_INPUT:
            raise UnsoundError(f"more than {_LONGEST_INPUT} bytes of it would have to be read")
        self._input = read_at(self._file, self._taken, min(_INPUT_BLOCK, self._left))
        self._taken += len(self._input)
        self._left -= len(self._input)

    def _check_end(self) -> None:
        # pip would read a second stream on, and uv would not.
        if self._inflater.unused_data or self._left:
            raise UnsoundError("it goes on behind its gzip stream")
