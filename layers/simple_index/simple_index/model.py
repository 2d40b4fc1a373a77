"""What the pages of the simple repository API say, as values.

Specifications, in the order to read them: PEP 503 (pages), 691 (JSON), 700 (size, versions,
upload-time), 658 and 714 (core metadata), 592 (yanked), 740 (provenance), 792 (status).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName

__all__ = [
    "API_VERSION",
    "File",
    "Marker",
    "ProjectDetail",
    "ProjectList",
    "Removed",
    "Sidecar",
    "Status",
    "Unlisted",
]

#: PEP 629. 1.5 is PEP 752's, and "an index that does not support namespaces MUST NOT" say it.
API_VERSION = "1.4"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """An object by which an operator says something of a file: its text, and which object it is."""

    text: str
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sidecar:
    """Core metadata served beside a file: its hexadecimal SHA-256, and which object it is."""

    sha256: str
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
    #: The ``.metadata`` beside the file; None where there is none.
    core_metadata: Sidecar | None = None
    #: PEP 592; its text, if it has any, is the reason.
    yanked: Marker | None = None
    #: PEP 740: the URL of the ``.provenance`` beside the file, "fully qualified"; None where there is none.
    provenance: str | None = None
    #: The object that was described. Another ETag or size means another object.
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unlisted:
    """An object in the project's folder that looks like a distribution and is none, and why."""

    filename: str
    reason: str
    etag: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectDetail:
    """A project's page. Without files it is still a page: the name stays claimed."""

    project: NormalizedName
    #: All there are; a status may keep the page from offering them.
    files: tuple[File, ...] = ()
    status: Status | None = None
    removed: tuple[Removed, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    #: New each time that the project gets its first file or loses its last one.
    since: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectList:
    """The projects that have at least one file, and those that had.

    Each with the `ProjectDetail.since` for which the list was made true: if the project's page has
    another one, the list has not been looked at since.
    """

    projects: Mapping[NormalizedName, str] = field(default_factory=dict)
    emptied: Mapping[NormalizedName, str] = field(default_factory=dict)

    def since(self, project: NormalizedName) -> str:
        """ "" for a project that the list has never heard of."""
        return self.projects.get(project) or self.emptied.get(project, "")
