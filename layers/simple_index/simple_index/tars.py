"""The members of a tar archive, one after the other, each read by one rule.

Not tarfile's reader: it believes what a header says of its own length, holds it in memory many times
over, and takes sparse and extended headers by rules that other readers do not share. Specification:
ustar in POSIX.1-1988, and what GNU made of it.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from simple_index.inflation import LONGEST_OUTPUT, Inflated
from simple_index.soundness import MemberName, UnsoundError, parse_name, shown
from simple_index.tar_extensions import EXTENSION_TYPES, Extensions

__all__ = ["Kind", "Member", "members", "read_content"]

_BLOCK = 512
_MOST_MEMBERS = 20_000
# Where fields stand in a header that not all readers take alike, and how POSIX begins and fills them.
_SIZE, _OCTAL = slice(124, 136), re.compile(rb" *[0-7]* *(\0.*)?|[\x80\xff].*", re.DOTALL)
_MAGIC, _POSIX = slice(257, 265), b"ustar\00000"
_PREFIX = slice(345, 500)


class Kind(Enum):
    """What a member is; all else is refused."""

    FILE = auto()
    FOLDER = auto()
    SYMLINK = auto()
    HARD_LINK = auto()


_KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARD_LINK,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member. *size* in bytes, of a file only; *target* is where a link leads, as it stands there."""

    name: MemberName
    kind: Kind
    size: int
    target: bytes


def members(stream: Inflated) -> Iterator[Member]:
    """Each member in turn; its content may be read from *stream* before the next one is asked for.

    Raises `UnsoundError`.
    """
    count = 0
    extensions = Extensions()
    while (header := _read_header(stream)) is not None:
        if header.type in EXTENSION_TYPES:
            extensions.expect(header.type, header.size + _BLOCK)
            extensions.add(header.type, read_content(stream, header.size))
            stream.skip(-stream.position % _BLOCK)
            continue
        count += 1
        if count > _MOST_MEMBERS:
            raise UnsoundError(f"more than {_MOST_MEMBERS} members would have to be read")
        end = stream.position + header.size + -header.size % _BLOCK
        yield _member(header, extensions.take())
        stream.skip(end - stream.position)
    if extensions.take():
        raise UnsoundError("it ends with the extended header of no member")


def read_content(stream: Inflated, size: int) -> bytes:
    """The *size* bytes that are next. Raises `UnsoundError`."""
    content = stream.read(size)
    if len(content) != size:
        raise UnsoundError("it ends in the middle of a member")
    return content


def _read_header(stream: Inflated) -> tarfile.TarInfo | None:
    """The next header, or None at the end, which is a block of zeros."""
    block = stream.read(_BLOCK)
    if not block.strip(b"\0"):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise UnsoundError(f"it is no sound tar archive ({error})") from None
    _check_fields(block, header.type)
    if not 0 <= header.size <= LONGEST_OUTPUT:
        raise UnsoundError(f"a member announces {header.size} bytes, and {LONGEST_OUTPUT} are the most")
    return header


def _check_fields(block: bytes, header_type: bytes) -> None:
    """Python takes ``1_0`` for a number, and a prefix for part of the name in formats that have none."""
    if _OCTAL.fullmatch(block[_SIZE]) is None:
        raise UnsoundError("a member announces a size that readers differ on")
    has_prefix = header_type not in tarfile.GNU_TYPES and block[_PREFIX].strip(b"\0")
    if has_prefix and block[_MAGIC] != _POSIX:
        raise UnsoundError("a member has a prefix to its name that some readers leave out")


def _member(header: tarfile.TarInfo, longer: dict[str, bytes]) -> Member:
    name = parse_name(longer.get("path", header.name.encode("utf-8", "surrogateescape")))
    kind = _KINDS.get(header.type)
    if kind is None:
        raise UnsoundError(f"{shown(name)} is a device, a pipe, a sparse file or of an unknown kind")
    if kind is not Kind.FILE and header.size:
        raise UnsoundError(f"{shown(name)} is no file, and has content")
    if kind is Kind.FILE and name.endswith("/"):
        raise UnsoundError(f"{shown(name)} is a file, and is called a folder")
    target = longer.get("linkpath", header.linkname.encode("utf-8", "surrogateescape"))
    return Member(name=name, kind=kind, size=header.size, target=target)
