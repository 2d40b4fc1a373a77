"""What a source offers. Nothing of it is believed before the bytes are here."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from packaging.utils import NormalizedName

__all__ = ["LARGEST_LIST", "LARGEST_PAGE", "Check", "Fetched", "Offer", "Offered", "Source", "Stray"]

#: Bytes. To parse HTML takes a second or two and some 15 MB for each million.
LARGEST_PAGE = 32 * 1024**2
LARGEST_LIST = 64 * 1024**2

#: Raises once the work is to stop: whoever takes long calls it again and again.
Check = Callable[[], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """A file as its source describes it."""

    filename: str
    #: The path, key or URL by which its source finds it.
    where: str
    #: Bytes.
    size: int | None = None
    #: Hexadecimal, by the name of the algorithm.
    hashes: Mapping[str, str] = field(default_factory=dict)
    upload_time: datetime | None = None
    #: PEP 592: the reason, which may be empty; None if it is not yanked.
    yanked: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A project as its source has it."""

    project: NormalizedName
    files: tuple[Offered, ...]
    #: PEP 792: the status and its reason, where it is another than active.
    status: tuple[str, str] | None = None
    #: Filenames that its page names, and that are not there.
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A file that is here, and is what its source said it was."""

    file: BinaryIO
    size: int
    #: Hexadecimal.
    sha256: str
    upload_time: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stray:
    """What lies between the distributions of a source and belongs to no project."""

    name: str
    #: Why it is not taken: what it is, or the sentence with which it is refused.
    reason: str
    #: Whether it claims to be a distribution.
    refused: bool = False


class Source(Protocol):
    """A folder, a bucket or another index."""

    #: For sentences; without a credential.
    name: str
    #: Whether its files are on this machine: then looking at one costs nothing.
    local: bool

    def projects(self) -> Iterable[str]:
        """The names of all its projects, as it spells them. Raises `CommandError`."""

    def strays(self) -> Iterable[Stray]:
        """What it has besides."""

    def offer(self, project: NormalizedName) -> Offer:
        """Raises `UnavailableError`."""

    def size_of(self, offered: Offered) -> int | None:
        """The size of a file, asked for; None where nobody says."""

    def fetch(self, offered: Offered) -> AbstractContextManager[Fetched]:
        """The file itself. Raises `UnavailableError`, and `DamagedError` if it is not what was offered."""

    def close(self) -> None:
        """Nothing more is asked of it."""
