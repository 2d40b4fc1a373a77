import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.answers import Answer
from local.origin import REMOVED_HEADERS, Origin, OriginUnreachableError, key_of

pytestmark = pytest.mark.anyio

CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret that opens nothing", "a session token")


class Listener:
    """An S3 that answers everything with *response*, and remembers what it was asked."""

    def __init__(self, response: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") -> None:
        self.response = response
        self.requests: list[bytes] = []


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, Origin]]:
    listener = Listener()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(listener.response)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    origin = Origin(endpoint_url=f"http://127.0.0.1:{port}/", bucket="demo", credentials=CREDENTIALS)
    yield listener, origin
    await origin.aclose()
    server.close()
    await server.wait_closed()


async def get(origin: Origin, uri: str, method: str = "GET", **asked: str) -> Answer:
    """The answer with its whole body."""
    headers = httpx.Headers({name.replace("_", "-"): value for name, value in asked.items()})
    async with origin.fetch(method, uri, headers) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


async def test_an_object_comes_with_its_own_headers(origin: Origin, bucket: Any) -> None:
    """And with those of the response headers policy, which also takes some away; others go on, as on AWS."""
    etag = bucket.put(
        "simple/demo/index.html",
        b"<a>",
        ContentType="text/html",
        CacheControl="no-cache",
        Metadata={"a": "b", "upload-time": "2026-01-01T00:00:00Z"},
        ServerSideEncryption="AES256",
    )
    answer = await get(origin, "/simple/demo/index.html")
    assert (answer.status, answer.body) == (200, b"<a>")
    assert answer.headers["etag"] == etag
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["x-amz-meta-a"] == "b"
    gone = {*REMOVED_HEADERS, "x-amz-request-id", "x-amz-id-2", "server", "date"}
    assert not gone & set(answer.headers)


async def test_a_compressed_object_stays_compressed(origin: Origin, bucket: Any) -> None:
    """Even if nobody has said that he takes gzip."""
    body = gzip.compress(b"{}" * 1000)
    bucket.put("simple/demo/index.json", body, ContentEncoding="gzip")
    answer = await get(origin, "/simple/demo/index.json")
    assert (answer.body, answer.headers["content-encoding"]) == (body, "gzip")


async def test_what_is_missing_is_404(origin: Origin) -> None:
    """The bucket's policy lets CloudFront list, so S3 tells."""
    assert (await get(origin, "/simple/demo/index.html")).status == 404


@pytest.mark.parametrize(
    "uri", ["/simple/a", "/project/a/index.html", "/assets/a.css", "/index.html", "/simple/"]
)
async def test_what_is_served_is_read(origin: Origin, bucket: Any, uri: str) -> None:
    """The prefixes that the bucket's policy names."""
    bucket.put(uri.removeprefix("/"), b"here")
    assert (await get(origin, uri)).body == b"here"


@pytest.mark.parametrize(
    "uri",
    ["/auth/htpasswd", "/incoming/a.whl", "/rejected/a", "/index.html.bak", "/", "/simple", "//simple/a"],
)
async def test_nothing_else_is_read(origin: Origin, bucket: Any, uri: str) -> None:
    """Whatever the authenticator lets through: the policy answers 403."""
    if uri != "/":
        bucket.put(uri.removeprefix("/"), b"secret")
    answer = await get(origin, uri)
    assert (answer.status, answer.headers["vary"]) == (403, "Accept, Accept-Encoding")
    assert b"<Code>AccessDenied</Code>" in await answer.read()


@pytest.mark.parametrize(
    "uri",
    [
        "/simple/../auth/htpasswd",
        "/simple/%2e%2E/auth/htpasswd",
        "/simple/..%2fauth%2Fhtpasswd",
        "/simple/./a",
    ],
)
async def test_dots_lead_nowhere(origin: Origin, bucket: Any, uri: str) -> None:
    """S3 has keys, not folders."""
    bucket.put("auth/htpasswd", b"secret")
    bucket.put("simple/a", b"public")
    assert (await get(origin, uri)).status == 404


async def test_a_plus_sign_is_a_space(origin: Origin, bucket: Any) -> None:
    """In S3's paths, as in the rest of the world's forms; who means a plus sign has to encode it."""
    bucket.put("simple/demo/demo-1.0+cpu.whl", b"plus")
    assert (await get(origin, "/simple/demo/demo-1.0%2Bcpu.whl")).body == b"plus"
    assert (await get(origin, "/simple/demo/demo-1.0%2bcpu.whl")).body == b"plus"
    assert (await get(origin, "/simple/demo/demo-1.0+cpu.whl")).status == 404


@pytest.mark.parametrize("name", ["a b", "a%b", "a?b", "a#b", "ä", "a!(b)*", "a//b", "a~b", "a;b=c&d", "%2B"])
async def test_any_key_can_be_read(origin: Origin, bucket: Any, name: str) -> None:
    """Encoded once, however sparingly."""
    bucket.put(f"simple/{name}", name.encode())
    assert (await get(origin, "/simple/" + quote(name, safe=""))).body == name.encode()
    assert (await get(origin, "/simple/" + quote(name, safe="/~!()*;=&"))).body == name.encode()


