"""Pages that are written anew: the sign of it is another ETag, since each writing has a nonce of its own."""

from collections.abc import Iterable, Mapping, Sequence

from packaging.utils import NormalizedName

from serverless_pypi.comparison import Comparison
from serverless_pypi.errors import CommandError, NotHoldingError
from serverless_pypi.waiting import wait_for
from serverless_pypi.workers import Workers
from simple_index import keys

__all__ = ["NotWrittenError", "Writings", "read_etags", "wait_until_written"]

#: By project; None where there is no page.
Writings = Mapping[NormalizedName, str | None]

_MOST_NAMED = 5


class NotWrittenError(CommandError):
    def __init__(self, projects: Sequence[NormalizedName], seconds: float) -> None:
        more = len(projects) - _MOST_NAMED
        names = ", ".join(projects[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        super().__init__(
            f"No new page of {names} after {seconds:g} s: it is asked for, and comes when the indexer has "
            "the time; if it does not, look at its log and at its dead letters."
        )


def read_etags(comparison: Comparison, workers: Workers, projects: Iterable[NormalizedName]) -> Writings:
    """Which pages of *projects* stand now."""

    def read(project: NormalizedName) -> tuple[NormalizedName, str | None]:
        return project, comparison.bucket.etag(keys.detail_json(project))

    return dict(workers.each(read, projects))


def wait_until_written(
    comparison: Comparison, workers: Workers, before: Writings, *, patience: float
) -> None:
    """Return once each of the projects has another page than *before*. Raises `NotWrittenError`."""
    waiting = set(before)

    def look() -> bool | None:
        for project, etag in read_etags(comparison, workers, sorted(waiting)).items():
            if etag is not None and etag != before[project]:
                waiting.discard(project)
        return None if waiting else True

    try:
        wait_for(look, what="", hint="", patience=patience)
    except NotHoldingError:
        raise NotWrittenError(sorted(waiting), patience) from None
