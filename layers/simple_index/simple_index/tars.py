"""The members of a tar archive, one after the other, each read by one rule.

Not tarfile's reader: it believes what a header says of its own length, holds it in memory many times
over, and takes sparse and extended headers by rules that other readers do not share. Specification:
pax in POSIX.1-2001, and GNU's long names.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from simple_index.inflation import LONGEST_OUTPUT, Inflated
from simple_index.soundness import MemberName, UnsoundError, parse_name, shown

__all__ = ["Kind", "Member", "members", "read_content"]

_BLOCK = 512
_MOST_MEMBERS = 20_000
#: Bytes, of all members: 800 for each of the most, which is one header with one time in it.
_LONGEST_EXTENSIONS = 16 * 1024 * 1024
#: Bytes, besides its own: the shortest have five, and take a microsecond.
_COST_OF_FIELD = 32

_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE)
_GNU = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
_RECORD_LENGTH = re.compile(rb"([1-9][0-9]{0,7}) ")


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
    count = extended = 0
    longer: dict[str, bytes] = {}
    while (header := _read_header(stream)) is not None:
        if header.type in _PAX or header.type in _GNU:
            extended = _spend(extended, header.size + _BLOCK)
            content = read_content(stream, header.size)
            extended = _spend(extended, content.count(b"\n") * _COST_OF_FIELD)
            _extend(longer, header.type, content)
            stream.skip(-stream.position % _BLOCK)
            continue
        count += 1
        if count > _MOST_MEMBERS:
            raise UnsoundError(f"more than {_MOST_MEMBERS} members would have to be read")
        end = stream.position + header.size + -header.size % _BLOCK
        yield _member(header, longer)
        longer = {}
        stream.skip(end - stream.position)
    if longer:
        raise UnsoundError("it ends with the extended header of no member")


def _spend(spent: int, more: int) -> int:
    if spent + more > _LONGEST_EXTENSIONS:
        raise UnsoundError(f"its extended headers have more than {_LONGEST_EXTENSIONS} bytes or many fields")
    return spent + more


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
    if not 0 <= header.size <= LONGEST_OUTPUT:
        raise UnsoundError(f"a member announces {header.size} bytes, and {LONGEST_OUTPUT} are the most")
    return header


def _extend(longer: dict[str, bytes], header_type: bytes, content: bytes) -> None:
    """Take from an extended header what its member is really called, or leads to."""
    if header_type in _GNU:
        fields = iter([(_GNU[header_type], content.rstrip(b"\0"))])
    else:
        fields = _pax_fields(content)
    for key, value in fields:
        # A size beside the header's has been read in two ways before (CVE-2025-62518).
        if key == "size" or key.startswith("GNU.sparse."):
            raise UnsoundError("an extended header makes a member sparse, or gives it a second size")
        if key in ("path", "linkpath"):
            if key in longer or header_type == tarfile.XGLTYPE:
                raise UnsoundError("an extended header names several members, or one member twice")
            longer[key] = value


def _pax_fields(content: bytes) -> Iterator[tuple[str, bytes]]:
    position = 0
    while position < len(content):
        match = _RECORD_LENGTH.match(content, position)
        end = position + int(match[1]) if match else 0
        key, separator, value = content[match.end() if match else 0 : end].partition(b"=")
        if end > len(content) or not separator or not value.endswith(b"\n"):
            raise UnsoundError("it has an extended header that cannot be read")
        yield key.decode("utf-8", "replace"), value[:-1]
        position = end


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
