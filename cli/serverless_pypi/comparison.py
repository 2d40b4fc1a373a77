"""The index held against itself: each project's pages against its objects, the list against the projects."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError
from packaging.utils import NormalizedName

from indexer.answers import is_object_fault
from indexer.bucket import Bucket
from indexer.drift import drift_of
from indexer.folder import Folder
from indexer.pages import PagePair, Reading
from indexer.rebuild import pages_of
from serverless_pypi.errors import NoIndexUrlError
from serverless_pypi.index import Index
from simple_index import html, keys, memory, pep691
from simple_index.model import File, ProjectDetail, ProjectList

__all__ = ["LIST", "Comparison", "Finding", "Listing", "Look"]

#: Stands for the project list where else a project is named.
LIST = NormalizedName("")

_LIST_PAGES = PagePair(
    json_key=keys.PROJECT_LIST_JSON,
    html_key=keys.PROJECT_LIST_HTML,
    parse=memory.parse_list,
    render_json=pep691.render_list,
    render_html=html.render_list,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is not as it should be, for a program and for a person."""

    project: NormalizedName
    kind: str
    key: str
    #: The rest of a sentence that begins with the key, without its full stop.
    problem: str
    #: Whether the indexer mends it when it is asked to write the page.
    by_rebuild: bool = True

    def __str__(self) -> str:
        return f"{self.key} {self.problem}."


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was seen of a project, or of `LIST`, at one moment."""

    project: NormalizedName
    findings: tuple[Finding, ...]
    #: How many files there are.
    count: int = 0
    #: Those that the page lists, if they were asked for.
    files: tuple[File, ...] = ()
    #: The ETag of the page: while it changes, somebody is at work.
    page: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The project list as it was read; None where there is none that can be read."""

    reading: Reading[ProjectList]

    @property
    def stands(self) -> bool:
        return self.reading.json_etag is not None

    def names(self) -> Iterator[NormalizedName]:
        """The projects that it knows, with files and without."""
        content = self.reading.content
        return iter((*content.projects, *content.emptied) if content is not None else ())

    def findings(self, project: NormalizedName, *, has_files: bool) -> Iterator[Finding]:
        content = self.reading.content
        if content is None or (project in content.projects) == has_files:
            return
        problem = f"does not name {project}" if has_files else f"names {project}, which has no files"
        yield Finding(project=project, kind="list", key=keys.PROJECT_LIST_JSON, problem=problem)


class Comparison:
    """Looks at projects, from any thread. *files* has each look keep what the page lists."""

    def __init__(self, bucket: Bucket, *, files: bool = False) -> None:
        self.bucket = bucket
        self._files = files

    @classmethod
    def of(cls, index: Index, *, files: bool = False) -> "Comparison":
        """Links to attestations are held against the index URL, and left alone where nobody knows it."""
        try:
            url = index.url
        except (NoIndexUrlError, ClientError, BotoCoreError):
            url = None
        return cls(Bucket(index.store.client, index.store.bucket, index_url=url), files=files)

    def read_list(self) -> Listing:
        return Listing(reading=_LIST_PAGES.read(self.bucket, trust_memory=False))

    def look(self, project: NormalizedName, listing: Listing, folder: Folder | None = None) -> Look:
        """What is wrong with *project* now, or was when *folder* was listed."""
        if project == LIST:
            return self._look_at_list(listing)
        if folder is None:
            folder = Folder.of(self.bucket, project)
        try:
            reading = pages_of(project).read(self.bucket, trust_memory=True)
        except Exception as error:
            if not is_object_fault(error):
                raise
            return Look(project=project, findings=(_unreadable(project, error),))
        count = sum(1 for _ in folder.distributions())
        findings = [*self._drift(reading, folder), *listing.findings(project, has_files=count > 0)]
        files = reading.content.files if reading.content is not None and self._files else ()
        return Look(
            project=project, findings=tuple(findings), count=count, files=files, page=reading.json_etag
        )

    def _drift(self, reading: Reading[ProjectDetail], folder: Folder) -> Iterator[Finding]:
        if self.bucket.index_url is None and reading.content is not None:
            # Where it is read nobody has said here; the indexer may know.
            files = tuple(replace(file, provenance=None) for file in reading.content.files)
            reading = replace(reading, content=replace(reading.content, files=files))
        for drift in drift_of(self.bucket, reading, folder):
            yield Finding(project=folder.project, kind=drift.kind, key=drift.key, problem=drift.problem)

    def _look_at_list(self, listing: Listing) -> Look:
        reading = listing.reading
        problems = []
        if reading.content is None and reading.json_etag is not None:
            problems.append((keys.PROJECT_LIST_JSON, "is no project list that the indexer wrote"))
        elif reading.content is None:
            problems.append((keys.PROJECT_LIST_JSON, "is missing"))
        elif not reading.paired:
            problem = (
                "is not the page that was written with index.json" if reading.html_etag else "is missing"
            )
            problems.append((keys.PROJECT_LIST_HTML, problem))
        findings = tuple(
            Finding(project=LIST, kind="list", key=key, problem=problem) for key, problem in problems
        )
        return Look(project=LIST, findings=findings, page=reading.json_etag)


def _unreadable(project: NormalizedName, error: Exception) -> Finding:
    key = keys.detail_json(project)
    return Finding(
        project=project, kind="page", key=key, problem=f"is not given by S3 ({error})", by_rebuild=False
    )
