"""Filenames of wheels and sdists, taken apart once.

Specifications: the binary and the source distribution format (PEP 427, 491, 625) and name
normalization (PEP 503). `packaging` knows the grammar; which characters may stand in a name that
becomes a key, a URL and a line of HTML is ours to say.
"""

import re
from dataclasses import dataclass
from typing import Literal

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from simple_index.errors import InvalidFilenameError

__all__ = ["DISTRIBUTION_SUFFIXES", "Distribution", "is_normalized", "parse_filename"]

WHEEL_SUFFIX = ".whl"
SDIST_SUFFIXES = (".tar.gz", ".zip")
DISTRIBUTION_SUFFIXES = (WHEEL_SUFFIX, *SDIST_SUFFIXES)

_LONGEST = 255
# Each dot of a tag multiplies the tags that a wheel's name stands for: 60 x 60 x 60 take a second.
_MOST_TAG_DOTS = 30
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*", re.ASCII)
_NORMALIZED = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """What the name of a distribution says of it."""

    filename: str
    kind: Literal["wheel", "sdist"]
    project: NormalizedName
    #: Normalized (PEP 440).
    version: str


def is_normalized(name: str) -> bool:
    """Whether *name* can stand as a project's folder: normalized, and nothing but a name."""
    return _NORMALIZED.fullmatch(name) is not None and canonicalize_name(name) == name


def parse_filename(filename: str) -> Distribution:
    """Take the name of a wheel or an sdist apart.

    Raises `InvalidFilenameError`.

    >>> parse_filename("Acme_Core-1.0+cu118-py3-none-any.whl").project
    'acme-core'
    """
    _check_characters(filename)
    kind: Literal["wheel", "sdist"]
    try:
        if filename.endswith(WHEEL_SUFFIX):
            kind = "wheel"
            name, version = _parse_wheel(filename)
        else:
            kind = "sdist"
            name, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise InvalidFilenameError(filename, str(error)) from None
    if not is_normalized(name):
        raise InvalidFilenameError(filename, f"{name!r} is no project's name")
    return Distribution(filename=filename, kind=kind, project=NormalizedName(name), version=str(version))


def _check_characters(filename: str) -> None:
    if not filename.endswith(DISTRIBUTION_SUFFIXES):
        raise InvalidFilenameError(filename, f"it ends in none of {', '.join(DISTRIBUTION_SUFFIXES)}")
    if len(filename) > _LONGEST:
        raise InvalidFilenameError(filename, f"it is longer than {_LONGEST} characters")
    if _SAFE.fullmatch(filename) is None:
        raise InvalidFilenameError(filename, "only ASCII letters, digits and . _ + ! - may stand in it")


def _parse_wheel(filename: str) -> tuple[str, Version]:
    if filename.count(".") > _MOST_TAG_DOTS:
        raise InvalidFilenameError(filename, f"it has more than {_MOST_TAG_DOTS} dots")
    name, version, _build, _tags = parse_wheel_filename(filename)
    return name, version
