"""Core metadata: what METADATA and PKG-INFO say of a distribution.

Specification: core metadata, read leniently. A version or a field that we do not know is never a
reason to refuse a file (PEP 643 and its successors add fields each year).
"""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from simple_index.errors import InvalidMetadataError, MetadataMismatchError
from simple_index.filenames import Distribution

__all__ = ["CoreMetadata", "parse_metadata"]

_LONGEST = 255
#: Of fields, with those they are folded over. The parser takes 400 bytes and 3 µs for each.
_MOST_LINES = 100_000
# Where the fields end; "\r" alone is a line break to the parser, and so it is here.
_BLANK_LINE = re.compile(rb"(?:\A|\r\n|\r(?!\n)|\n)[\r\n]")
_REQUIRES_PYTHON = re.compile(r"[ -~]{1,200}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreMetadata:
    """The part of a distribution's core metadata that its project page repeats."""

    name: str
    version: str
    requires_python: str | None


def parse_metadata(raw: bytes, distribution: Distribution) -> CoreMetadata:
    """Read *raw*, and hold it against what the filename of *distribution* says.

    Raises `InvalidMetadataError` and `MetadataMismatchError`.
    """
    fields = _parse_fields(raw, distribution)
    metadata = CoreMetadata(
        name=_single(fields, "Name", distribution),
        version=_single(fields, "Version", distribution),
        requires_python=_usable_specifier(fields.get_all("Requires-Python", [])),
    )
    _check_agreement(metadata, distribution)
    return metadata


def _parse_fields(raw: bytes, distribution: Distribution) -> Message:
    """The fields without the description behind them, each line of which would cost as much as a field."""
    blank = _BLANK_LINE.search(raw)
    head = raw[: blank.start()] if blank else raw
    if head.count(b"\n") + head.count(b"\r") - head.count(b"\r\n") > _MOST_LINES:
        raise InvalidMetadataError(
            distribution.filename, f"it has more than {_MOST_LINES} lines before the first blank one"
        )
    try:
        # Not packaging's parse_email, whose time grows with the square of the number of fields.
        return BytesHeaderParser(policy=compat32).parsebytes(head)
    except MemoryError:  # no fault of the file
        raise
    except Exception as error:  # email's parser promises nothing about bytes from a stranger
        raise InvalidMetadataError(distribution.filename, f"it cannot be parsed ({error})") from None


def _single(fields: Message, field: str, distribution: Distribution) -> str:
    match fields.get_all(field, []):
        case [str(value)] if 0 < len(value.strip()) <= _LONGEST:  # a Header, not a str, if not ASCII
            return value.strip()
    raise InvalidMetadataError(
        distribution.filename, f"it needs exactly one {field}, in at most {_LONGEST} ASCII characters"
    )


def _usable_specifier(values: list[str]) -> str | None:
    """Requires-Python where an installer would understand it: a bad one must not hide a file."""
    text = values[0] if len(values) == 1 else None
    if not isinstance(text, str):
        return None
    text = " ".join(text.split())  # a long value may be folded over several lines
    if _REQUIRES_PYTHON.fullmatch(text) is None:
        return None
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return None
    return text


def _check_agreement(metadata: CoreMetadata, distribution: Distribution) -> None:
    if canonicalize_name(metadata.name) != distribution.project:
        raise MetadataMismatchError(
            distribution.filename,
            field="name",
            in_name=distribution.project,
            in_metadata=metadata.name,
        )
    try:
        version = str(Version(metadata.version))
    except InvalidVersion:
        raise InvalidMetadataError(
            distribution.filename, f"{metadata.version!r} is no version (PEP 440)"
        ) from None
    if version != distribution.version:
        raise MetadataMismatchError(
            distribution.filename,
            field="version",
            in_name=distribution.version,
            in_metadata=metadata.version,
        )
