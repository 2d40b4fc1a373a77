"""What is to be done for a project: its offer held against what the index has."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from serverless_pypi.errors import UnreadablePageError
from serverless_pypi.importing.deposits import put_marker
from serverless_pypi.importing.holdings import Holdings, Standing
from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.importing.wanted import Wanted
from serverless_pypi.index import Index
from serverless_pypi.printable import printable
from serverless_pypi.sources import Offer, Offered, Source
from serverless_pypi.sources.errors import UnavailableError
from serverless_pypi.sources.kinds import is_distribution, kind_of
from serverless_pypi.sources.offers import Check
from simple_index import keys
from simple_index.errors import ClosedProjectError, InvalidFilenameError
from simple_index.filenames import Distribution, parse_filename

__all__ = ["Errand", "Plan", "Planner"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """A file to be looked at, and what stands under its name. A source may offer it several times."""

    distribution: Distribution
    offered: tuple[Offered, ...]
    standing: Standing | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be done for a project, and what is known of the rest."""

    project: NormalizedName
    errands: tuple[Errand, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    #: The status that the project was given here, if it was.
    status: str | None = None


class Planner:
    """Plans of *source* for *index*. Any thread may ask for one."""

    def __init__(self, index: Index, source: Source, wanted: Wanted, *, dry_run: bool, check: Check) -> None:
        self._index = index
        self._source = source
        self._wanted = wanted
        self._dry_run = dry_run
        self._check = check

    def plan(self, project: NormalizedName) -> Plan:
        """What the source offers of *project*, held against what there is.

        Its status is set at once, so that no file of a quarantined project is ever offered.
        """
        self._check()
        try:
            offer = self._source.offer(project)
            holdings = Holdings(self._index, project)
        except (UnavailableError, UnreadablePageError) as error:
            failed = Outcome(result=Result.FAILED, project=project, filename=None, reason=str(error))
            return Plan(project=project, outcomes=(failed,))
        judged = [
            self._judge(offer, holdings, filename, offered)
            for filename, offered in _by_filename(offer).items()
        ]
        errands = tuple(one for one in judged if isinstance(one, Errand))
        outcomes = tuple(one for one in judged if isinstance(one, Outcome))
        return Plan(
            project=project,
            errands=errands,
            outcomes=(*outcomes, *_lost(offer)),
            # A name is not claimed for the sake of files that are not taken.
            status=self._set_status(offer, holdings) if errands or not offer.files else None,
        )

    def _judge(
        self, offer: Offer, holdings: Holdings, filename: str, offered: Sequence[Offered]
    ) -> Errand | Outcome:
        if self._wanted.leaves_out(filename):
            return _outcome(offer, filename, Result.SKIPPED, "left out by --exclude")
        if not is_distribution(filename):
            return _outcome(offer, filename, Result.SKIPPED, kind_of(filename))
        try:
            distribution = parse_filename(filename)
        except InvalidFilenameError as error:
            return _outcome(offer, filename, Result.REFUSED, str(error))
        if distribution.project != offer.project:
            reason = (
                f"{filename!r} is offered as a file of {offer.project!r}, and by its name it is one of "
                f"{distribution.project!r}."
            )
            return _outcome(offer, filename, Result.REFUSED, reason)
        standing = holdings.standing(filename)
        if standing is None and filename in holdings.removed:
            return _outcome(offer, filename, Result.SKIPPED, "removed from the index before")
        if standing is None and (status := _closed_by(offer, holdings)) is not None:
            return _outcome(offer, filename, Result.REFUSED, str(ClosedProjectError(offer.project, status)))
        return Errand(distribution=distribution, offered=tuple(offered), standing=standing)

    def _set_status(self, offer: Offer, holdings: Holdings) -> str | None:
        """Give the project the status that it has at the source, unless somebody has given it one here."""
        if offer.status is None or holdings.status is not None:
            return None
        name, reason = offer.status
        if self._dry_run or put_marker(
            self._index.store, keys.status_of(offer.project), f"{name}\n{reason}\n"
        ):
            return name
        return None


def _by_filename(offer: Offer) -> dict[str, list[Offered]]:
    files: dict[str, list[Offered]] = defaultdict(list)
    for offered in offer.files:
        files[offered.filename].append(offered)
    return files


def _lost(offer: Offer) -> Iterator[Outcome]:
    for filename in offer.lost:
        yield _outcome(offer, filename, Result.FAILED, f"{filename!r} is on its page, and not there.")


def _closed_by(offer: Offer, holdings: Holdings) -> str | None:
    """The status that keeps files out, if it is not the one that the source has as well."""
    status = holdings.status
    if status is None or status.takes_files:
        return None
    return None if offer.status is not None and offer.status[0] == status.name else status.name


def _outcome(offer: Offer, filename: str, result: Result, reason: str) -> Outcome:
    return Outcome(result=result, project=offer.project, filename=printable(filename), reason=reason)
