"""The walk over the index, in stretches: each is judged before the next is begun.

So what a walk remembers does not grow with the index, and it can be left off between any two.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from packaging.utils import NormalizedName

from indexer.folder import Folder
from indexer.project_list import Span
from indexer.reconcile import folders
from serverless_pypi.comparison import LIST, Comparison, Listing, Look
from serverless_pypi.workers import Workers

__all__ = ["Scope", "Stretch"]

#: A stretch ends behind the project with which it has so many.
_MOST_PROJECTS = 200
_MOST_FILES = 20_000

Seen = Callable[[Look], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Some projects that follow each other, each looked at once."""

    looks: Sequence[Look]
    #: Where the walk is taken up again; None at its end.
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What is looked at: these *projects*, or all behind *after*, in the order of a LIST."""

    projects: Sequence[NormalizedName] = ()
    after: str = ""

    def stretches(
        self,
        comparison: Comparison,
        workers: Workers,
        *,
        most_bytes: float = float("inf"),
        seen: Seen = lambda _: None,
    ) -> Iterator[Stretch]:
        """Of a walk, none with more than *most_bytes* of files, unless in one project. *seen* is told of each
        look."""
        if self.projects:
            return _named(comparison, workers, self.projects, seen)
        return _walk(comparison, workers, self.after, most_bytes, seen)

    def count(self, comparison: Comparison) -> int:
        """How many projects there are in it, as far as the project list knows."""
        span = Span(after=self.after, last=None)
        return len(self.projects) or sum(name in span for name in comparison.read_list().names())

    def size(self, comparison: Comparison) -> int:
        """Bytes of the files in it."""
        bucket = comparison.bucket
        chosen: Iterable[Folder] = (Folder.of(bucket, project) for project in self.projects)
        if not self.projects:
            chosen = folders(bucket, self.after)
        return sum(listed.size for folder in chosen for listed in folder.distributions())


def _walk(
    comparison: Comparison, workers: Workers, after: str, most_bytes: float, seen: Seen
) -> Iterator[Stretch]:
    """All projects that have a folder, and those that only the project list knows."""
    remaining = folders(comparison.bucket, after)
    is_used = bool(after)
    while True:
        listing = comparison.read_list()
        taken = _Taken(most_bytes)

        def look(folder: Folder, listing: Listing = listing) -> Look:
            return comparison.look(folder.project, listing, folder)

        looks = _all(workers.each(look, taken.of(remaining)), seen)
        span = Span(after=after, last=taken.last)
        there = {one.project for one in looks}
        ghosts = sorted(name for name in listing.names() if name in span and name not in there)
        looks += _all(workers.each(partial(comparison.look, listing=listing), ghosts), seen)
        is_used = is_used or any(one.count for one in looks)
        if taken.last is None:
            yield Stretch(looks=[*looks, *_list_of(comparison, listing, is_used=is_used)], after=None)
            return
        yield Stretch(looks=looks, after=taken.last)
        after = taken.last


def _named(
    comparison: Comparison, workers: Workers, projects: Sequence[NormalizedName], seen: Seen
) -> Iterator[Stretch]:
    for start in range(0, len(projects), _MOST_PROJECTS):
        chosen = projects[start : start + _MOST_PROJECTS]
        look = partial(comparison.look, listing=comparison.read_list())
        yield Stretch(looks=_all(workers.each(look, chosen), seen), after=None)
    yield Stretch(looks=[comparison.look(LIST, comparison.read_list())], after=None)


def _list_of(comparison: Comparison, listing: Listing, *, is_used: bool) -> list[Look]:
    """A look at the project list itself; an index without files needs none."""
    return [comparison.look(LIST, listing)] if is_used or listing.stands else []


def _all(looks: Iterable[Look], seen: Seen) -> list[Look]:
    done = []
    for look in looks:
        seen(look)
        done.append(look)
    return done


class _Taken:
    """How much of a walk a stretch has taken."""

    def __init__(self, most_bytes: float) -> None:
        #: The project that ended the stretch; None where the walk ended.
        self.last: NormalizedName | None = None
        self._projects = self._files = 0
        self._bytes_left = most_bytes

    def of(self, remaining: Iterator[Folder]) -> Iterator[Folder]:
        for folder in remaining:
            yield folder
            for listed in folder.distributions():
                self._files += 1
                self._bytes_left -= listed.size
            self._projects += 1
            if self._projects >= _MOST_PROJECTS or self._files >= _MOST_FILES or self._bytes_left <= 0:
                self.last = folder.project
                return
