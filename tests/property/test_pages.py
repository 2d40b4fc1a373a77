"""Whatever the values, both pages say the same, and nothing else."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from simple_index import html, memory, pep691
from simple_index.errors import InvalidPageError
from simple_index.model import (
    File,
    Marker,
    ProjectDetail,
    ProjectList,
    Removed,
    Sidecar,
    Status,
    Unlisted,
)
from simple_index.pep691 import Writing
from tests.simple_index.acme import DETAIL, PAGE_URL, WRITING

TAGS = {"html", "head", "meta", "title", "body", "h1", "a", "br"}
ANCHOR = {
    "href",
    "data-requires-python",
    "data-core-metadata",
    "data-dist-info-metadata",
    "data-yanked",
    "data-provenance",
}
ALLOWED = {"html": {"lang"}, "meta": {"charset", "name", "content"}, "a": ANCHOR}

MARKUP = st.sampled_from(
    ["<", ">", '"', "'", "&", "&lt;", "</a>", "<script>", "//", "javascript:", "-->", "\r\n"]
)
texts = st.text(max_size=12) | st.lists(MARKUP | st.text(max_size=3), max_size=5).map("".join)
versions = st.builds("{}.{}rc{}".format, *[st.integers(0, 12)] * 3)
files = st.builds(
    File,
    filename=texts,
    version=versions,
    sha256=texts,
    size=st.integers(0, 2**63),
    upload_time=st.datetimes(timezones=st.just(UTC)),
    requires_python=st.none() | texts,
    core_metadata=st.none() | st.builds(Sidecar, sha256=texts, etag=texts),
    yanked=st.none() | st.builds(Marker, text=texts, etag=texts),
    provenance=st.none() | texts,
    etag=texts,
)
statuses = st.builds(
    Status,
    name=st.sampled_from(["active", "archived", "deprecated", "quarantined"]),
    reason=texts,
    etag=texts,
)
removed = st.builds(Removed, filename=texts, sha256=texts, etag=texts)
unlisted = st.builds(Unlisted, filename=texts, reason=texts, etag=texts, size=st.integers(0, 2**63))
any_names = texts.map(NormalizedName)
names = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,2})?", fullmatch=True).map(NormalizedName)
details = st.builds(
    ProjectDetail,
    project=any_names,
    files=st.lists(files, max_size=4).map(tuple),
    status=st.none() | statuses,
    removed=st.lists(removed, max_size=2).map(tuple),
    unlisted=st.lists(unlisted, max_size=2).map(tuple),
    since=texts,
)


def lists_of(names: st.SearchStrategy[NormalizedName]) -> st.SearchStrategy[ProjectList]:
    sinces = st.dictionaries(names, texts, max_size=4)
    return st.builds(ProjectList, projects=sinces, emptied=sinces)


lists = lists_of(any_names)
writings = st.builds(Writing, nonce=texts, html_etag=texts)


class Page(HTMLParser):
    """The tags of a page, and the text of each anchor."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._in_anchor = False
        self.feed(page.decode())
        self.close()

    @property
    def anchors(self) -> Iterator[tuple[dict[str, str | None], str]]:
        return zip((values for tag, values in self.tags if tag == "a"), self.texts, strict=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs))
        if tag == "a":
            self._in_anchor = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag in TAGS
        self._in_anchor = self._in_anchor and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._in_anchor:
            self.texts[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def check_tags(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag in TAGS
        assert set(attributes) <= ALLOWED.get(tag, set())


def said_by_html(page: Page) -> list[object]:
    """Of each file: name, URL, SHA-256, Requires-Python, the SHA-256 of its metadata, whether yanked."""
    said: list[object] = []
    for attributes, text in page.anchors:
        url, _, sha256 = (attributes["href"] or "").partition("#sha256=")
        metadata = attributes.get("data-core-metadata")
        assert attributes.get("data-dist-info-metadata") == metadata
        requires_python = attributes.get("data-requires-python")
        metadata = metadata and metadata.removeprefix("sha256=")
        said.append((text, url, sha256, requires_python, metadata, attributes.get("data-yanked")))
    return said


def said_by_json(page: bytes) -> list[object]:
    return [
        (
            file["filename"],
            file["url"],
            file["hashes"]["sha256"],
            file.get("requires-python"),
            file.get("core-metadata", {}).get("sha256"),
            "" if file.get("yanked") is True else file.get("yanked"),
        )
        for file in json.loads(page)["files"]
    ]


@given(details, writings)
def test_no_value_becomes_markup(detail: ProjectDetail, writing: Writing) -> None:
    """The tags and attributes that we write, one anchor a file, and no URL that leads elsewhere."""
    page = Page(html.render_detail(detail, writing.nonce))
    check_tags(page)
    anchors = list(page.anchors)
    assert len(anchors) == len(pep691.offered_files(detail))
    for attributes, text in anchors:
        href = urlsplit(attributes["href"] or "")
        assert (href.scheme, href.netloc, href.query) == ("", "", "")
        assert unquote(href.path) == f"./{text}"
        assert "/" not in href.path[2:]
        assert urljoin(PAGE_URL, attributes["href"]).startswith(PAGE_URL)


@given(details, writings)
def test_both_pages_list_the_same(detail: ProjectDetail, writing: Writing) -> None:
    """A client may ask for either."""
    page = Page(html.render_detail(detail, writing.nonce))
    assert said_by_html(page) == said_by_json(pep691.render_detail(detail, writing))


@given(lists, writings)
def test_both_lists_list_the_same(projects: ProjectList, writing: Writing) -> None:
    """The same for the list of projects."""
    page = Page(html.render_list(projects, writing.nonce))
    check_tags(page)
    names = [text for _, text in page.anchors]
    assert names == [one["name"] for one in json.loads(pep691.render_list(projects, writing))["projects"]]


def _in_order(entries: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.filename))


@given(details, names, writings)
def test_what_is_written_is_read_back(detail: ProjectDetail, name: NormalizedName, writing: Writing) -> None:
    """The JSON page forgets nothing; it puts the files in order."""
    detail = replace(detail, project=name)
    expected = replace(
        detail, **{kind: _in_order(getattr(detail, kind)) for kind in ("files", "removed", "unlisted")}
    )
    page = pep691.render_detail(detail, writing)
    assert memory.parse_detail(page) == (expected, writing)
    assert pep691.render_detail(expected, writing) == page


@given(lists_of(names), writings)
def test_what_is_listed_is_read_back(projects: ProjectList, writing: Writing) -> None:
    """The same for the list of projects."""
    assert memory.parse_list(pep691.render_list(projects, writing)) == (projects, writing)


MORE_KEYS = ["yanked", "_yanked_etag", "project-status", "_removed", "_unlisted", "_since", "_emptied"]
FILE_KEYS = ["filename", "_version", "hashes", "sha256", "size", "upload-time", "_etag", "core-metadata"]
KEYS = st.sampled_from(["meta", "_nonce", "_html_etag", "name", "files", "projects", *FILE_KEYS, *MORE_KEYS])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
REAL = json.loads(pep691.render_detail(DETAIL, WRITING))


@st.composite
def changed_pages(draw: st.DrawFn) -> bytes:
    """A real page with one of its values made anything."""
    page: Any = json.loads(json.dumps(REAL))
    inner: Any = page
    for _ in range(draw(st.integers(0, 3))):
        steps = (
            sorted(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else []
        )
        containers = [step for step in steps if isinstance(inner[step], dict | list)]
        if not containers:
            break
        inner = inner[draw(st.sampled_from(containers))]
    steps = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
    if steps:
        inner[draw(st.sampled_from(steps))] = draw(anything)
    return json.dumps(page).encode()


@given(st.binary() | anything.map(lambda value: json.dumps(value).encode()) | changed_pages())
def test_any_page_is_read_or_refused(page: bytes) -> None:
    """A page by other hands stops nothing: what is read can be written again, or there is no memory."""
    with suppress(InvalidPageError):
        detail, writing = memory.parse_detail(page)
        assert memory.parse_detail(pep691.render_detail(detail, writing))
        html.render_detail(detail, writing.nonce)
    with suppress(InvalidPageError):
        projects, writing = memory.parse_list(page)
        assert memory.parse_list(pep691.render_list(projects, writing)) == (projects, writing)
        html.render_list(projects, writing.nonce)
