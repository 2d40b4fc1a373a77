"""Distributions on this machine, looked at as the indexer will look at them."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from indexer.tombstones import published_sha256
from simple_index import keys
from simple_index.archives import read_metadata
from simple_index.errors import AlreadyPublishedError, ClosedProjectError, UnreadableArchiveError
from simple_index.filenames import Distribution, parse_filename
from simple_index.metadata import parse_metadata
from simple_index.model import ProjectDetail
from simple_index.pep691 import offered_files

__all__ = ["Candidate", "examine", "is_present"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A distribution that is sound in itself."""

    path: Path
    distribution: Distribution
    #: Bytes.
    size: int
    #: Hexadecimal.
    sha256: str
    #: When the file was written last, in nanoseconds.
    written: int

    @property
    def filename(self) -> str:
        return self.distribution.filename

    def has_changed(self) -> bool:
        """Whether the file is another one by now."""
        try:
            now = os.stat(self.path)
        except OSError:
            return True
        return (now.st_size, now.st_mtime_ns) != (self.size, self.written)


def examine(path: Path) -> Candidate:
    """Read the file and hold its inside against its name. Raises `RefusedError` and OSError."""
    distribution = parse_filename(path.name)
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size == 0:
            raise UnreadableArchiveError(distribution.filename, "it is empty")
        parse_metadata(read_metadata(file, distribution), distribution)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Candidate(
        path=path,
        distribution=distribution,
        size=status.st_size,
        sha256=sha256,
        written=status.st_mtime_ns,
    )


def is_present(candidate: Candidate, page: ProjectDetail | None) -> bool:
    """Whether the project's page offers this very file already. Raises `RefusedError` if it never will.

    What was removed may come back, as the same bytes.
    """
    if page is None:
        return False
    known = published_sha256(page, candidate.filename)
    offered = any(file.filename == candidate.filename for file in offered_files(page))
    if offered and known == candidate.sha256:
        return True
    if page.status is not None and not page.status.takes_files:
        raise ClosedProjectError(candidate.distribution.project, page.status.name)
    if known is not None and known != candidate.sha256:
        raise AlreadyPublishedError(
            keys.distribution_file(candidate.distribution),
            published_sha256=known,
            refused_sha256=candidate.sha256,
        )
    return False
