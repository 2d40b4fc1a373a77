"""What the pages of the simple repository API say, as values.

Specifications, in the order to read them: PEP 503 (pages), 691 (JSON), 700 (size, versions,
upload-time), 658 and 714 (core metadata).
"""

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName

__all__ = ["API_VERSION", "File", "ProjectDetail", "ProjectList"]

#: PEP 629. 1.5 is PEP 752's, and "an index that does not support namespaces MUST NOT" say it.
API_VERSION = "1.4"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One distribution, as its project's page records it."""

    filename: str
    #: Normalized; PEP 700's ``versions`` is the set of these.
    version: str
    #: Hexadecimal, of the whole file.
    sha256: str
    #: Bytes.
    size: int
    #: UTC.
    upload_time: datetime
    #: PEP 345, as written in the core metadata; None where it says nothing usable.
    requires_python: str | None = None
    #: Hexadecimal SHA-256 of the ``.metadata`` beside the file; None where there is none.
    core_metadata: str | None = None
    #: The object that was described. Another ETag or size means another object.
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectDetail:
    """A project's page. Without files it is still a page: the name stays claimed."""

    project: NormalizedName
    files: tuple[File, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectList:
    """The projects that have at least one file."""

    projects: frozenset[NormalizedName] = frozenset()
