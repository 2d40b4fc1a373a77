import asyncio
import gzip
import logging
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials

from local import cache, cloudfront, origin
from local.answers import Answer
from local.cache import Cache, CachedObject
from local.cloudfront import CloudFront
from local.origin import Origin
from tests.local.conftest import Bucket

pytestmark = pytest.mark.anyio

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
CHALLENGE = {"status": "401", "headers": {"www-authenticate": [{"value": "Basic"}]}, "body": "Who?"}
BIG = b"0123456789abcdef" * 128 * 1024  # 2 MiB, too large for the cache

Viewers = Callable[..., httpx.AsyncClient]


def rewriting(uri: str) -> Callable[..., object]:
    """A handler that asks for *uri*, whatever was asked for."""

    def handler(event: dict[str, Any], context: object) -> object:
        return {**event["Records"][0]["cf"]["request"], "uri": uri}

    return handler


def returning(result: object) -> Callable[..., object]:
    return lambda event, context: result  # noqa: ARG005


def x_cache(response: httpx.Response) -> str:
    return str(response.headers["x-cache"]).removesuffix(" from cloudfront")


class Unreliable(Origin):
    """The bucket, until it is out of order."""

    broken = False

    @asynccontextmanager
    async def fetch(self, method: str, uri: str, asked: httpx.Headers) -> AsyncIterator[Answer]:
        if self.broken:
            yield Answer(503, httpx.Headers({"content-length": "0"}))
            return
        async with super().fetch(method, uri, asked) as answer:
            yield answer


@pytest.fixture
async def unreliable(bucket: Any) -> AsyncIterator[Unreliable]:
    origin = Unreliable(
        endpoint_url=bucket.endpoint_url, bucket=bucket.name, credentials=Credentials("a", "b")
    )
    yield origin
    await origin.aclose()


# ---- The function


async def test_the_function_rewrites_the_request(viewer_of: Viewers, bucket: Any) -> None:
    """What comes back is the object at the URI that the function returned."""
    bucket.put("simple/demo/index.json", b"{}", ContentType="application/vnd.pypi.simple.v1+json")
    response = await viewer_of(rewriting("/simple/demo/index.json")).get("/simple/demo/?a=b")
    assert (response.status_code, response.content) == (200, b"{}")
    assert response.headers["content-type"] == "application/vnd.pypi.simple.v1+json"
    assert response.headers["vary"] == "Accept, Accept-Encoding"


async def test_the_function_answers_itself(viewer_of: Viewers) -> None:
    """Its answer goes to the viewer as it is, with a length."""
    response = await viewer_of(returning(CHALLENGE)).get("/simple/")
    assert (response.status_code, response.text) == (401, "Who?")
    assert response.headers["www-authenticate"] == "Basic"
    assert response.headers["content-length"] == "4"
    assert x_cache(response) == "LambdaGeneratedResponse"


async def test_a_generated_answer_to_head_has_no_body(viewer_of: Viewers) -> None:
    """But its length."""
    response = await viewer_of(returning(CHALLENGE)).head("/simple/")
    assert (response.content, response.headers["content-length"]) == (b"", "4")


async def test_the_function_sees_the_request(viewer_of: Viewers) -> None:
    """As an event of CloudFront's."""
    seen: list[Any] = []

    def handler(event: dict[str, Any], context: Any) -> object:
        seen.append((event, context.invoked_function_arn))
        return CHALLENGE

    await viewer_of(handler).get("/a%20b/%2e%2e?c=d", headers={"Authorization": "Basic x"})
    event, arn = seen[0]
    record = event["Records"][0]["cf"]
    assert record["config"]["distributionDomainName"] == "d111111abcdef8.cloudfront.net"
    assert record["request"]["uri"] == "/a%20b/%2e%2e"
    assert record["request"]["querystring"] == "c=d"
    assert record["request"]["clientIp"] == "203.0.113.178"
    assert record["request"]["headers"]["authorization"] == [{"key": "authorization", "value": "Basic x"}]
    assert arn.endswith(":function:us-east-1.demo-authenticator:7")