def test_a_path_is_decoded_once() -> None:
    """What was encoded twice is still encoded."""
    assert key_of("/simple/%252e%252e/a+b%2B") == b"simple/%2e%2e/a b+"


async def test_ranges_and_conditions_are_s3s_to_answer(origin: Origin, bucket: Any) -> None:
    """They are passed on, also from the end of a file."""
    etag = bucket.put("simple/a", b"0123456789")
    assert (await get(origin, "/simple/a", range="bytes=2-4")).body == b"234"
    assert (await get(origin, "/simple/a", range="bytes=-3")).headers["content-range"] == "bytes 7-9/10"
    assert (await get(origin, "/simple/a", range="bytes=20-")).status == 416
    assert (await get(origin, "/simple/a", if_none_match=etag)).status == 304
    assert (await get(origin, "/simple/a", if_none_match=f"W/{etag}")).status == 304
    assert (await get(origin, "/simple/a", if_none_match='"other"')).status == 200


async def test_an_etag_goes_without_its_date(origin: Origin, bucket: Any) -> None:
    """Otherwise an S3 that looks at both finds nothing new in what was rewritten within the second."""
    bucket.put("simple/a", b"old")
    date = (await get(origin, "/simple/a")).headers["last-modified"]
    assert (await get(origin, "/simple/a", if_modified_since=date)).status == 304
    assert (await get(origin, "/simple/a", if_modified_since=date, if_none_match='"other"')).status == 200


async def test_head_is_head(origin: Origin, bucket: Any) -> None:
    """All the headers and no body."""
    bucket.put("simple/a", b"0123456789")
    answer = await get(origin, "/simple/a", "HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "10")


async def test_little_of_a_viewers_request_reaches_s3(listener: tuple[Listener, Origin]) -> None:
    """Neither its credential nor its cookies, what it accepts or what it calls itself."""
    s3, origin = listener
    await get(
        origin,
        "/simple/a",
        range="bytes=0-3",
        authorization="Basic cmVhZGVyOm9wZW4gc2VzYW1l",
        cookie="a=b",
        accept="text/html",
        accept_encoding="gzip",
        user_agent="pip/26.3",
        host="index.example",
    )
    head, *lines = s3.requests[0].decode().strip().split("\r\n")
    assert head == "GET /demo/simple/a HTTP/1.1"
    assert sorted(line.partition(":")[0].lower() for line in lines) == [
        "authorization",
        "host",
        "range",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    ]
    assert "reader" not in s3.requests[0].decode()
    assert "cmVhZGVy" not in s3.requests[0].decode()


async def test_the_signature_covers_what_is_sent(listener: tuple[Listener, Origin]) -> None:
    """Signed again from what S3 receives, the request has the signature it came with."""
    s3, origin = listener
    await get(origin, "/simple/a!b(c)%2Bd+e~f/g%c3%a4", range="bytes=0-3")
    head, *lines = s3.requests[0].decode().strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    path = head.split()[1]
    assert path == "/demo/simple/a%21b%28c%29%2Bd%20e~f/g%C3%A4"
    given = headers.pop("authorization")
    request = AWSRequest("GET", f"http://{headers['host']}{path}", headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(CREDENTIALS, "s3", "us-east-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert given.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert given.endswith(f"Signature={signature}")


async def test_a_header_that_is_not_ascii_is_left_out(listener: tuple[Listener, Origin]) -> None:
    """No S3 could make anything of it."""
    s3, origin = listener
    headers = httpx.Headers({"range": "bytes=٣-"}, encoding="utf-8")
    async with origin.fetch("GET", "/simple/a", headers) as answer:
        assert answer.status == 200
    assert b"range" not in s3.requests[0].lower()


async def test_an_origin_that_is_not_there_is_502() -> None:
    """In one sentence, with the endpoint and without a traceback."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        origin = Origin(endpoint_url=url, bucket="demo", credentials=CREDENTIALS)
        with pytest.raises(OriginUnreachableError) as caught:
            await get(origin, "/simple/a")
        await origin.aclose()
    assert caught.value.status == 502
    assert str(caught.value) == f"The origin at {url} cannot be reached (ConnectError)."


async def test_an_origin_that_hangs_up_is_asked_three_times(listener: tuple[Listener, Origin]) -> None:
    """CloudFront makes two more attempts."""
    s3, origin = listener
    s3.response = b""
    with pytest.raises(OriginUnreachableError, match="RemoteProtocolError"):
        await get(origin, "/simple/a")
    assert len(s3.requests) == 3


async def test_an_answer_cut_short_is_known(listener: tuple[Listener, Origin]) -> None:
    """It must not pass for whole, nor be kept."""
    s3, origin = listener
    s3.response = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"
    with pytest.raises(OriginUnreachableError):
        await get(origin, "/simple/a")


def test_a_timeout_is_504() -> None:
    """It is told apart from a connection that fails."""
    late = OriginUnreachableError("http://s3.example", httpx.ReadTimeout(""))
    assert late.status == 504
    assert str(late) == "The origin at http://s3.example did not answer in time (ReadTimeout)."
