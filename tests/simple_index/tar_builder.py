"""Tar archives byte by byte, with whatever lies a test wants told."""

import gzip
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["gzip_of", "pax_field", "pax_header", "tar_header", "tar_member"]

_BLOCK = 512


def tar_header(
    name: str | bytes,
    size: int = 0,
    *,
    kind: bytes = b"0",
    target: str | bytes = b"",
    sparse_goes_on: bool = False,
    altered: Mapping[int, bytes] = MappingProxyType({}),
) -> bytes:
    """A tar header; a size that does not fit its eleven octal digits in base 256, as GNU tar has it.

    *altered* is what stands at a position instead, under a checksum that is true.
    """
    octal = 0 <= size < 8**11
    fields = [
        _bytes(name).ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        b"%011o\0" % size if octal else (size % 2**96 | 0x80 << 88).to_bytes(12, "big"),
        b"00000000000\0",
        b" " * 8,
        kind,
        _bytes(target).ljust(100, b"\0"),
        b"ustar  \0" if sparse_goes_on else b"ustar\x0000",
    ]
    header = bytearray(b"".join(fields).ljust(_BLOCK, b"\0"))
    header[482] = sparse_goes_on
    for position, content in altered.items():
        header[position : position + len(content)] = content
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def tar_member(name: str | bytes, content: bytes = b"", *, kind: bytes = b"0") -> bytes:
    return tar_header(name, len(content), kind=kind) + content + bytes(-len(content) % _BLOCK)


def pax_field(key: str, value: str | bytes) -> bytes:
    """One field of an extended header, which begins with its own length."""
    field = b" " + key.encode() + b"=" + _bytes(value) + b"\n"
    length = len(field)
    while length != len(field) + len(str(length)):
        length = len(field) + len(str(length))
    return str(length).encode() + field


def pax_header(*fields: bytes, kind: bytes = b"x") -> bytes:
    return tar_member("pax", b"".join(fields), kind=kind)


def gzip_of(*blocks: bytes) -> bytes:
    return gzip.compress(b"".join(blocks), compresslevel=1, mtime=0)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
