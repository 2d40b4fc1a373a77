"""What the index makes of uploads: each stands on its project's page, or there is a reason why not."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from serverless_pypi.errors import CommandError, NotHoldingError, UnreadablePageError
from serverless_pypi.index import Index
from serverless_pypi.uploads import Upload
from serverless_pypi.waiting import wait_for
from serverless_pypi.workers import Workers
from simple_index import keys
from simple_index.model import ProjectDetail

__all__ = ["Arrival", "NotListedError", "read_pages", "wait_for_arrivals"]

Pages = Mapping[NormalizedName, ProjectDetail | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """An upload that the indexer is done with. A *reason* says that it was refused, and why."""

    upload: Upload
    reason: str | None = None


class NotListedError(CommandError):
    """The indexer has not come to all of it in time; *arrived* are those it has come to."""

    def __init__(self, waiting: Sequence[Upload], seconds: float, arrived: Sequence[Arrival]) -> None:
        self.arrived = tuple(arrived)
        first = waiting[0]
        super().__init__(
            f"After {seconds:g} s {len(waiting)} of the files sent are neither listed nor refused, the first "
            f"of them {first.candidate.filename}: run the same command again. If it stays so, have an "
            f"operator look whether {first.key!r} is there still (then at the indexer's queue and log), and "
            "whether you have the stack's PublisherPolicy, which lets you see what is listed."
        )


def read_pages(index: Index, projects: Sequence[NormalizedName], *, jobs: int) -> Pages:
    """What each project's page says; None where there is none, or none that can be read back.

    Raises `NoRightToReadError`.
    """

    def read(project: NormalizedName) -> tuple[NormalizedName, ProjectDetail | None]:
        try:
            page = index.page(project, denied_is_missing=True)
        except UnreadablePageError:  # the indexer makes it anew with the next upload
            page = None
        return project, page.detail if page else None

    with Workers(jobs) as workers:
        return dict(workers.each(read, projects))


def wait_for_arrivals(
    index: Index,
    uploads: Sequence[Upload],
    *,
    jobs: int,
    patience: float,
    advance: Callable[[int], object] = lambda _: None,
) -> list[Arrival]:
    """Return once the indexer is done with all of them; *advance* is told how many.

    Raises `NotListedError`.
    """
    waiting = list(uploads)
    arrived: list[Arrival] = []

    def look() -> bool | None:
        new = _arrivals(index, waiting, jobs)
        arrived.extend(new)
        done = {one.upload.key for one in new}
        waiting[:] = [upload for upload in waiting if upload.key not in done]
        advance(len(new))
        return None if waiting else True

    try:
        wait_for(look, what="what was sent", hint="", patience=patience)
    except NotHoldingError:  # which cannot know how many are left
        raise NotListedError(waiting, patience, arrived) from None
    return arrived


def _arrivals(index: Index, waiting: Sequence[Upload], jobs: int) -> list[Arrival]:
    projects = sorted({one.candidate.distribution.project for one in waiting})
    listed = {
        (project, file.filename): file.sha256
        for project, page in read_pages(index, projects, jobs=jobs).items()
        for file in (page.files if page else ())
    }

    def look(upload: Upload) -> Arrival | None:
        distribution = upload.candidate.distribution
        return _arrival(index, upload, listed.get((distribution.project, distribution.filename)))

    with Workers(jobs) as workers:
        return [arrival for arrival in workers.each(look, waiting) if arrival is not None]


def _arrival(index: Index, upload: Upload, listed_sha256: str | None) -> Arrival | None:
    candidate = upload.candidate
    if listed_sha256 == candidate.sha256:
        return Arrival(upload=upload)
    stored = index.store.read(keys.reason_of(upload.key), denied_is_missing=True)
    if stored is not None:
        return Arrival(upload=upload, reason=_reason(stored.body))
    if listed_sha256 is not None and candidate.has_changed():
        return Arrival(
            upload=upload,
            reason=f"{candidate.filename!r} was written to while it was sent, and is published as it was "
            f"then, with sha256 {listed_sha256}: yank it, and publish a new version.",
        )
    return None


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "the reason cannot be read: ask an operator for what stands under rejected/."
