"""Deflate streams, made without the time that it takes to compress them."""

import zlib
from collections.abc import Iterator
from functools import cache

__all__ = ["EMPTY_BLOCKS", "EMPTY_STORED", "deflated", "gzip_pieces", "zeros"]

_MEBIBYTE = 1024 * 1024

#: Four blocks of nothing, each with a table of 257 codes to be built: 50 ns a byte, the slowest we found.
EMPTY_BLOCKS = bytes.fromhex(
    f"04cf050010000800a0fe{'ff' * 20}07ff07c173010004000200a8{'ff' * 21}c1ff41f05c000001800000ea{'ff' * 20}"
    f"7ff07f103c17004000200080fa{'ff' * 20}1ffc1f"
)
#: A block of no bytes, not compressed.
EMPTY_STORED = b"\0\0\0\xff\xff"


def deflated(content: bytes) -> bytes:
    """*content* in blocks that others can follow, and that look back on none."""
    deflate = zlib.compressobj(9, wbits=-15)
    return deflate.compress(content) + deflate.flush(zlib.Z_FULL_FLUSH)


@cache
def zeros(size: int) -> bytes:
    """So many zeros, likewise; a multiple of 1 MiB."""
    return deflated(bytes(_MEBIBYTE)) * (size // _MEBIBYTE)


def gzip_pieces(content: bytes, *blocks: bytes, name: bytes = b"") -> Iterator[bytes]:
    """A gzip file of *content* and what *blocks* inflate to, called *name*; it has no end."""
    yield b"\x1f\x8b\x08" + bytes([8 * bool(name)]) + b"\0\0\0\0\0\xff"
    if name:
        yield name + b"\0"
    yield deflated(content)
    yield from blocks
