"""What was found: good, worth knowing, or wrong with the steps that mend it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from serverless_pypi.doctor.places import Place, Steps

__all__ = ["Finding", "Severity", "good", "note", "wrong"]


class Severity(StrEnum):
    GOOD = "good"
    NOTE = "note"
    #: Something is not well: the command ends with 3.
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was found out about *subject*: a client, or the index."""

    severity: Severity
    #: For programs; it never changes.
    code: str
    subject: str
    what: str
    place: Place | None = None
    mend: Steps = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "severity": str(self.severity),
            "code": self.code,
            "subject": self.subject,
            "what": self.what,
            "where": self.place.to_json() if self.place else None,
            "mend": [step.to_json() for step in self.mend],
        }


def good(code: str, subject: str, what: str, place: Place | None = None) -> Finding:
    return Finding(severity=Severity.GOOD, code=code, subject=subject, what=what, place=place)


def note(code: str, subject: str, what: str, place: Place | None = None, mend: Steps = ()) -> Finding:
    return Finding(severity=Severity.NOTE, code=code, subject=subject, what=what, place=place, mend=mend)


def wrong(code: str, subject: str, what: str, place: Place | None = None, *, mend: Steps) -> Finding:
    return Finding(severity=Severity.WRONG, code=code, subject=subject, what=what, place=place, mend=mend)
