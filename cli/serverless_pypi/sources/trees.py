"""Files at any depth, on this machine or in S3: projects by the names of the files, not of the folders.

Where a folder has an index page (pypiprivate writes one, and s3pypi, under a key that ends in a slash), its
hashes and yanks are those of the files beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from packaging.utils import NormalizedName

from serverless_pypi.sources.errors import NoSuchProjectError, UnavailableError, UnreadablePageError
from serverless_pypi.sources.kinds import COMPANIONS, is_distribution, kind_of
from serverless_pypi.sources.offers import LARGEST_PAGE, Fetched, Offer, Offered, Stray
from simple_index.errors import RefusedError
from simple_index.filenames import parse_filename

__all__ = ["Leaf", "Tree", "TreeSource"]

#: What an index page is called. s3pypi's have no name, only a folder.
_PAGES = ("index.html", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A file of a tree. *size* in bytes."""

    #: With slashes, below the tree's root.
    path: str
    size: int
    upload_time: datetime | None

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]


class Tree(Protocol):
    """What a folder and a bucket can both do."""

    name: str
    local: bool

    def walk(self) -> Iterator[Leaf | Stray]:
        """Each file, in order of paths. Raises `CommandError` where there is no such tree."""

    def read(self, path: str, most: int) -> bytes:
        """The first *most* bytes of a file. Raises `UnavailableError`."""

    def fetch(self, offered: Offered) -> AbstractContextManager[Fetched]:
        """As `Source.fetch`."""

    def close(self) -> None:
        """As `Source.close`."""


class TreeSource:
    """A tree as a `Source`. It is walked once."""

    def __init__(self, tree: Tree) -> None:
        self.name = tree.name
        self.local = tree.local
        self._tree = tree
        self._leaves: dict[NormalizedName, list[Leaf]] = defaultdict(list)
        self._strays: list[Stray] = []
        self._pages: dict[str, list[str]] = defaultdict(list)
        self._parsed: dict[str, Mapping[str, Offered]] = {}
        for found in tree.walk():
            self._sort(found)

    def projects(self) -> Iterable[str]:
        return self._leaves

    def strays(self) -> Iterable[Stray]:
        return self._strays

    def offer(self, project: NormalizedName) -> Offer:
        if project not in self._leaves:
            raise NoSuchProjectError(self.name, project)
        leaves = self._leaves[project]
        files = tuple(self._offered(leaf) for leaf in leaves)
        return Offer(project=project, files=files, lost=tuple(self._lost(project, leaves)))

    def size_of(self, offered: Offered) -> int | None:
        return offered.size

    def fetch(self, offered: Offered) -> AbstractContextManager[Fetched]:
        return self._tree.fetch(offered)

    def close(self) -> None:
        self._tree.close()

    def _sort(self, found: Leaf | Stray) -> None:
        if isinstance(found, Stray):
            self._strays.append(found)
        elif found.filename in _PAGES:
            self._pages[found.folder].append(found.path)
        elif is_distribution(found.filename):
            try:
                self._leaves[parse_filename(found.filename).project].append(found)
            except RefusedError as error:
                self._strays.append(Stray(name=found.path, reason=str(error), refused=True))
        elif found.filename != "index.json" and not found.filename.endswith(COMPANIONS):
            self._strays.append(Stray(name=found.path, reason=kind_of(found.filename)))

    def _offered(self, leaf: Leaf) -> Offered:
        offered = Offered(
            filename=leaf.filename, where=leaf.path, size=leaf.size, upload_time=leaf.upload_time
        )
        said = self._page_of(leaf.folder).get(leaf.filename)
        return replace(offered, hashes=said.hashes, yanked=said.yanked) if said else offered

    def _lost(self, project: NormalizedName, leaves: Iterable[Leaf]) -> Iterator[str]:
        """What the pages beside the project's files name of it, and no leaf is."""
        here = {leaf.filename for leaf in leaves}
        for folder in sorted({leaf.folder for leaf in leaves}):
            for filename in self._page_of(folder):
                if filename not in here and _project_of(filename) == project:
                    yield filename

    def _page_of(self, folder: str) -> Mapping[str, Offered]:
        """What the index pages of a folder say of the files in it, by filename."""
        if folder not in self._parsed:
            said: dict[str, Offered] = {}
            for path in self._pages.get(folder, ()):
                said |= self._parse(path)
            self._parsed[folder] = said
        return self._parsed[folder]

    def _parse(self, path: str) -> dict[str, Offered]:
        from serverless_pypi.sources.pages import parse_beside  # a third of a second, for few folders

        body = self._tree.read(path, LARGEST_PAGE + 1)
        try:
            if len(body) > LARGEST_PAGE:
                raise UnreadablePageError(f"it is larger than {LARGEST_PAGE} bytes")
            return {offered.filename: offered for offered in parse_beside(body)}
        except UnreadablePageError as error:
            raise UnavailableError(
                f"{path!r} of {self.name} cannot be read as an index page: {error}."
            ) from None


def _project_of(filename: str) -> NormalizedName | None:
    try:
        return parse_filename(filename).project
    except RefusedError:
        return None
