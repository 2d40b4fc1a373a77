import gzip
from collections.abc import AsyncGenerator

import httpx
import pytest

from local.answers import Answer
from local.compression import compress

pytestmark = pytest.mark.anyio

PAGE = b"<a href=x>x</a>\n" * 100
GZIP = httpx.Headers({"accept-encoding": "gzip, deflate"})


def page(body: bytes = PAGE, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    defaults = {"content-type": "text/html", "content-length": str(len(body)), "etag": '"v1"'}
    return Answer(status, httpx.Headers({**defaults, **named}), body)


async def test_a_page_is_compressed() -> None:
    """Its ETag becomes weak, and its length is the new one."""
    answer = compress(page(), GZIP)
    body = await answer.read()
    assert gzip.decompress(body) == PAGE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["etag"] == 'W/"v1"'


async def test_the_same_page_gives_the_same_bytes() -> None:
    """No clock is written into them."""
    assert compress(page(), GZIP).body == compress(page(), GZIP).body


@pytest.mark.parametrize(
    "content_type", ["text/html", "TEXT/HTML; charset=utf-8", "application/json", "text/css", "image/svg+xml"]
)
async def test_listed_types_are_compressed(content_type: str) -> None:
    """Whatever their parameters."""
    assert "content-encoding" in compress(page(content_type=content_type), GZIP).headers


@pytest.mark.parametrize(
    "content_type",
    [
        "application/vnd.pypi.simple.v1+json",
        "application/vnd.pypi.simple.v1+html",
        "application/octet-stream",
        "binary/octet-stream",
        "application/zip",
        "",
    ],
)
async def test_other_types_are_not(content_type: str) -> None:
    """Among them those of the simple repository API."""
    assert compress(page(content_type=content_type), GZIP) == page(content_type=content_type)


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "deflate, gzip ; q = 0 ", "x-gzip", "*"]
)
async def test_a_viewer_that_takes_no_gzip_gets_none(accepted: str) -> None:
    """A weight of zero is a refusal."""
    assert compress(page(), httpx.Headers({"accept-encoding": accepted})) == page()


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP", "gzip;q=0.5", "deflate, gzip;q=1.0, *;q=0"])
async def test_a_viewer_that_takes_gzip_gets_it(accepted: str) -> None:
    """Among other codings too, and with any other weight."""
    assert "content-encoding" in compress(page(), httpx.Headers({"accept-encoding": accepted})).headers


@pytest.mark.parametrize(
    ("size", "compressed"), [(999, False), (1000, True), (10_000_000, True), (10_000_001, False)]
)
async def test_size_decides(size: int, *, compressed: bool) -> None:
    """From 1,000 to 10,000,000 bytes, by Content-Length."""
    answer = compress(page(content_length=str(size)), GZIP)
    assert ("content-encoding" in answer.headers) is compressed


async def test_without_a_length_nothing_is_compressed() -> None:
    """CloudFront cannot tell then."""
    assert "content-encoding" not in compress(page(content_length=""), GZIP).headers


@pytest.mark.parametrize(
    ("status", "compressed"), [(200, True), (403, True), (404, True), (206, False), (500, False)]
)
async def test_status_decides(status: int, *, compressed: bool) -> None:
    """Never a part, nor a failure."""
    assert ("content-encoding" in compress(page(status=status), GZIP).headers) is compressed


async def test_what_is_encoded_is_left_alone() -> None:
    """The index's own JSON is stored compressed."""
    assert compress(page(content_encoding="gzip"), GZIP).body == PAGE


async def test_a_range_request_gets_plain_bytes() -> None:
    """Offsets are those of the object."""
    asked = httpx.Headers({**GZIP, "range": "bytes=5-2"})
    assert compress(page(), asked) == page()


@pytest.mark.parametrize(("etag", "weak"), [('W/"v1"', 'W/"v1"'), ("v1", None), ("", None)])
async def test_only_a_valid_etag_is_kept(etag: str, weak: str | None) -> None:
    """One that is weak stays as it is."""
    assert compress(page(etag=etag), GZIP).headers.get("etag") == weak


async def test_a_stream_is_compressed_as_it_passes() -> None:
    """Its length is not known beforehand, so none is given."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        for _ in range(100):
            yield PAGE

    answer = compress(Answer(200, page(content_length="160000").headers, chunks()), GZIP)
    assert "content-length" not in answer.headers
    assert gzip.decompress(await answer.read()) == PAGE * 100
