"""Extended headers of a tar archive, which say what a member's own header has no room for.

Specification: pax in POSIX.1-2001, and GNU's long names. Readers differ on much of it; what they could
take for two names or two sizes is unsound.
"""

import re
import tarfile
from collections.abc import Iterator

from simple_index.soundness import UnsoundError

__all__ = ["EXTENSION_TYPES", "Extensions"]

_GNU = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
EXTENSION_TYPES = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, *_GNU})

#: Bytes, of all members: 800 for each of the most, which is one header with one time in it.
_LONGEST = 16 * 1024 * 1024
#: Bytes, besides its own: the shortest have five, and take a microsecond.
_COST_OF_FIELD = 32
_FIELD_LENGTH = re.compile(rb"([1-9][0-9]{0,7}) ")


class Extensions:
    """What the extended headers since the last member say of the next one. Raises `UnsoundError`."""

    def __init__(self) -> None:
        self._spent = 0
        self._types: set[bytes] = set()
        self._fields: dict[str, bytes] = {}

    def expect(self, header_type: bytes, size: int) -> None:
        """Before the content of a header is read, which has *size* bytes with itself."""
        # Readers differ on whether the second adds to the first or stands for it.
        if header_type in self._types:
            raise UnsoundError("a member has two extended headers of one kind")
        if header_type != tarfile.XGLTYPE:
            self._types.add(header_type)
        self._spend(size)

    def add(self, header_type: bytes, content: bytes) -> None:
        """Take from a header what its member is really called, or leads to."""
        self._spend(content.count(b"\n") * _COST_OF_FIELD)
        if header_type in _GNU:
            fields = iter([(_GNU[header_type], content.rstrip(b"\0"))])
        else:
            fields = _pax_fields(content)
        for key, value in fields:
            # A size beside the header's has been read in two ways before (CVE-2025-62518).
            if key == "size" or key.startswith("GNU.sparse."):
                raise UnsoundError("an extended header makes a member sparse, or gives it a second size")
            if key in ("path", "linkpath"):
                if key in self._fields or header_type == tarfile.XGLTYPE:
                    raise UnsoundError("an extended header names several members, or one member twice")
                self._fields[key] = value

    def take(self) -> dict[str, bytes]:
        """``path`` and ``linkpath``, if they were said; they hold for one member."""
        fields, self._fields, self._types = self._fields, {}, set()
        return fields

    def _spend(self, more: int) -> None:
        self._spent += more
        if self._spent > _LONGEST:
            raise UnsoundError(f"its extended headers have more than {_LONGEST} bytes or many fields")


def _pax_fields(content: bytes) -> Iterator[tuple[str, bytes]]:
    position = 0
    while position < len(content):
        match = _FIELD_LENGTH.match(content, position)
        end = position + int(match[1]) if match else 0
        key, separator, value = content[match.end() if match else 0 : end].partition(b"=")
        # A NUL in its key would end it for readers in C.
        if end > len(content) or not separator or not value.endswith(b"\n") or b"\0" in key:
            raise UnsoundError("it has an extended header that cannot be read")
        yield key.decode("utf-8", "replace"), value[:-1]
        position = end
