"""What the pages of the simple repository API say, as values.

Specifications, in the order to read them: PEP 503 (pages), 691 (JSON), 700 (size, versions,
upload-time), 658 and 714 (core metadata), 592 (yanked), 740 (provenance), 792 (status).
"""

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName

__all__ = ["API_VERSION", "File", "Marker", "ProjectDetail", "ProjectList", "Removed", "Status"]

#: PEP 629. 1.5 is PEP 752's, and "an index that does not support namespaces MUST NOT" say it.
API_VERSION = "1.4"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """An object by which an operator says something of a file: its text, and which object it is."""

    text: str
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """PEP 792: what an operator says of the whole project."""

    #: ``active``, ``archived``, ``quarantined`` or ``deprecated``.
    name: str
    reason: str
    etag: str

    @property
    def hides_files(self) -> bool:
        """ "The index MUST NOT offer any distribution files"."""
        return self.name == "quarantined"

    @property
    def takes_files(self) -> bool:
        """ "The index MUST NOT accept uploads" for the others."""
        return self.name in ("active", "deprecated")


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """A file that was published once. Its name stands for no other bytes, ever."""

    filename: str
    sha256: str
    #: Of the object that remembers it.
    etag: str


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
    #: PEP 592; its text, if it has any, is the reason.
    yanked: Marker | None = None
    #: PEP 740: whether a ``.provenance`` stands beside the file.
    provenance: bool = False
    #: The object that was described. Another ETag or size means another object.
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectDetail:
    """A project's page. Without files it is still a page: the name stays claimed."""

    project: NormalizedName
    #: All there are; a status may keep the page from offering them.
    files: tuple[File, ...] = ()
    status: Status | None = None
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectList:
    """The projects that have at least one file."""

    projects: frozenset[NormalizedName] = frozenset()
