"""What becomes of each distribution that somebody publishes, and how that is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from serverless_pypi.candidates import Candidate
from serverless_pypi.wording import counted, releases

__all__ = ["Publication", "State", "as_json", "summary"]


class State(StrEnum):
    #: The page lists it, since this run.
    PUBLISHED = "published"
    #: The page listed it before, with the same bytes.
    PRESENT = "present"
    #: The index does not take it, or would not.
    REFUSED = "refused"
    #: Nobody knows yet, or it was not sent.
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """One distribution, and what became of it."""

    path: Path
    state: State
    #: None where the file is no distribution.
    candidate: Candidate | None = None
    #: Of a refusal, or why it is not known.
    reason: str | None = None


def as_json(publications: Iterable[Publication]) -> dict[str, Any]:
    return {"files": [_fields(publication) for publication in publications]}


def _fields(publication: Publication) -> dict[str, Any]:
    candidate = publication.candidate
    return {
        "filename": publication.path.name,
        "project": candidate.distribution.project if candidate else None,
        "version": candidate.distribution.version if candidate else None,
        "sha256": candidate.sha256 if candidate else None,
        "size": candidate.size if candidate else None,
        "state": publication.state.value,
        "reason": publication.reason,
    }


def summary(publications: Sequence[Publication], *, pending: str) -> str:
    """One line, for the end of a log; *pending* says what was done with those that are."""
    found = {state: [one for one in publications if one.state is state] for state in State}
    done = [
        f"{verb} {_named(found[state])}"
        for state, verb in ((State.PUBLISHED, "published"), (State.PENDING, pending))
        if found[state]
    ]
    present, refused = found[State.PRESENT], found[State.REFUSED]
    text = "; ".join(done) or "nothing to publish"
    if present:
        files = str(len(present)) if done else _named(present)
        text += f" ({files} {_were(present)} there already)"
    if refused:
        text += f"; {len(refused)} {_were(refused)} refused"
    return text


def _were(publications: Sequence[Publication]) -> str:
    return "was" if len(publications) == 1 else "were"


def _named(publications: Sequence[Publication]) -> str:
    of = releases(
        (one.candidate.distribution.project, one.candidate.distribution.version)
        for one in publications
        if one.candidate is not None
    )
    return f"{counted(len(publications), 'file')} of {of}"
