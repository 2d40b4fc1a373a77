"""Waiting until a project's page shows what was done beside it."""

from collections.abc import Callable

from packaging.utils import NormalizedName

from serverless_pypi.errors import UnreadablePageError
from serverless_pypi.index import Index
from serverless_pypi.waiting import wait_for
from simple_index.model import ProjectDetail

__all__ = ["wait_until_shown"]


def wait_until_shown(
    index: Index,
    project: NormalizedName,
    shows: Callable[[ProjectDetail], bool],
    *,
    what: str,
    patience: float,
) -> ProjectDetail:
    """What the page says once it *shows* it. Raises `NotHoldingError`."""

    def look() -> ProjectDetail | None:
        try:
            page = index.page(project)
        except UnreadablePageError:  # the indexer makes it anew
            return None
        return page.detail if page is not None and shows(page.detail) else None

    return wait_for(
        look,
        what=what,
        hint=f"it is done, and the indexer has not come to the page yet: `serverless-pypi reindex {project}` "
        "asks for it once more; if that does not help, look at the indexer's queue and log.",
        patience=patience,
    )
