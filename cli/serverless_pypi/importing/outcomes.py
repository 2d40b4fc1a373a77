"""What became of what a source offers."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Outcome", "Result"]


class Result(StrEnum):
    """In the order of a report."""

    TAKEN = "taken"
    THERE = "there"
    SKIPPED = "skipped"
    REFUSED = "refused"
    CONFLICT = "conflict"
    FAILED = "failed"

    @property
    def is_loss(self) -> bool:
        """Whether something was meant to be taken, and was not."""
        return self in (Result.REFUSED, Result.CONFLICT, Result.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Of a file; or of a project as a whole, if it has no *filename*."""

    result: Result
    project: str | None
    filename: str | None
    #: Why it was not taken, or how it is known to be there already.
    reason: str = ""
    sha256: str | None = None
    #: Bytes, where they are known.
    size: int | None = None
    #: Whether it was yanked here now.
    yanked: bool = False
    #: Whether the index has still to list it.
    pending: bool = False
