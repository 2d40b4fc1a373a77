import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from packaging.utils import NormalizedName
from pypi_simple import IndexPage, ProjectPage, ProjectStatus

from simple_index.errors import InvalidPageError
from simple_index.memory import parse_detail, parse_list
from simple_index.model import ProjectDetail, ProjectList
from simple_index.pep691 import (
    CONTENT_TYPE,
    file_url,
    render_detail,
    render_list,
    versions_of,
)
from tests.simple_index.acme import DETAIL, PAGE_URL, PROJECTS, SDIST, WHEEL, WRITING

DETAIL_PAGE = (
    b'{"meta":{"api-version":"1.4","_nonce":"0123456789abcdef","_html_etag":"\\"f00d\\""},'
    b'"name":"acme-core",'
    b'"_since":"5a5a",'
    b'"versions":["1.9","1.10+cu118"],'
    b'"files":['
    b'{"filename":"acme_core-1.10+cu118-py3-none-any.whl",'
    b'"url":"./acme_core-1.10%2Bcu118-py3-none-any.whl",'
    b'"hashes":{"sha256":"2222222222222222222222222222222222222222222222222222222222222222"},'
    b'"size":5678,'
    b'"upload-time":"2026-02-03T00:00:00.000000Z",'
    b'"_version":"1.10+cu118",'
    b'"_etag":"\\"8cd9-2\\"",'
    b'"requires-python":">=3.9, <4",'
    b'"core-metadata":{"sha256":"3333333333333333333333333333333333333333333333333333333333333333"},'
    b'"_metadata_etag":"\\"5eed\\"",'
    b'"yanked":"breaks <b>logins</b>",'
    b'"_yanked_etag":"\\"a1\\"",'
    b'"provenance":"https://index.example/simple/acme-core/acme.provenance"},'
    b'{"filename":"acme_core-1.9.tar.gz",'
    b'"url":"./acme_core-1.9.tar.gz",'
    b'"hashes":{"sha256":"1111111111111111111111111111111111111111111111111111111111111111"},'
    b'"size":1234,'
    b'"upload-time":"2026-01-02T03:04:05.000678Z",'
    b'"_version":"1.9",'
    b'"_etag":"\\"d41d\\""}],'
    b'"project-status":{"status":"deprecated","reason":"use bolt"},'
    b'"_status_etag":"\\"b2\\"",'
    b'"_removed":[{"filename":"acme_core-0.1.tar.gz",'
    b'"sha256":"4444444444444444444444444444444444444444444444444444444444444444",'
    b'"_etag":"\\"c3\\""}],'
    b'"_unlisted":[{"filename":"x.zip","reason":"It is none.","size":9,"_etag":"\\"d4\\""}]'
    b"}"
)
LIST_PAGE = (
    b'{"meta":{"api-version":"1.4","_nonce":"0123456789abcdef","_html_etag":"\\"f00d\\""},'
    b'"projects":[{"name":"acme-core","_since":"5a5a"},{"name":"zoo","_since":"1"}],'
    b'"_emptied":[{"name":"gone","_since":"2"}]}'
)


def test_a_project_page_in_full() -> None:
    """PEP 691 with 700, 658 and 714; what is ours begins with an underscore."""
    assert render_detail(DETAIL, WRITING) == DETAIL_PAGE
    assert CONTENT_TYPE == "application/vnd.pypi.simple.v1+json"


def test_a_project_list_in_full() -> None:
    """Normalized names, in order."""
    assert render_list(PROJECTS, WRITING) == LIST_PAGE


def test_an_empty_page_has_every_key() -> None:
    """A project whose files are gone is still claimed."""
    empty = json.loads(render_detail(ProjectDetail(project=NormalizedName("acme")), WRITING))
    assert (empty["name"], empty["versions"], empty["files"]) == ("acme", [], [])
    assert json.loads(render_list(ProjectList(), WRITING))["projects"] == []


def test_the_same_values_give_the_same_bytes() -> None:
    """In whatever order they come; and another nonce gives other bytes."""
    turned = dataclasses.replace(DETAIL, files=DETAIL.files[::-1])
    assert render_detail(turned, WRITING) == DETAIL_PAGE
    assert render_detail(DETAIL, dataclasses.replace(WRITING, nonce="1")) != DETAIL_PAGE
    assert render_list(PROJECTS, dataclasses.replace(WRITING, nonce="1")) != LIST_PAGE


def test_what_was_written_is_read_back() -> None:
    """The page is the index's memory."""
    detail, writing = parse_detail(DETAIL_PAGE)
    assert detail == dataclasses.replace(DETAIL, files=(WHEEL, SDIST))
    assert writing == WRITING
    assert parse_list(LIST_PAGE) == (PROJECTS, WRITING)


def test_a_file_has_no_key_for_what_it_does_not_say() -> None:
    """Neither null nor false, which clients have stumbled over."""
    wheel, sdist = json.loads(DETAIL_PAGE)["files"]
    assert set(wheel) - set(sdist) == {
        "requires-python",
        "core-metadata",
        "_metadata_etag",
        "yanked",
        "_yanked_etag",
        "provenance",
    }


