"""The list of projects: those that have a file. It changes when a first file comes or a last one goes."""

import time
from collections.abc import Callable, Sequence

from packaging.utils import NormalizedName
from simple_index import html, keys, memory, pep691
from simple_index.model import ProjectList

from indexer.bucket import Bucket
from indexer.pages import PagePair, Reading
from indexer.rebuild import Rebuilt
from indexer.retries import retry_on_conflict

__all__ = ["update_project_list"]

_PAGES = PagePair(
    json_key=keys.PROJECT_LIST_JSON,
    html_key=keys.PROJECT_LIST_HTML,
    parse=memory.parse_list,
    render_json=pep691.render_list,
    render_html=html.render_list,
)


def update_project_list(
    bucket: Bucket, rebuilt: Sequence[Rebuilt], *, pause: Callable[[float], None] = time.sleep
) -> bool:
    """Make the list true for the projects just rebuilt; whether it was written.

    One read in all where nothing changed. Raises `ContentionError` as `rebuild` does.
    """

    def attempt(conflicts: int) -> bool:
        before = _PAGES.read(bucket, trust_memory=conflicts == 0)
        doubtful = _doubtful(before, rebuilt)
        if before.content is not None and not doubtful:
            return False
        _PAGES.write(bucket, _true_list(bucket, before, doubtful), over=before)
        return True

    return retry_on_conflict(keys.PROJECT_LIST_JSON, attempt, pause)


def _doubtful(before: Reading[ProjectList], rebuilt: Sequence[Rebuilt]) -> set[NormalizedName]:
    """The projects to look at: those that changed sides, and those that the list has wrong.

    One that changed sides is written even where the list agrees: the list may be about to change under
    a handler that looked before the change, and our write is what stops it. One that the list has wrong
    is what a handler left that died after it had written the project's page.
    """
    listed = before.content.projects if before.content else frozenset()
    return {
        one.project
        for one in rebuilt
        if one.had_files != bool(one.files) or (one.project in listed) != bool(one.files)
    }


def _true_list(bucket: Bucket, before: Reading[ProjectList], doubtful: set[NormalizedName]) -> ProjectList:
    if before.content is None:
        return ProjectList(projects=frozenset(_projects_with_files(bucket, keys.SIMPLE)))
    # Looked up after the list's ETag was read, as always.
    present = {
        project for one in doubtful for project in _projects_with_files(bucket, keys.project_prefix(one))
    }
    return ProjectList(projects=(before.content.projects - doubtful) | present)


def _projects_with_files(bucket: Bucket, prefix: str) -> set[NormalizedName]:
    projects = set()
    for listed in bucket.list(prefix):
        project = keys.normalized_project_of(listed.key)
        if project is not None and keys.is_distribution(listed.key):
            projects.add(project)
    return projects
