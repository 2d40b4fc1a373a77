"""Pages of a simple index that somebody else wrote, in JSON (PEP 691) or HTML (PEP 503).

`pypi_simple` reads them. What it has read is still a stranger's word.
"""

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import NormalizedName
from pypi_simple import (
    DistributionPackage,
    IndexPage,
    ProjectPage,
    UnsupportedRepoVersionError,
)
from pypi_simple.html import RepositoryPage

from serverless_pypi.printable import printable
from serverless_pypi.sources.errors import UnreadablePageError
from serverless_pypi.sources.kinds import is_distribution
from serverless_pypi.sources.offers import Offer, Offered

__all__ = [
    "ACCEPT",
    "JSON",
    "Body",
    "parse_beside",
    "parse_list",
    "parse_project",
]

JSON = "application/vnd.pypi.simple.v1+json"
#: JSON says most; who only knows HTML answers with that.
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1, */*;q=0.01"
# What libraries raise for pages of another shape.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_ANCHOR = re.compile(rb"<(/?)a[\s/>]", re.IGNORECASE)
_DEEPEST = 100
# Warnings are caught for the whole process.
_PARSING = Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """A page as it came, and from where: a page's links are relative to that."""

    content: bytes
    url: str
    #: The media type alone.
    content_type: str
    charset: str | None = None

    @property
    def is_json(self) -> bool:
        return self.content_type in (JSON, "application/json")


def parse_list(page: Body) -> list[str]:
    """The names on a project list. Raises `UnreadablePageError`."""
    with _reading():
        if page.is_json:
            return IndexPage.from_json_data(json.loads(page.content)).projects
        _check_links(page.content)
        return IndexPage.from_html(page.content, from_encoding=page.charset).projects


def parse_project(page: Body, project: NormalizedName) -> Offer:
    """What a project's page offers. Raises `UnreadablePageError`."""
    with _reading():
        if page.is_json:
            read = ProjectPage.from_json_data(json.loads(page.content))
        else:
            _check_links(page.content)
            read = ProjectPage.from_html(project, page.content, base_url=page.url, from_encoding=page.charset)
        files = tuple(_offered(file, html=not page.is_json) for file in read.packages)
        if page.is_json:
            files = tuple(replace(file, where=_joined(page.url, file.where)) for file in files)
    status = str(read.status) if read.status is not None else "active"
    return Offer(
        project=project,
        files=files,
        status=None if status == "active" else (status, read.status_reason or ""),
    )


def parse_beside(content: bytes) -> Iterator[Offered]:
    """What a page in a folder says of the files in that folder. Raises `UnreadablePageError`."""
    with _reading():
        _check_links(content)
        links = RepositoryPage.from_html(content).links
        files = [_offered(DistributionPackage.from_link(link), html=True) for link in links]
    for offered in files:
        if unquote(offered.where).removeprefix("./") == offered.filename and is_distribution(
            offered.filename
        ):
            yield offered


@contextmanager
def _reading() -> Iterator[None]:
    """One page at a time; nothing that a library has to say of it reaches anybody but by the error."""
    with _PARSING, warnings.catch_warnings():
        # Also the one of a newer minor version, which "MUST NOT" keep anybody from reading the page.
        warnings.simplefilter("ignore")
        try:
            yield
        except UnsupportedRepoVersionError as error:
            version = printable(error.declared_version)
            raise UnreadablePageError(f"it is of version {version}, which nobody knows yet") from None
        except _UNREADABLE as error:
            reason = printable(" ".join(str(error).split())[:120])
            raise UnreadablePageError(f"it is no page of a simple index ({reason})") from None


def _check_links(content: bytes) -> None:
    """What is in a link is read once for each link around it."""
    depth = 0
    for tag in _ANCHOR.finditer(content):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            raise ValueError("its links are not closed")


def _offered(file: DistributionPackage, *, html: bool) -> Offered:
    is_yanked = file.is_yanked and (html or file.yanked_reason != "")  # as pip takes JSON's "yanked": ""
    return Offered(
        filename=_filename(file),
        where=file.url,
        size=file.size,
        hashes={name.lower(): _hash(value) for name, value in file.digests.items()},
        upload_time=_in_utc(file.upload_time),
        yanked=(file.yanked_reason or "") if is_yanked else None,
    )


def _filename(file: DistributionPackage) -> str:
    """ "The text of the anchor tag MUST match the final path component"; where not, that counts."""
    if is_distribution(file.filename):
        return file.filename
    return unquote(urlsplit(file.url).path.rpartition("/")[2]) or file.filename


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:  # who asks for it is told
        return url


def _hash(value: str) -> str:
    """Older pages put more into a fragment than the hash."""
    return printable(value.partition("&")[0].lower())


def _in_utc(time: datetime | None) -> datetime | None:
    if time is None:
        return None
    try:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:  # the year 1 has no UTC
        return None