@pytest.mark.parametrize(
    ("filename", "url"),
    [
        ("acme-1.0-py3-none-any.whl", "./acme-1.0-py3-none-any.whl"),
        ("acme-1!1.0+cu118.tar.gz", "./acme-1%211.0%2Bcu118.tar.gz"),
        ("javascript:x", "./javascript%3Ax"),
        ("../x", "./..%2Fx"),
        ("//host.example/x", "./%2F%2Fhost.example%2Fx"),
        ("x?y#z", "./x%3Fy%23z"),
        ("<\u00e4>", "./%3C%C3%A4%3E"),
    ],
)
def test_a_url_stays_beside_its_page(filename: str, url: str) -> None:
    """Whatever the name; S3 reads a plus as a space, so it is %2B."""
    assert file_url(filename) == url


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:04:05.000000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC), "2026-01-02T03:04:05.999999Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_upload_times_are_utc_with_microseconds(time: datetime, written: str) -> None:
    """PEP 700: yyyy-mm-ddThh:mm:ss.ffffffZ, four digits of the year included."""
    file = dataclasses.replace(SDIST, upload_time=time)
    page = json.loads(render_detail(ProjectDetail(project=DETAIL.project, files=(file,)), WRITING))
    assert page["files"][0]["upload-time"] == written


def test_versions_are_unique_and_in_order() -> None:
    """PEP 440's order: 1.9 before 1.10, a candidate before its release."""
    files = [
        dataclasses.replace(SDIST, version=version) for version in ["1.10", "1.9", "1.10", "1!0", "1.10rc1"]
    ]
    assert versions_of(ProjectDetail(project=DETAIL.project, files=tuple(files))) == [
        "1.9",
        "1.10rc1",
        "1.10",
        "1!0",
    ]


def _without(page: bytes, *path: str | int) -> bytes:
    fields = json.loads(page)
    inner: Any = fields
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return json.dumps(fields).encode()


BROKEN = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff",
    b'{"files": []}',
    b'{"files": 1, "projects": 1}',
    b'{"files": [[]], "projects": [[]]}',
    b'{"files": [null], "projects": [{"name": {}}]}',
    b"[" * 100_000,
    b"1" * 5000,
    b"<!DOCTYPE html>",
]


@pytest.mark.parametrize(
    "page",
    [
        *BROKEN,
        DETAIL_PAGE[:-1],
        LIST_PAGE,
        *(_without(DETAIL_PAGE, "files", 0, key) for key in ("filename", "_version", "hashes", "size")),
        *(_without(DETAIL_PAGE, "files", 0, key) for key in ("upload-time", "_etag")),
        *(_without(DETAIL_PAGE, "meta", key) for key in ("_nonce", "_html_etag")),
        DETAIL_PAGE.replace(b"2026-02-03T", b"2026-02-30T"),
        DETAIL_PAGE.replace(b'"core-metadata":{', b'"core-metadata":true,"x":{'),
        # Values that would stop the next writing.
        DETAIL_PAGE.replace(b'"filename":', b'"filename":5,"x":'),
        DETAIL_PAGE.replace(b'"size":1234', b'"size":[]'),
        DETAIL_PAGE.replace(b'"_version":"1.9"', b'"_version":"one"'),
        DETAIL_PAGE.replace(b'"_etag":"', b'"_etag":"\\ud800'),
        DETAIL_PAGE.replace(b'"_html_etag":', b'"_html_etag":null,"x":'),
        DETAIL_PAGE.replace(b"2026-02-03T00:00:00.000000Z", b"0001-01-01T00:00:00+01:00"),
    ],
)
def test_a_project_page_by_other_hands_is_no_memory(page: bytes) -> None:
    """Not JSON, not ours, or without what we put there."""
    with pytest.raises(InvalidPageError):
        parse_detail(page)


@pytest.mark.parametrize(
    "page", [*BROKEN, LIST_PAGE[:-1], DETAIL_PAGE, _without(LIST_PAGE, "meta", "_nonce")]
)
def test_a_project_list_by_other_hands_is_no_memory(page: bytes) -> None:
    """The same for the list."""
    with pytest.raises(InvalidPageError):
        parse_list(page)


def test_a_key_of_another_time_is_ignored() -> None:
    """So that a page of a later version of ours can be read after a rollback."""
    page = DETAIL_PAGE.replace(b'"size"', b'"next-year":[],"size"').replace(b'"meta"', b'"x":1,"meta"')
    assert parse_detail(page) == parse_detail(DETAIL_PAGE)


def test_an_independent_parser_reads_the_project_page() -> None:
    """pypi-simple, with URLs resolved against the page's."""
    page = ProjectPage.from_json_data(json.loads(DETAIL_PAGE), PAGE_URL)
    assert (page.project, page.repository_version, page.versions) == (
        "acme-core",
        "1.4",
        ["1.9", "1.10+cu118"],
    )
    assert (page.status, page.status_reason) == (ProjectStatus.DEPRECATED, "use bolt")
    wheel, sdist = page.packages
    assert wheel.filename == "acme_core-1.10+cu118-py3-none-any.whl"
    assert wheel.url == PAGE_URL + "acme_core-1.10%2Bcu118-py3-none-any.whl"
    assert (wheel.version, wheel.package_type) == ("1.10+cu118", "wheel")
    assert wheel.digests == {"sha256": "2" * 64}
    assert (wheel.requires_python, wheel.size) == (">=3.9, <4", 5678)
    assert (wheel.has_metadata, wheel.metadata_digests) == (True, {"sha256": "3" * 64})
    assert wheel.upload_time == WHEEL.upload_time
    assert (wheel.is_yanked, wheel.yanked_reason) == (True, "breaks <b>logins</b>")
    assert (wheel.has_sig, wheel.provenance_url) == (None, WHEEL.provenance)
    assert (sdist.filename, sdist.url) == ("acme_core-1.9.tar.gz", PAGE_URL + "acme_core-1.9.tar.gz")
    assert (sdist.requires_python, sdist.has_metadata, sdist.metadata_digests) == (None, None, None)
    assert sdist.upload_time == SDIST.upload_time


def test_an_independent_parser_reads_the_project_list() -> None:
    """pypi-simple again."""
    page = IndexPage.from_json_data(json.loads(LIST_PAGE))
    assert (page.projects, page.repository_version) == (["acme-core", "zoo"], "1.4")
