"""What becomes of a file: taken, there already, or neither and why.

Nothing that stands in the index is written over, and nothing comes into it that the indexer would not list.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError

from serverless_pypi.errors import ObjectChangedError
from serverless_pypi.importing.deposits import OccupiedError, deposit, put_marker, take_marker_back
from serverless_pypi.importing.holdings import Standing, read_standing
from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.importing.planning import Errand
from serverless_pypi.sources import Fetched, Offered, Source
from serverless_pypi.sources.errors import DamagedError, UnavailableError
from serverless_pypi.sources.offers import Check
from serverless_pypi.store import Store
from simple_index import keys
from simple_index.archives import read_metadata
from simple_index.errors import RefusedError, UnreadableArchiveError
from simple_index.filenames import Distribution
from simple_index.metadata import parse_metadata

__all__ = ["Taker"]

_BY_SIZE = "by name and size"
_UNSEEN = "by name; a dry run does not look into it"


class Taker:
    """Takes files of *source* into *store*. Any thread may have it take one.

    Without *deep*, a file of which the source says no SHA-256 is held for the one that is there if name and
    size are the same.
    """

    def __init__(self, store: Store, source: Source, *, dry_run: bool, deep: bool, check: Check) -> None:
        self._store = store
        self._source = source
        self._dry_run = dry_run
        self._looks = source.local or not dry_run
        self._compares_bytes = source.local or deep
        self._check = check

    def take(self, errand: Errand) -> list[Outcome]:
        """One outcome for each time that the file is offered: the others are held against the first."""
        outcomes, standing = list[Outcome](), errand.standing
        for offered in errand.offered:
            self._check()
            outcome = self._try(errand.distribution, offered, standing)
            outcomes.append(outcome)
            if outcome.result is Result.TAKEN:
                standing = Standing(size=outcome.size, sha256=outcome.sha256)
        return outcomes

    def _try(self, distribution: Distribution, offered: Offered, standing: Standing | None) -> Outcome:
        try:
            if standing is None:
                return self._take(distribution, offered)
            return self._compare(distribution, offered, standing)
        except (RefusedError, DamagedError) as error:
            return _outcome(distribution, Result.REFUSED, reason=str(error))
        except (UnavailableError, ObjectChangedError) as error:
            return _outcome(distribution, Result.FAILED, reason=str(error))

    def _take(self, distribution: Distribution, offered: Offered) -> Outcome:
        yanked = offered.yanked is not None
        if not self._looks:
            said = offered.hashes.get("sha256")
            return _outcome(distribution, Result.TAKEN, yanked=yanked, sha256=said, size=offered.size)
        with self._source.fetch(offered) as fetched:
            _inspect(fetched, distribution)
            occupied = None if self._dry_run else self._put(distribution, offered, fetched)
        return occupied or _outcome(
            distribution,
            Result.TAKEN,
            yanked=yanked,
            sha256=fetched.sha256,
            size=fetched.size,
            pending=True,
        )

    def _put(self, distribution: Distribution, offered: Offered, fetched: Fetched) -> Outcome | None:
        """Put a file where it belongs; what it is beside another one that stands there, if one does."""
        key = keys.distribution_file(distribution)
        with self._yanked_before(key, offered) as unyank:
            try:
                deposit(self._store, key, fetched, check=self._check)
            except OccupiedError:
                outcome = self._compare_with_new(distribution, offered, fetched, key)
                if outcome.result is Result.CONFLICT:
                    unyank()  # it was not meant for that one
                return outcome
        return None

    @contextmanager
    def _yanked_before(self, key: str, offered: Offered) -> Iterator[Callable[[], None]]:
        """The marker stands before the file, so that it is never offered as a good one; or neither does."""
        marker = keys.yanked_of(key)
        etag = None if offered.yanked is None else put_marker(self._store, marker, offered.yanked)

        def unyank() -> None:
            if etag is not None:
                take_marker_back(self._store, marker, etag)

        try:
            yield unyank
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                # Somebody else may have put the file there meanwhile, and counted on our marker.
                if etag is not None and read_standing(self._store, key) is None:
                    unyank()
            raise

    def _compare_with_new(
        self, distribution: Distribution, offered: Offered, fetched: Fetched, key: str
    ) -> Outcome:
        """Somebody has put another one there meanwhile; or we have, and the answer was lost."""
        standing = read_standing(self._store, key)
        if standing is None:
            raise ObjectChangedError(key)
        return self._compare_fetched(distribution, offered, fetched, standing)

    def _compare(self, distribution: Distribution, offered: Offered, standing: Standing) -> Outcome:
        said = offered.hashes.get("sha256")
        if said is not None and standing.sha256 is not None:
            return self._settle(distribution, offered, standing, sha256=said)
        size = self._source.size_of(offered)
        if size is not None and standing.size is not None and size != standing.size:
            return _conflict(distribution, f"{standing.size} bytes", f"{size} bytes")
        if not self._looks or (size is not None and not self._compares_bytes):
            how = _BY_SIZE if size is not None else _UNSEEN
            return self._settle(distribution, offered, standing, sha256=standing.sha256, how=how)
        with self._source.fetch(offered) as fetched:
            return self._compare_fetched(distribution, offered, fetched, standing)

    def _compare_fetched(
        self, distribution: Distribution, offered: Offered, fetched: Fetched, standing: Standing
    ) -> Outcome:
        if standing.sha256 is None and fetched.size == standing.size:
            return self._settle(distribution, offered, standing, sha256=None, how=_BY_SIZE)
        return self._settle(distribution, offered, standing, sha256=fetched.sha256)

    def _settle(
        self,
        distribution: Distribution,
        offered: Offered,
        standing: Standing,
        *,
        sha256: str | None,
        how: str = "",
    ) -> Outcome:
        """What is there is the same, and takes over a yank; or it is another, and keeps its place."""
        if sha256 != standing.sha256:
            return _conflict(distribution, f"sha256 {standing.sha256}", f"sha256 {sha256}")
        yanked = False
        if offered.yanked is not None and not standing.is_yanked:
            marker = keys.yanked_of(keys.distribution_file(distribution))
            yanked = self._dry_run or put_marker(self._store, marker, offered.yanked) is not None
        return _outcome(
            distribution,
            Result.THERE,
            reason=how,
            sha256=sha256,
            yanked=yanked,
            pending=yanked or not standing.is_listed,
        )


def _inspect(fetched: Fetched, distribution: Distribution) -> None:
    """Look at a file as the indexer will. Raises `RefusedError`."""
    if fetched.size == 0:
        raise UnreadableArchiveError(distribution.filename, "it is empty")
    parse_metadata(read_metadata(fetched.file, distribution), distribution)


def _conflict(distribution: Distribution, here: str, there: str) -> Outcome:
    reason = (
        f"{distribution.filename!r} is in the index with {here}, and the source has it with {there}: what is "
        "published never changes."
    )
    return _outcome(distribution, Result.CONFLICT, reason=reason)


def _outcome(
    distribution: Distribution,
    result: Result,
    *,
    reason: str = "",
    sha256: str | None = None,
    size: int | None = None,
    yanked: bool = False,
    pending: bool = False,
) -> Outcome:
    return Outcome(
        result=result,
        project=distribution.project,
        filename=distribution.filename,
        reason=reason,
        sha256=sha256,
        size=size,
        yanked=yanked,
        pending=pending,
    )