async def test_a_result_that_breaks_a_rule_is_502(
    viewer_of: Viewers, caplog: pytest.LogCaptureFixture
) -> None:
    """The viewer learns no more; the log says what is wrong."""
    response = await viewer_of(returning({"status": 401})).get("/simple/")
    assert response.status_code == 502
    assert x_cache(response) == "LambdaValidationError"
    assert "status" not in response.text
    assert "'status' must be a string from '200' to '599'" in caplog.text
    assert {record.name for record in caplog.records if record.levelno == logging.ERROR} == {
        "local.cloudfront"
    }


async def test_an_exception_is_503(viewer_of: Viewers, caplog: pytest.LogCaptureFixture) -> None:
    """Its traceback is in the log, and not in the answer."""

    def handler(event: object, context: object) -> object:
        raise LookupError("what happened")

    response = await viewer_of(handler).get("/simple/")
    assert response.status_code == 503
    assert x_cache(response) == "LambdaExecutionError"
    assert "what happened" in caplog.text
    assert "what happened" not in response.text


async def test_an_overrun_is_503(viewer_of: Viewers, caplog: pytest.LogCaptureFixture) -> None:
    """After the function's timeout, which on AWS is 5 s."""

    def handler(event: object, context: object) -> object:
        time.sleep(0.4)
        return CHALLENGE

    response = await viewer_of(handler, timeout_seconds=0.1).get("/simple/")
    assert response.status_code == 503
    assert "The function took longer than 0.1 s." in caplog.text


async def test_other_methods_reach_no_function(viewer_of: Viewers) -> None:
    """CloudFront answers them with 403."""
    response = await viewer_of(returning(CHALLENGE)).request("PROPFIND", "/simple/")
    assert (response.status_code, x_cache(response)) == (403, "Error")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_but_reading_is_done_even_if_the_function_lets_it_through(
    viewer: httpx.AsyncClient, bucket: Bucket, method: str
) -> None:
    """Neither by the cache nor by the bucket, whose policy gives CloudFront the right to read alone."""
    bucket.put("simple/a", b"as it was", CacheControl="max-age=60")
    assert (await viewer.get("/simple/a")).content == b"as it was"
    response = await viewer.request(method, "/simple/a", content=b"changed")
    assert (response.status_code, "AccessDenied" in response.text) == (403, True)
    assert bucket.s3.get_object(Bucket=bucket.name, Key="simple/a")["Body"].read() == b"as it was"


async def test_a_get_with_a_body_reaches_no_function(viewer_of: Viewers) -> None:
    """CloudFront answers it with 403."""
    assert (await viewer_of(returning(CHALLENGE)).request("GET", "/", content=b"x")).status_code == 403


async def test_too_long_a_url_is_413(viewer_of: Viewers) -> None:
    """As the developer guide has it."""
    assert (await viewer_of(returning(CHALLENGE)).get("/" + "a" * 8192)).status_code == 413


# ---- The cache


