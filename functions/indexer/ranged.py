"""An object in the bucket as a file that can be read from any place, for a few kilobytes."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["FIRST_BLOCK", "RangedObject"]

#: Bytes. One block holds the central directory and METADATA of nearly every wheel.
FIRST_BLOCK = 64 * 1024
_LARGEST_BLOCK = 8 * 1024 * 1024
#: Bytes. No distribution needs more to be read; a hostile one ends here.
_BUDGET = 160 * 1024 * 1024


@dataclass(kw_only=True, slots=True)
class _Block:
    start: int
    content: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.content)


@dataclass(kw_only=True, slots=True)
class RangedObject:
    """One version of an object, read in ranges.

    *fetch* takes the first and the last position wanted and returns those bytes of this very version;
    it raises if the object has changed. A jump fetches what is asked for, and nothing that the first block
    has. Reading on from the last block doubles the block, so that a long scan takes few requests.
    """

    key: str
    size: int
    etag: str
    last_modified: datetime
    fetch: Callable[[int, int], bytes]
    first: tuple[int, bytes]
    _position: int = 0
    _left: int = _BUDGET
    _step: int = FIRST_BLOCK
    _kept: _Block = field(init=False)
    _latest: _Block = field(init=False)

    def __post_init__(self) -> None:
        start, content = self.first
        self._kept = self._latest = _Block(start=start, content=content)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Up to *size* bytes from the position on; all of the rest if *size* is negative."""
        end = self.size if size < 0 else min(self._position + size, self.size)
        parts = []
        while self._position < end:
            block = self._block_at(self._position, end)
            part = block.content[self._position - block.start : end - block.start]
            parts.append(part)
            self._position += len(part)
        return b"".join(parts)

    def _block_at(self, position: int, end: int) -> _Block:
        for block in (self._latest, self._kept):
            if block.start <= position < block.end:
                return block
        if position == self._latest.end:
            self._step = min(self._step * 2, _LARGEST_BLOCK)
            end = min(max(end, position + self._step), self.size)
        else:
            self._step = FIRST_BLOCK
        if position < self._kept.start:
            end = min(end, self._kept.start)
        self._latest = self._fetch_block(position, end)
        return self._latest

    def _fetch_block(self, start: int, end: int) -> _Block:
        self._left -= end - start
        if self._left < 0:
            raise ValueError(f"more than {_BUDGET} bytes would have to be read")
        content = self.fetch(start, end - 1)
        # Not the file's fault, so no refusal; and nothing to read on from.
        if len(content) != end - start:
            raise OSError(f"{len(content)} bytes came of {end - start} at {start} of {self.key!r}")
        return _Block(start=start, content=content)
