"""Pages as other indexes write them, read; and bytes that are no page, told so."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from serverless_pypi.sources.errors import UnreadablePageError
from serverless_pypi.sources.offers import Offered
from serverless_pypi.sources.pages import Body, parse_beside, parse_list, parse_project

ACME = NormalizedName("acme")
URL = "https://old-index.example/root/+simple/acme/"
SHA256 = "6c49e02504bb5c8f0fa0b0ff2c1952311992992e262aebdbba98ff753d9c6433"
WHEEL = "acme-1.0-py3-none-any.whl"

DEVPI = (
    '{"meta":{"api-version":"1.0"},"name":"acme","files":[{"filename": "acme-1.1+local.2-py3-none-any.whl", '
    '"url": "../../+f/6c4/9e02504bb5c8f/acme-1.1+local.2-py3-none-any.whl", '
    f'"hashes": {{"sha256": "{SHA256}"}}, "requires-python": ""}}]}}'
)
DEVPI_HTML = (
    '<!DOCTYPE html><html lang="en"><head><title>root/acme: links for acme</title></head><body>'
    "<h1>root/acme: links for acme</h1>\n"
    f'root/acme <a href="../../+f/6c4/9e02504bb5c8f/acme-1.1+local.2-py3-none-any.whl#sha256={SHA256}" '
    'data-requires-python="">acme-1.1+local.2-py3-none-any.whl</a><br>\n</body></html>'
)
PYPISERVER = (
    '<!DOCTYPE html>\n<html lang="en">\n  <head><meta charset="utf-8"><title>Links for acme</title></head>\n'
    f'<body><h1>Links for acme</h1>\n<a href="/packages/{WHEEL}#sha256={SHA256}">{WHEEL}</a><br>\n'
    "</body></html>"
)
PYPICLOUD = (
    "<!DOCTYPE html>\n<html>\n<head>\n  <title>Package Index</title>\n</head>\n<body>\n"
    f'    <a href="https://old-index.example/api/package/acme/{WHEEL}#sha256={SHA256}" '
    f'data-requires-python="&gt;=3.8">{WHEEL}</a><br></body>\n</html>'
)
ELASTICPYPI = (
    "<html>\n  <head>\n  <title>Links for acme</title>\n  </head>\n  <body>\n    <h1>Links for acme</h1>\n"
    f'    <a href="/dev/packages/{WHEEL}">{WHEEL}</a></br>\n    \n  </body>\n</html>'
)
DUMB_PYPI = (
    "<!doctype html>\n<html><body><h1>acme</h1><ul>\n<li>\n<a\n"
    f'    href="https://files.example/{WHEEL}#md5=ABCDEF" data-yanked="too slow">{WHEEL}</a>\n'
    "    (2026-01-01, somebody)\n</li></ul></body></html>"
)
LOCAL = "acme-1.1+local.2-py3-none-any.whl"


@pytest.mark.parametrize(
    ("content_type", "page", "expected"),
    [
        (
            "application/vnd.pypi.simple.v1+json",
            DEVPI,
            Offered(
                filename=LOCAL,
                where=f"https://old-index.example/root/+f/6c4/9e02504bb5c8f/{LOCAL}",
                hashes={"sha256": SHA256},
            ),
        ),
        (
            "text/html",
            DEVPI_HTML,
            Offered(
                filename=LOCAL,
                where=f"https://old-index.example/root/+f/6c4/9e02504bb5c8f/{LOCAL}",
                hashes={"sha256": SHA256},
            ),
        ),
        (
            "text/html",
            PYPISERVER,
            Offered(
                filename=WHEEL,
                where=f"https://old-index.example/packages/{WHEEL}",
                hashes={"sha256": SHA256},
            ),
        ),
        (
            "text/html",
            PYPICLOUD,
            Offered(
                filename=WHEEL,
                where=f"https://old-index.example/api/package/acme/{WHEEL}",
                hashes={"sha256": SHA256},
            ),
        ),
        (
            "text/html",
            ELASTICPYPI,
            Offered(filename=WHEEL, where=f"https://old-index.example/dev/packages/{WHEEL}"),
        ),
        (
            "text/html",
            DUMB_PYPI,
            Offered(
                filename=WHEEL,
                where=f"https://files.example/{WHEEL}",
                hashes={"md5": "abcdef"},
                yanked="too slow",
            ),
        ),
    ],
    ids=["devpi", "devpi, HTML", "pypiserver", "pypicloud", "elasticpypi", "dumb-pypi"],
)
def test_pages_of_other_indexes(content_type: str, page: str, expected: Offered) -> None:
    """devpi's and pypiserver's as they answered, the others' as their templates make them."""
    offer = parse_project(Body(content=page.encode(), url=URL, content_type=content_type), ACME)
    assert offer.files == (expected,)
    assert offer.status is None


