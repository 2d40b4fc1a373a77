"""Waiting until a project's page shows what was done beside it."""

from collections.abc import Callable, Mapping

from packaging.utils import NormalizedName

from serverless_pypi.errors import CommandError, UnreadablePageError
from serverless_pypi.index import Index
from serverless_pypi.waiting import wait_for
from simple_index import keys
from simple_index.model import ProjectDetail

__all__ = ["OvertakenError", "wait_until_shown"]


class OvertakenError(CommandError):
    def __init__(self, key: str, project: NormalizedName) -> None:
        super().__init__(
            f"Somebody else has changed {key!r} at the same time: see `serverless-pypi status {project}`, "
            "agree with them, and run the same command again if need be."
        )


def wait_until_shown(
    index: Index,
    project: NormalizedName,
    shows: Callable[[ProjectDetail], bool],
    *,
    objects: Mapping[str, str | None],
    what: str,
    patience: float,
) -> ProjectDetail:
    """What the page says once it *shows* what was done: *objects* that were put, by their ETags, or deleted.

    Raises `OvertakenError` if one of them is not so any more, for then the page would never show it; and
    `NotHoldingError`.
    """

    def look() -> ProjectDetail | None:
        try:
            page = index.page(project)
        except UnreadablePageError:  # the indexer makes it anew
            page = None
        if page is not None and shows(page.detail):
            return page.detail
        # Only now: what the page does not show may have been read before somebody else changed it.
        there = {listed.key: listed.etag for listed in index.store.list(keys.project_prefix(project))}
        for key, etag in objects.items():
            if there.get(key) != etag:
                raise OvertakenError(key, project)
        return None

    return wait_for(
        look,
        what=what,
        hint=f"it is done, and the indexer has not come to the page yet: `serverless-pypi reindex {project}` "
        "asks for it once more; if that does not help, look at the indexer's queue and log.",
        patience=patience,
    )
