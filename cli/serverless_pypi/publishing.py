"""A run of ``publish``: looked at as a whole, then sent as a whole, then waited for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from serverless_pypi.arrivals import Arrival, Pages
from serverless_pypi.candidates import Candidate, examine, is_present
from serverless_pypi.distribution_paths import Found
from serverless_pypi.errors import CommandError
from serverless_pypi.publications import Publication, State
from serverless_pypi.wording import counted, releases, sized
from simple_index.errors import RefusedError

__all__ = ["NothingSentError", "Plan", "check_pages", "examine_all", "outcomes"]


class NothingSentError(CommandError):
    def __init__(self, refused: int, total: int) -> None:
        super().__init__(
            f"Nothing was sent, for {refused} of {counted(total, 'distribution')} would be refused, as said "
            "above: mend that, and run the same command again."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be sent, and what of the rest is known already."""

    to_send: tuple[Candidate, ...]
    known: tuple[Publication, ...] = ()

    @property
    def refused(self) -> tuple[Publication, ...]:
        return tuple(one for one in self.known if one.state is State.REFUSED)

    @property
    def projects(self) -> list[NormalizedName]:
        return sorted({one.distribution.project for one in self.to_send})

    @property
    def extent(self) -> str:
        """How much is to be sent, in words."""
        of = releases((one.distribution.project, one.distribution.version) for one in self.to_send)
        size = sized(sum(one.size for one in self.to_send))
        return f"{counted(len(self.to_send), 'file')} of {of}, {size}"

    def publications(self, *, pending: str | None = None) -> list[Publication]:
        """All of it before anything is sent; *pending* says why what is good is not sent."""
        waiting = [_publication(one, State.PENDING, pending) for one in self.to_send]
        return _in_order([*self.known, *waiting])


def examine_all(found: Found, *, jobs: int, advance: Callable[[int], object]) -> Plan:
    """Look at each file. Whatever is wrong with one keeps none of the others from being looked at."""

    def look(path: Path) -> Candidate | Publication:
        try:
            candidate = examine(path)
        except RefusedError as error:
            return _refusal(path, str(error))
        except OSError as error:
            return _refusal(path, f"{str(path)!r} cannot be read: {error.strerror}.")
        finally:
            advance(1)
        return candidate

    with ThreadPoolExecutor(jobs) as pool:
        looked = list(pool.map(look, found.paths))
    problems = [_refusal(Path(argument), problem) for argument, problem in found.problems.items()]
    return Plan(
        to_send=tuple(one for one in looked if isinstance(one, Candidate)),
        known=(*problems, *(one for one in looked if isinstance(one, Publication))),
    )


def check_pages(plan: Plan, pages: Pages) -> Plan:
    """Hold *plan* against what the index has: what is there already is not sent again."""
    to_send, known = list[Candidate](), list(plan.known)
    for candidate in plan.to_send:
        try:
            if is_present(candidate, pages[candidate.distribution.project]):
                known.append(_publication(candidate, State.PRESENT))
            else:
                to_send.append(candidate)
        except RefusedError as error:
            known.append(_publication(candidate, State.REFUSED, str(error)))
    return Plan(to_send=tuple(to_send), known=tuple(known))


def outcomes(plan: Plan, arrived: Sequence[Arrival], *, pending: str) -> list[Publication]:
    """All of it after it was sent; *pending* says why it is not known of the rest."""
    reasons = {one.upload.candidate.filename: one.reason for one in arrived}
    sent = [
        _publication(candidate, State.PENDING, pending)
        if candidate.filename not in reasons
        else _publication(candidate, State.PUBLISHED)
        if (reason := reasons[candidate.filename]) is None
        else _publication(candidate, State.REFUSED, reason)
        for candidate in plan.to_send
    ]
    return _in_order([*plan.known, *sent])


def _publication(candidate: Candidate, state: State, reason: str | None = None) -> Publication:
    return Publication(path=candidate.path, state=state, candidate=candidate, reason=reason)


def _refusal(path: Path, reason: str) -> Publication:
    return Publication(path=path, state=State.REFUSED, reason=reason)


def _in_order(publications: Sequence[Publication]) -> list[Publication]:
    return sorted(publications, key=lambda one: (one.path.name, str(one.path)))
