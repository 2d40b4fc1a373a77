"""What no archive may be or hold, whichever its format."""

import re
from typing import NewType

__all__ = ["LARGEST_METADATA", "MemberName", "UnsoundError", "check_length", "parse_name", "shown"]

#: Bytes. The longest core metadata that we read; the public index has seen none above 2 MiB.
LARGEST_METADATA = 10 * 1024 * 1024

#: The name of a member: a plain relative path, by any reader's rules.
MemberName = NewType("MemberName", str)

#: Bytes, as Linux has it for paths.
_LONGEST_NAME = 4096
# Unicode's category Cc.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"[A-Za-z]:")


class UnsoundError(Exception):
    """What is wrong with an archive, before it is known whose; ``str()`` goes on after "cannot be read:"."""


def parse_name(raw: bytes) -> MemberName:
    """The name of a member; one slash may end it.

    Raises `UnsoundError` for a name that two readers could take for two files, that lies outside of
    the folder it is unpacked in, or that does harm where it is printed.
    """
    if len(raw) > _LONGEST_NAME:
        raise UnsoundError(f"it holds a name of {len(raw)} bytes, and {_LONGEST_NAME} are the most")
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise UnsoundError(f"it holds a name that is not UTF-8, {shown(raw)}") from None
    if _CONTROL.search(name) is not None:
        raise UnsoundError(f"it holds a name with a control character, {shown(name)}")
    # Not only what Windows would make of it: readers differ on whether it parts folders.
    if "\\" in name:
        raise UnsoundError(f"it holds a name with a backslash, {shown(name)}")
    if name.startswith("/") or _DRIVE.match(name) is not None:
        raise UnsoundError(f"it holds an absolute path, {shown(name)}")
    if not {"", ".", ".."}.isdisjoint(name.removesuffix("/").split("/")):
        raise UnsoundError(f"it holds a path with an empty, a '.' or a '..' part, {shown(name)}")
    return MemberName(name)


def check_length(metadata_size: int) -> None:
    """Hold the size of core metadata against the most that we read. Raises `UnsoundError`."""
    if metadata_size > LARGEST_METADATA:
        raise UnsoundError(f"its core metadata are longer than {LARGEST_METADATA} bytes")


def shown(name: str | bytes) -> str:
    """As much of a name as may stand in a sentence."""
    return repr(name) if len(name) <= 100 else f"{name[:100]!r}…"
