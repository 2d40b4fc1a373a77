"""Another index: whatever has a simple repository API and answers over HTTP."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpx
from packaging.utils import NormalizedName

from serverless_pypi.errors import CommandError
from serverless_pypi.index import Credential, split_credential
from serverless_pypi.sources.errors import (
    NoSourceError,
    NoSuchProjectError,
    UnavailableError,
    UnreadablePageError,
)
from serverless_pypi.sources.intake import spool
from serverless_pypi.sources.netrc_file import find_credential
from serverless_pypi.sources.offers import (
    LARGEST_LIST,
    LARGEST_PAGE,
    Check,
    Fetched,
    Offer,
    Offered,
    Stray,
)
from serverless_pypi.sources.pages import parse_list, parse_project
from serverless_pypi.sources.visits import MovedError, NotFoundError, Visitor, keeps_secrets, parse_url, shown

__all__ = ["SimpleIndex"]


class SimpleIndex:
    """An index as a `Source`, by the URL that pip is given."""

    local = False

    def __init__(self, text: str, *, credential: Credential | None, jobs: int, check: Check) -> None:
        self._url, within = _parse(text)
        self.name = shown(self._url)
        credential = credential or within
        if credential is None and keeps_secrets(self._url):
            credential = find_credential(self._url.host)
        self._visitor = Visitor(self._url, credential, jobs=jobs, check=check)

    def projects(self) -> Iterable[str]:
        try:
            return parse_list(self._visitor.read_page(self._url, most=LARGEST_LIST))
        except NotFoundError:
            raise NoSourceError(
                f"{self.name} has no list of projects (404): check the URL, which is the one that pip is "
                "given; where an index has no list, name its projects by --project."
            ) from None
        except MovedError as error:
            raise NoSourceError(
                f"{self.name} sends on to {shown(error.to)}: give that URL, if it is the index that you mean."
            ) from None
        except UnreadablePageError as error:
            raise NoSourceError(
                f"{self.name} does not answer as an index, for {error}: give the URL that pip is given, "
                "which often ends in /simple/."
            ) from None

    def strays(self) -> Iterable[Stray]:
        return ()

    def offer(self, project: NormalizedName) -> Offer:
        url = parse_url(f"{project}/", self._url)
        try:
            return parse_project(self._visitor.read_page(url, most=LARGEST_PAGE), project)
        except NotFoundError:
            raise NoSuchProjectError(self.name, project) from None
        except MovedError as error:
            # An upstream that it falls back on. What is there under that name may be a stranger's.
            raise UnavailableError(
                f"{self.name} has no project {project!r} of its own, and sends on to {error.to.host}."
            ) from None
        except UnreadablePageError as error:
            raise UnavailableError(f"{shown(url)} cannot be read, for {error}.") from None

    def size_of(self, offered: Offered) -> int | None:
        if offered.size is not None:
            return offered.size
        try:
            return self._visitor.size(parse_url(offered.where))
        except UnavailableError:  # not every server answers HEAD
            return None

    @contextmanager
    def fetch(self, offered: Offered) -> Iterator[Fetched]:
        url = parse_url(offered.where)
        with spool(offered) as spooled:
            modified = self._visitor.download(url, spooled)
            yield spooled.intake.finish(spooled.file, upload_time=modified)

    def close(self) -> None:
        self._visitor.close()


def _parse(text: str) -> tuple[httpx.URL, Credential | None]:
    try:
        url, credential = split_credential(text)
        return httpx.URL(url), credential
    except (CommandError, httpx.InvalidURL):
        raise NoSourceError("The source is no URL: write it as https://HOST/simple/.") from None