def json_body(**fields: Any) -> Body:
    page = {"meta": {"api-version": "1.4"}, "name": "acme", "files": [], **fields}
    return Body(
        content=json.dumps(page).encode(), url=URL, content_type="application/vnd.pypi.simple.v1+json"
    )


def json_file(**fields: Any) -> dict[str, Any]:
    return {"filename": WHEEL, "url": WHEEL, "hashes": {}, **fields}


@pytest.mark.parametrize(
    ("yanked", "reason"), [(False, None), (True, ""), ("", None), ("broken", "broken")], ids=repr
)
def test_yanked_in_json_as_pip_reads_it(yanked: bool | str, reason: str | None) -> None:
    (file,) = parse_project(json_body(files=[json_file(yanked=yanked)]), ACME).files
    assert file.yanked == reason


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("2020-01-02T03:04:05.678901Z", datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)),
        ("2020-01-02T03:04:05+02:00", datetime(2020, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2020-01-02T03:04:05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_upload_times(said: str, time: datetime | None) -> None:
    """PEP 700 has them in UTC; who does not say so means it."""
    (file,) = parse_project(json_body(files=[json_file(**{"upload-time": said})]), ACME).files
    assert file.upload_time == time


def test_status_in_html_too() -> None:
    page = (
        '<meta name="pypi:repository-version" content="1.4">'
        '<meta name="pypi:project-status" content="archived">'
        '<meta name="pypi:project-status-reason" content="use bolt">'
    )
    offer = parse_project(Body(content=page.encode(), url=URL, content_type="text/html"), ACME)
    assert offer.status == ("archived", "use bolt")


def test_a_page_in_a_folder_speaks_of_that_folder_alone() -> None:
    page = (
        f'<a href="./acme-1.0%2Bcu1.zip#sha256={SHA256}">acme-1.0+cu1.zip</a>'
        f'<a href="../other/{WHEEL}">{WHEEL}</a>'
        f'<a href="https://files.example/{WHEEL}">{WHEEL}</a><a href="../">..</a><a href="README">README</a>'
    )
    assert [offered.filename for offered in parse_beside(page.encode())] == ["acme-1.0+cu1.zip"]


def test_names_on_a_list() -> None:
    page = b'<a href="acme/">acme</a><br><a href="/dev/simple/Bolt.Core/">Bolt.Core</a><br/>'
    assert parse_list(Body(content=page, url=URL, content_type="text/html")) == ["acme", "Bolt.Core"]


TAGS = [
    b"<a href=",
    b"</a>",
    b'"',
    b"<meta name=pypi:",
    b"content=",
    b"<base href=",
    b"http://[",
    b"<!--",
    b"\xff",
]
VALUES = [
    b'{"meta":{"api-version":',
    b'"1.0"',
    b"}",
    b"[",
    b"]",
    b'"files":',
    b'"name":',
    b"null",
    b"#sha256=",
]
PIECES = st.sampled_from([*TAGS, *VALUES])


@settings(max_examples=150)
@given(
    content=st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join),
    content_type=st.sampled_from(["text/html", "application/vnd.pypi.simple.v1+json", "image/png"]),
)
def test_whatever_comes_is_read_or_told(content: bytes, content_type: str) -> None:
    """No page raises anything else."""
    page = Body(content=content, url=URL, content_type=content_type)
    for parse in (
        parse_list,
        lambda page: parse_project(page, ACME),
        lambda page: list(parse_beside(page.content)),
    ):
        try:
            parse(page)
        except UnreadablePageError as error:
            assert str(error).isprintable()  # noqa: PT017  # most raise nothing
