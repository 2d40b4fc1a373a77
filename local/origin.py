"""The origin: a private bucket, read as CloudFront reads it with origin access control."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.answers import Answer
from local.transport import PlainTransport

__all__ = ["REMOVED_HEADERS", "RESPONSE_HEADERS", "SERVED_PREFIXES", "Origin", "OriginUnreachableError"]

# What the bucket's policy lets CloudFront read, in its own words.
SERVED_PREFIXES = ("simple/*", "project/*", "assets/*", "index.html")

# What the response headers policy sets. It replaces what CloudFront would say in Vary when it compresses.
RESPONSE_HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "vary": "Accept, Accept-Encoding",
}

# What it removes, one by one as it knows no wildcards: other x-amz-* headers go on to the viewer.
REMOVED_HEADERS = frozenset(
    (
        "x-amz-expiration",
        "x-amz-meta-upload-etag",
        "x-amz-meta-upload-time",
        "x-amz-mp-parts-count",
        "x-amz-replication-status",
        "x-amz-server-side-encryption",
        "x-amz-storage-class",
        "x-amz-tagging-count",
        "x-amz-version-id",
    )
)

# All that a cache policy without headers lets through: not Authorization, not Accept, no cookies.
_FORWARDED = ("range", "if-range", "if-none-match", "if-modified-since")
# fmt: off
_NOT_PASSED_ON = frozenset(
    (
        # "CloudFront removes or updates the following header fields before forwarding the response from your
        # Amazon S3 origin", where no cookie is forwarded.
        "x-amz-id-2", "x-amz-request-id", "set-cookie", "trailer", "transfer-encoding", "upgrade", "via",
        # Hop by hop, or of the server that will answer the viewer.
        "connection", "date", "keep-alive", "server",
    )
)
# fmt: on
# "CloudFront attempts to establish a connection ... 10 seconds ... and makes two additional attempts."
_ATTEMPTS = 3
_TIMEOUT = httpx.Timeout(30, connect=10)


class OriginUnreachableError(Exception):
    """The bucket gave no answer, or did not finish it; *status* is what the viewer gets for that."""

    def __init__(self, endpoint_url: str, cause: httpx.TransportError) -> None:
        super().__init__(endpoint_url, cause)
        self.endpoint_url = endpoint_url
        self.status = 504 if isinstance(cause, httpx.TimeoutException) else 502
        self.cause = cause

    def __str__(self) -> str:
        problem = "did not answer in time" if self.status == 504 else "cannot be reached"
        return f"The origin at {self.endpoint_url} {problem} ({type(self.cause).__name__})."


class Origin:
    """The bucket *bucket* at *endpoint_url*, with the credentials that sign for CloudFront."""

    def __init__(
        self, *, endpoint_url: str, bucket: str, credentials: Credentials, region: str = "us-east-1"
    ) -> None:
        self._endpoint_url = endpoint_url.rstrip("/")
        self._bucket = bucket
        self._signer = S3SigV4Auth(credentials, "s3", region)
        # A transport that is given: the client's would take the machine's proxies and .netrc for itself.
        self._client = httpx.AsyncClient(
            transport=_transport(endpoint_url), timeout=_TIMEOUT, trust_env=False
        )

    @asynccontextmanager
    async def fetch(self, method: str, uri: str, asked: httpx.Headers) -> AsyncIterator[Answer]:
        """Ask the bucket for the object at *uri*; the body streams until the context is left.

        Raises:
            OriginUnreachableError: also while the body is read.
        """
        key = key_of(uri)
        # The bucket's policy lets CloudFront read, and do nothing else.
        if method not in ("GET", "HEAD") or not _is_served(key):
            yield _denied()
            return
        if {b".", b".."} & set(key.split(b"/")):
            # S3 would look for a key with dots in it. HTTP clients resolve them, to another key.
            yield _missing()
            return
        response = await self._send(method, key, asked)
        try:
            yield Answer(response.status_code, _response_headers(response.headers), self._chunks(response))
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _send(self, method: str, key: bytes, asked: httpx.Headers) -> httpx.Response:
        for _ in range(_ATTEMPTS):
            try:
                return await self._client.send(self._signed(method, key, asked), stream=True)
            except httpx.TransportError as exc:
                failure = exc
        raise OriginUnreachableError(self._endpoint_url, failure) from failure

    def _signed(self, method: str, key: bytes, asked: httpx.Headers) -> httpx.Request:
        # S3 checks the signature over the key as it would encode it itself, so it has to be sent that way.
        url = f"{self._endpoint_url}/{self._bucket}/{quote(key, safe='/~')}"
        request = AWSRequest(method=method, url=url, headers=_forwarded(asked))
        self._signer.add_auth(request)
        # Not the client's build_request, which would add headers of its own.
        return httpx.Request(method, url, headers=dict(request.headers.items()))

    async def _chunks(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        try:
            # Raw: what S3 has stored compressed stays so.
            async for chunk in response.aiter_raw():
                yield chunk
        except httpx.TransportError as exc:
            raise OriginUnreachableError(self._endpoint_url, exc) from exc


def _transport(endpoint_url: str) -> httpx.AsyncBaseTransport:
    if urlsplit(endpoint_url).scheme == "http":
        return PlainTransport()
    return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None))


def key_of(uri: str) -> bytes:
    """The key that S3 reads in a path: decoded once, with a literal plus sign for a space.

    >>> key_of("/simple/demo/demo-1.0+cpu%2Bavx.whl")
    b'simple/demo/demo-1.0 cpu+avx.whl'
    """
    return unquote_to_bytes(uri.removeprefix("/").replace("+", " "))


def _is_served(key: bytes) -> bool:
    for pattern in SERVED_PREFIXES:
        prefix = pattern.removesuffix("*")
        if key == prefix.encode() or (prefix != pattern and key.startswith(prefix.encode())):
            return True
    return False


def _forwarded(asked: httpx.Headers) -> dict[str, str]:
    forwarded = {name: asked[name] for name in _FORWARDED if name in asked and asked[name].isascii()}
    if "if-none-match" in forwarded:
        # RFC 9110, 13.1.3: If-Modified-Since is ignored beside it, but not by every S3. And S3 knows no weak
        # ETags, such as CloudFront makes when it compresses.
        forwarded.pop("if-modified-since", None)
        forwarded["if-none-match"] = forwarded["if-none-match"].replace('W/"', '"')
    return forwarded


def _response_headers(headers: httpx.Headers) -> httpx.Headers:
    kept = [
        (name, value)
        for name, value in headers.multi_items()
        if name not in _NOT_PASSED_ON and name not in REMOVED_HEADERS
    ]
    return _with_policy(httpx.Headers(kept, encoding="utf-8"))


def _with_policy(headers: httpx.Headers) -> httpx.Headers:
    headers.update(RESPONSE_HEADERS)
    return headers


def _denied() -> Answer:
    return _error(403, "AccessDenied", "Access Denied")


def _missing() -> Answer:
    return _error(404, "NoSuchKey", "The specified key does not exist.")


def _error(status: int, code: str, message: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
    headers = {"content-type": "application/xml", "content-length": str(len(body))}
    return Answer(status, _with_policy(httpx.Headers(headers)), body.encode())
