"""What must be true of a bucket at every moment of its history, whatever the order of things was.

Each version of a page was made from a look at the bucket that came after the version before. So a file that
stood there all the time between two versions is on the later one, and one that was never there is not.
"""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from simple_index import keys

__all__ = ["Names", "check_history", "names_on_page"]

Names = frozenset[str]

_PAGES = ("index.json", "index.html")
_ANCHOR = re.compile(r">([^<>]+)</a>")


@dataclass
class _Page:
    """A page between two of its versions: what the next one has to name, and what it may."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)

    def check(self, key: str, names: Names) -> None:
        assert self.must <= names, f"{key} forgot {sorted(self.must - names)}"
        assert names <= self.may, f"{key} made up {sorted(names - self.may)}"


def check_history(before: Mapping[str, bytes], changes: Iterable[tuple[str, bytes | None]]) -> None:
    """Follow *changes* from the bucket as it was *before*. Raises AssertionError at the first wrong page."""
    history = _History(before)
    for key, body in changes:
        history.follow(key, body)


class _History:
    def __init__(self, before: Mapping[str, bytes]) -> None:
        self._files: dict[str, set[str]] = {}
        for key in before:
            if _is_file(key):
                self._files.setdefault(_project(key), set()).add(keys.filename_of(key))
        self._pages: dict[str, _Page] = {}
        self._lists = {
            key: self._list_after(names_on_page(key, before[key]) if key in before else frozenset())
            for key in (keys.PROJECT_LIST_JSON, keys.PROJECT_LIST_HTML)
        }

    def follow(self, key: str, body: bytes | None) -> None:
        if _is_file(key):
            self._follow_file(_project(key), keys.filename_of(key), came=body is not None)
        elif key in self._lists and body is not None:
            names = names_on_page(key, body)
            self._lists[key].check(key, names)
            self._lists[key] = self._list_after(names)
        elif keys.project_of(key) is not None and keys.filename_of(key) in _PAGES:
            self._page(key).check(key, names_on_page(key, body) if body is not None else frozenset())
            self._pages[key] = self._page_after(key)

    def _follow_file(self, project: str, filename: str, *, came: bool) -> None:
        pages = [self._page(f"{keys.SIMPLE}{project}/{page}") for page in _PAGES]
        files = self._files.setdefault(project, set())
        if came:
            files.add(filename)
            for page in pages:
                page.may.add(filename)
            for listing in self._lists.values():
                listing.may.add(project)
        else:
            files.discard(filename)
            for page in pages:
                page.must.discard(filename)
            for listing in self._lists.values() if not files else ():
                listing.must.discard(project)

    def _page(self, key: str) -> _Page:
        if key not in self._pages:
            self._pages[key] = self._page_after(key)
        return self._pages[key]

    def _page_after(self, key: str) -> _Page:
        files = self._files.get(_project(key), set())
        return _Page(must=set(files), may=set(files))

    def _list_after(self, names: Names) -> _Page:
        """The list is corrected for single projects, so a project may stay on it that is long gone."""
        projects = {project for project, files in self._files.items() if files}
        return _Page(must=projects & names, may=projects | names)


def names_on_page(key: str, body: bytes) -> Names:
    """The files or the projects that a page names."""
    if key.endswith(".html"):
        return frozenset(_ANCHOR.findall(body.decode()))
    fields = json.loads(gzip.decompress(body))
    if "files" in fields:
        return frozenset(file["filename"] for file in fields["files"])
    return frozenset(project["name"] for project in fields["projects"])


def _is_file(key: str) -> bool:
    return keys.is_distribution(key) and keys.project_of(key) is not None


def _project(key: str) -> str:
    return keys.project_of(key) or ""
