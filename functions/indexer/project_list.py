"""The list of projects: those that have a file. It changes when a first file comes or a last one goes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from indexer.bucket import Bucket, Listed
from indexer.errors import ConflictError
from indexer.pages import PagePair
from indexer.rebuild import Rebuilt
from indexer.retries import retry_on_conflict
from simple_index import html, keys, memory, pep691
from simple_index.model import ProjectList

__all__ = ["Span", "update_project_list"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The projects behind *after* up to *last*, or to the end where that is None, in the order of a LIST."""

    after: str
    last: str | None

    def __contains__(self, project: str) -> bool:
        prefix = f"{project}/"
        return f"{self.after}/" < prefix and (self.last is None or prefix <= f"{self.last}/")


#: The `since` of a project of which no page was read: it is none that a page has.
_UNKNOWN = "?"
_MOST_HALF_WRITTEN = 100

_PAGES = PagePair(
    json_key=keys.PROJECT_LIST_JSON,
    html_key=keys.PROJECT_LIST_HTML,
    parse=memory.parse_list,
    render_json=pep691.render_list,
    render_html=html.render_list,
)


def update_project_list(
    bucket: Bucket,
    rebuilt: Sequence[Rebuilt],
    *,
    force: bool = False,
    span: Span | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """Make the list true for the projects just rebuilt; whether it was written.

    One read in all where nothing changed. *force* writes it in any case. *span* says that *rebuilt* are
    all the projects there are in it, so that the list may name no other there. Raises `ContentionError`
    as `rebuild` does.
    """

    def attempt(conflicts: int) -> bool:
        # A walk looks also for what a handler left that died between the two pages.
        before = _PAGES.read(bucket, trust_memory=conflicts == 0 and span is None)
        if before.content is None:
            _PAGES.write(bucket, _list_from_bucket(bucket, rebuilt), over=before)
            return True
        doubtful = _ghosts(before.content, rebuilt, span) | _doubtful(before.content, rebuilt)
        if not before.paired:
            doubtful = _half_written(bucket, before.content, before.html_etag) | doubtful
        elif not doubtful and not force and conflicts == 0:  # else HTML may be half done
            return False
        _PAGES.write(bucket, _corrected(bucket, before.content, doubtful), over=before)
        return True

    return retry_on_conflict(keys.PROJECT_LIST_JSON, attempt, pause)


def _doubtful(listed: ProjectList, rebuilt: Sequence[Rebuilt]) -> dict[NormalizedName, str]:
    """The projects for which the list was not written since they changed sides, with their new `since`.

    It is not asked whether the list agrees: it may be about to change under a handler that looked at the
    bucket before the change, and our write is what stops that. For the same reason who changed the side
    does not matter: that handler may have died before it came to the list.
    """
    return {one.project: one.since for one in rebuilt if listed.since(one.project) != one.since}


def _ghosts(listed: ProjectList, rebuilt: Sequence[Rebuilt], span: Span | None) -> dict[NormalizedName, str]:
    """The projects that the list names, and that are not there."""
    if span is None:
        return {}
    there = {one.project for one in rebuilt}
    return {name: "" for name in (*listed.projects, *listed.emptied) if name in span and name not in there}


def _half_written(bucket: Bucket, listed: ProjectList, html_etag: str | None) -> dict[NormalizedName, str]:
    """The projects that one page names and the other does not.

    A handler is between its two writes, or died there: the HTML list says what it found, and what we write
    over that must not be older. For which `since` that was is not known, so each keeps the one it has.
    """
    page = bucket.read_page(keys.PROJECT_LIST_HTML)
    if (page.etag if page else None) != html_etag:
        raise ConflictError(keys.PROJECT_LIST_HTML)
    names = html.names_on_list(page.body) ^ listed.projects.keys() if page else set()
    # More than that no handler changes at once: it is a page of other hands, and each name costs a LIST.
    return {name: listed.since(name) for name in names} if len(names) <= _MOST_HALF_WRITTEN else {}


def _corrected(bucket: Bucket, listed: ProjectList, doubtful: Mapping[NormalizedName, str]) -> ProjectList:
    projects = {name: since for name, since in listed.projects.items() if name not in doubtful}
    emptied = {name: since for name, since in listed.emptied.items() if name not in doubtful}
    for project, since in doubtful.items():
        # Looked up after the list's ETag was read, as always.
        if _has_files(bucket, project):
            projects[project] = since or _UNKNOWN
        elif since:
            emptied[project] = since
    return ProjectList(projects=projects, emptied=emptied)


def _list_from_bucket(bucket: Bucket, rebuilt: Sequence[Rebuilt]) -> ProjectList:
    """A list where there was none to read."""
    known = {one.project: one.since for one in rebuilt}
    projects = {name: known.get(name) or _UNKNOWN for name in _projects_with_files(bucket)}
    emptied = {name: since for name, since in known.items() if since and name not in projects}
    return ProjectList(projects=projects, emptied=emptied)


def _projects_with_files(bucket: Bucket) -> set[NormalizedName]:
    return {project for listed in bucket.list(keys.SIMPLE) if (project := _project_with(listed))}


def _has_files(bucket: Bucket, project: NormalizedName) -> bool:
    return any(_project_with(listed) for listed in bucket.list(keys.project_prefix(project)))


def _project_with(listed: Listed) -> NormalizedName | None:
    """The project that has this file; None if it is none, or no project's."""
    return keys.normalized_project_of(listed.key) if keys.is_distribution(listed.key) else None