async def test_the_second_reader_is_served_from_the_cache(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """As long as Cache-Control allows, whatever happens to the bucket."""
    bucket.put("simple/a", b"a", CacheControl="max-age=60")
    first, second = [await viewer.get("/simple/a") for _ in range(2)]
    bucket.delete("simple/a")
    third = await viewer.get("/simple/a")
    assert [x_cache(each) for each in (first, second, third)] == ["Miss", "Hit", "Hit"]
    assert (third.content, third.headers["age"]) == (b"a", "0")
    assert "age" not in first.headers


async def test_the_cache_key_is_the_rewritten_uri(viewer_of: Viewers, bucket: Any) -> None:
    """Neither the URI that was asked for, nor any header, nor the query."""
    bucket.put("simple/a", b"a", CacheControl="max-age=60")
    viewer = viewer_of(rewriting("/simple/a"))
    await viewer.get("/simple/x", headers={"Authorization": "Basic a"})
    assert x_cache(await viewer.get("/simple/y?z", headers={"Authorization": "Basic b"})) == "Hit"


async def test_the_function_runs_before_the_cache(viewer_of: Viewers, bucket: Any) -> None:
    """What is cached for one reader is not given to another whom the function refuses."""
    bucket.put("simple/a", b"a", CacheControl="max-age=60")

    def handler(event: dict[str, Any], context: object) -> object:
        request = event["Records"][0]["cf"]["request"]
        return request if "authorization" in request["headers"] else CHALLENGE

    viewer = viewer_of(handler)
    assert (await viewer.get("/simple/a", headers={"Authorization": "Basic a"})).status_code == 200
    assert (await viewer.get("/simple/a")).status_code == 401


async def test_a_page_with_no_cache_is_revalidated_each_time(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """It is kept, asked for by its ETag, and replaced at once when it has changed."""
    bucket.put("simple/a", b"old", CacheControl="no-cache")
    assert [x_cache(await viewer.get("/simple/a")) for _ in range(3)] == ["Miss", "RefreshHit", "RefreshHit"]
    bucket.put("simple/a", b"new", CacheControl="no-cache")
    changed = await viewer.get("/simple/a")
    assert (changed.content, x_cache(changed)) == (b"new", "Miss")
    assert x_cache(await viewer.get("/simple/a")) == "RefreshHit"


async def test_an_object_without_cache_control_is_revalidated_too(
    viewer: httpx.AsyncClient, bucket: Any
) -> None:
    """The template's default time to live is 0."""
    bucket.put("simple/a", b"a")
    assert [x_cache(await viewer.get("/simple/a")) for _ in range(2)] == ["Miss", "RefreshHit"]


@pytest.mark.parametrize("cache_control", ["no-store", "private"])
async def test_what_must_not_be_kept_is_not(
    viewer: httpx.AsyncClient, bucket: Any, cache_control: str
) -> None:
    """Each reader gets it from the bucket."""
    bucket.put("simple/a", b"a", CacheControl=cache_control)
    assert [x_cache(await viewer.get("/simple/a")) for _ in range(2)] == ["Miss", "Miss"]


async def test_absence_is_not_kept(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """A project just published is there at once."""
    missing = await viewer.get("/simple/a")
    assert (missing.status_code, x_cache(missing)) == (404, "Error")
    bucket.put("simple/a", b"a")
    assert (await viewer.get("/simple/a")).status_code == 200


async def test_an_expired_copy_is_better_than_a_failure(
    viewer_of: Viewers, bucket: Any, unreliable: Unreliable
) -> None:
    """CloudFront serves it while S3 answers 5xx; what it has no copy of, fails."""
    bucket.put("simple/a", b"a", CacheControl="no-cache")
    viewer = viewer_of(origin=unreliable)
    await viewer.get("/simple/a")
    unreliable.broken = True
    response = await viewer.get("/simple/a")
    assert (response.status_code, response.content, x_cache(response)) == (200, b"a", "Hit")
    assert (await viewer.get("/simple/b")).status_code == 503


async def test_what_was_removed_is_gone(viewer_of: Viewers, bucket: Any, unreliable: Unreliable) -> None:
    """And does not come back while S3 is out of order."""
    bucket.put("simple/a", b"a", CacheControl="no-cache")
    viewer = viewer_of(origin=unreliable)
    await viewer.get("/simple/a")
    bucket.delete("simple/a")
    assert (await viewer.get("/simple/a")).status_code == 404
    unreliable.broken = True
    assert (await viewer.get("/simple/a")).status_code == 503


async def test_no_one_may_read_what_is_not_served(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """Not even if the function lets it through."""
    bucket.put("auth/htpasswd", b"secret")
    assert (await viewer.get("/auth/htpasswd")).status_code == 403


class Counted(Origin):
    """The bucket, at a distance, and how often it is asked."""

    asked = 0

    @asynccontextmanager
    async def fetch(self, method: str, uri: str, asked: httpx.Headers) -> AsyncIterator[Answer]:
        self.asked += 1
        async with super().fetch(method, uri, asked) as answer:
            await asyncio.sleep(0.1)
            yield answer


async def test_a_crowd_asks_the_bucket_together(viewer_of: Viewers, bucket: Any) -> None:
    """But nobody gets an answer that was on its way before he came: what was published by then is there."""
    origin = Counted(endpoint_url=bucket.endpoint_url, bucket=bucket.name, credentials=Credentials("a", "b"))
    viewer = viewer_of(origin=origin)
    bucket.put("simple/a", b"old", CacheControl="no-cache")
    await viewer.get("/simple/a")
    early = asyncio.create_task(viewer.get("/simple/a"))
    while origin.asked == 1:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    bucket.put("simple/a", b"new", CacheControl="no-cache")
    crowd = await asyncio.gather(*(viewer.get("/simple/a") for _ in range(8)))
    assert (await early).content == b"old"
    assert {(each.status_code, each.content) for each in crowd} == {(200, b"new")}
    assert origin.asked == 3
    await origin.aclose()


class Expired(Cache):
    """A cache in which nothing is fresh."""

    def is_fresh(self, stored: CachedObject) -> bool:
        return False


@pytest.fixture
async def dead_origin() -> AsyncIterator[Origin]:
    """An origin at a port where nobody listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)  # noqa: ARG005
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    dead = Origin(endpoint_url=f"http://127.0.0.1:{port}", bucket="demo", credentials=Credentials("a", "b"))
    yield dead
    await dead.aclose()


async def test_an_origin_that_cannot_be_reached_is_502(
    viewer_of: Viewers, dead_origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    """In one sentence, here and in the log, and no traceback."""
    response = await viewer_of(origin=dead_origin).get("/simple/a")
    assert (response.status_code, x_cache(response)) == (502, "Error")
    assert "cannot be reached (ConnectError)" in caplog.text
    assert "Traceback" not in caplog.text


async def test_an_expired_copy_is_better_than_no_answer(
    viewer_of: Viewers, dead_origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    """CloudFront serves it while the origin cannot be reached."""
    kept = Expired()
    kept.store("/simple/a", httpx.Headers({"etag": '"1"'}), b"a", asked_at=0)
    response = await viewer_of(origin=dead_origin, cache=kept).get("/simple/a")
    assert (response.content, x_cache(response)) == (b"a", "Hit")
    assert "An expired copy of /simple/a is served." in caplog.text


class Overtaken(Origin):
    """A bucket whose first answer ends only when it is let go."""

    def __init__(self) -> None:
        super().__init__(endpoint_url="http://s3.example", bucket="demo", credentials=Credentials("a", "b"))
        self.first_goes_on = asyncio.Event()
        self.asked = 0

    @asynccontextmanager
    async def fetch(self, method: str, uri: str, asked: httpx.Headers) -> AsyncIterator[Answer]:
        self.asked += 1
        headers = httpx.Headers({"content-length": "1", "cache-control": "max-age=60"})
        yield Answer(200, headers, self._body(self.asked))

    async def _body(self, number: int) -> AsyncGenerator[bytes, None]:
        if number == 1:
            await self.first_goes_on.wait()
        yield b"%d" % number


async def test_an_older_answer_does_not_replace_a_newer_one(viewer_of: Viewers) -> None:
    """The page that was fetched first may arrive last."""
    origin = Overtaken()
    viewer = viewer_of(origin=origin)
    first = asyncio.create_task(viewer.get("/simple/a"))
    while origin.asked == 0:
        await asyncio.sleep(0.01)
    assert (await viewer.get("/simple/a")).content == b"2"
    origin.first_goes_on.set()
    assert (await first).content == b"1"
    assert (await viewer.get("/simple/a")).content == b"2"
    await origin.aclose()


# ---- Parts, conditions, compression


async def test_head_is_answered_from_bucket_and_cache(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """With the headers of the GET, and nothing is kept because of it."""
    bucket.put("simple/a", b"0123456789", CacheControl="max-age=60")
    first = await viewer.head("/simple/a")
    body = await viewer.get("/simple/a")
    second = await viewer.head("/simple/a")
    assert [x_cache(each) for each in (first, body, second)] == ["Miss", "Miss", "Hit"]
    for each in (first, second):
        assert (each.status_code, each.content, each.headers["content-length"]) == (200, b"", "10")
        assert each.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=20-", 416, None, "bytes */10"),
    ],
)
async def test_a_range_is_the_same_from_bucket_and_cache(
    viewer: httpx.AsyncClient,
    bucket: Any,
    asked: str,
    status: int,
    body: bytes | None,
    content_range: str | None,
    *,
    cached: bool,
) -> None:
    """A small file's parts come out of the cache once the whole is in it."""
    bucket.put("simple/a", b"0123456789", CacheControl="max-age=60")
    if cached:
        await viewer.get("/simple/a")
    response = await viewer.get("/simple/a", headers={"Range": asked})
    assert response.status_code == status
    assert body is None or response.content == body
    assert cached is (x_cache(response) == "Hit")
    if cached or status != 416:  # moto leaves it out
        assert response.headers.get("content-range") == content_range


async def test_a_part_is_not_kept_for_the_whole(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """The next reader of the file gets all of it."""
    bucket.put("simple/a", b"0123456789", CacheControl="max-age=60")
    await viewer.get("/simple/a", headers={"Range": "bytes=2-4"})
    assert (await viewer.get("/simple/a")).content == b"0123456789"


@pytest.mark.parametrize("cache_control", ["no-cache", "max-age=60", "no-store"])
@pytest.mark.parametrize("seen_before", [False, True])
async def test_what_a_viewer_has_is_not_sent_again(
    viewer: httpx.AsyncClient, bucket: Any, cache_control: str, *, seen_before: bool
) -> None:
    """By its ETag, weak or not, whether or not this CloudFront has seen the object."""
    etag = bucket.put("simple/a", b"0123456789", CacheControl=cache_control)
    if seen_before:
        await viewer.get("/simple/a")
    for known in (etag, f"W/{etag}"):
        response = await viewer.get("/simple/a", headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == etag
        assert "content-length" not in response.headers
    assert (await viewer.get("/simple/a", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_page_is_compressed_for_those_who_take_it(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """Also from the cache, which keeps it as it is for those who do not."""
    page = b"<a href=x>x</a>\n" * 100
    etag = bucket.put("simple/index.html", page, ContentType="text/html", CacheControl="max-age=60")
    for _ in range(2):
        packed = await viewer.get("/simple/index.html", headers={"Accept-Encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", page)
        assert int(packed.headers["content-length"]) < 200
        assert packed.headers["etag"] == f"W/{etag}"
    plain = await viewer.get("/simple/index.html")
    assert (plain.content, plain.headers["etag"]) == (page, etag)
    assert "content-encoding" not in plain.headers


async def test_json_of_the_simple_api_is_as_it_is_stored(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """CloudFront neither compresses it, nor unpacks what is stored compressed."""
    content_type = "application/vnd.pypi.simple.v1+json"
    bucket.put("simple/plain.json", b"{}" * 1000, ContentType=content_type)
    packed = gzip.compress(b"{}" * 1000)
    bucket.put("simple/packed.json", packed, ContentType=content_type, ContentEncoding="gzip")
    plain = await viewer.get("/simple/plain.json", headers={"Accept-Encoding": "gzip"})
    assert (plain.content, plain.headers.get("content-encoding")) == (b"{}" * 1000, None)
    async with viewer.stream("GET", "/simple/packed.json") as response:
        assert b"".join([chunk async for chunk in response.aiter_raw()]) == packed


async def test_a_large_file_is_passed_through(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """It is not kept, however long it may be."""
    bucket.put("simple/a.whl", BIG, CacheControl="max-age=60", ContentType="text/plain")
    assert [x_cache(await viewer.get("/simple/a.whl")) for _ in range(2)] == ["Miss", "Miss"]
    assert (await viewer.get("/simple/a.whl")).content == BIG
    packed = await viewer.get("/simple/a.whl", headers={"Accept-Encoding": "gzip"})
    assert (packed.content, packed.headers["content-encoding"]) == (BIG, "gzip")


async def test_a_page_that_has_grown_too_large_is_not_kept(viewer: httpx.AsyncClient, bucket: Any) -> None:
    """Nor is its former self."""
    bucket.put("simple/a", b"small", CacheControl="no-cache")
    await viewer.get("/simple/a")
    bucket.put("simple/a", BIG, CacheControl="no-cache")
    assert (await viewer.head("/simple/a")).headers["content-length"] == str(len(BIG))
    assert (await viewer.get("/simple/a")).content == BIG
    assert x_cache(await viewer.get("/simple/a")) == "Miss"


# ---- What the template says


def test_times_to_live_are_the_templates() -> None:
    """One is changed with the other."""
    policy = dict(re.findall(r"^ *(\w+TTL): (\d+)$", TEMPLATE.read_text(), re.MULTILINE))
    assert {name: int(seconds) for name, seconds in policy.items()} == {
        "MinTTL": cache.MIN_TTL,
        "DefaultTTL": cache.DEFAULT_TTL,
        "MaxTTL": cache.MAX_TTL,
    }


def test_headers_and_timeout_are_the_templates() -> None:
    """One is changed with the other."""
    template = TEMPLATE.read_text()
    assert f'Header: Vary, Value: "{origin.RESPONSE_HEADERS["vary"]}"' in template
    seconds = origin.RESPONSE_HEADERS["strict-transport-security"].removeprefix("max-age=")
    assert f"AccessControlMaxAgeSec: {seconds}\n" in template
    assert f"Timeout: {cloudfront.FUNCTION_TIMEOUT_SECONDS:g}\n" in template


def test_headers_that_are_removed_are_the_templates() -> None:
    """One is changed with the other; all the rest reaches the viewer, here as there."""
    section = TEMPLATE.read_text().partition("RemoveHeadersConfig:")[2].partition("AWS::CloudFront")[0]
    assert set(re.findall(r"- Header: (\S+)", section)) == origin.REMOVED_HEADERS


# ---- ASGI


async def test_the_origin_is_closed_when_the_server_ends(bucket: Any) -> None:
    """ASGI's lifespan is answered, both ends of it."""
    owned = Origin(endpoint_url=bucket.endpoint_url, bucket=bucket.name, credentials=Credentials("a", "b"))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:demo:1"
    app = CloudFront(handler=returning(CHALLENGE), context_arn=arn, origin=owned)
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    outgoing: list[str] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        outgoing.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    assert outgoing == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with pytest.raises(RuntimeError, match="closed"):
        async with owned.fetch("GET", "/simple/a", httpx.Headers()):
            pass


async def test_a_web_socket_is_not_taken(bucket: Any) -> None:
    """There is nothing to talk about."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:demo:1"
    owned = Origin(endpoint_url=bucket.endpoint_url, bucket=bucket.name, credentials=Credentials("a", "b"))
    outgoing: list[str] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        outgoing.append(message["type"])

    app = CloudFront(handler=returning(CHALLENGE), context_arn=arn, origin=owned)
    await app({"type": "websocket"}, receive, send)
    await owned.aclose()
    assert outgoing == ["websocket.close"]
