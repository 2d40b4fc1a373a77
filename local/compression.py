"""Compression on the way to the viewer: what CloudFront compresses, and nothing else.

See "Serve compressed files" in the developer guide. Brotli, which CloudFront prefers where a browser takes
it, is not played: installers ask for gzip.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from local.answers import Answer

__all__ = ["COMPRESSED_TYPES", "compress"]

# The types of the simple repository API are not among them.
# fmt: off
COMPRESSED_TYPES = frozenset(
    (
        "application/dash+xml", "application/eot", "application/font", "application/font-sfnt",
        "application/javascript", "application/json", "application/opentype", "application/otf",
        "application/pkcs7-mime", "application/protobuf", "application/rss+xml", "application/truetype",
        "application/ttf", "application/vnd.apple.mpegurl", "application/vnd.ms-fontobject",
        "application/xhtml+xml", "application/xml", "application/x-font-opentype",
        "application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi",
        "application/x-javascript", "application/x-mpegurl", "application/x-opentype", "application/x-otf",
        "application/x-perl", "application/x-ttf", "font/eot", "font/opentype", "font/otf", "font/ttf",
        "image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain",
        "text/richtext", "text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source",
        "text/x-script", "vnd.apple.mpegurl",
    )
)
# fmt: on
_SIZES = range(1000, 10_000_001)
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0{0,3})?\s*")


def compress(answer: Answer, asked: httpx.Headers) -> Answer:
    """Compress *answer* if CloudFront would, for a request with the headers *asked*."""
    if "range" in asked or not _accepts_gzip(asked) or not _is_compressible(answer):
        return answer
    headers = httpx.Headers(answer.headers)
    headers["content-encoding"] = "gzip"
    etag = headers.pop("etag", "")
    if etag.startswith(('"', "W/")):
        headers["etag"] = etag if etag.startswith("W/") else f"W/{etag}"
    if isinstance(answer.body, bytes):
        body = gzip.compress(answer.body, mtime=0)
        headers["content-length"] = str(len(body))
        return Answer(answer.status, headers, body)
    # Its length is known only at the end, so it goes out in chunks.
    del headers["content-length"]
    return Answer(answer.status, headers, _compressed(answer.body))


async def _compressed(plain: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    async with aclosing(plain) as chunks:
        async for chunk in chunks:
            if compressed := compressor.compress(chunk):
                yield compressed
    yield compressor.flush()


def _is_compressible(answer: Answer) -> bool:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = answer.headers.get("content-length", "")
    return (
        answer.status in (200, 403, 404)
        and content_type in COMPRESSED_TYPES
        and "content-encoding" not in answer.headers
        and length.isdecimal()
        and int(length) in _SIZES
    )


def _accepts_gzip(asked: httpx.Headers) -> bool:
    for item in asked.get("accept-encoding", "").split(","):
        coding, _, weight = item.partition(";")
        if coding.strip().lower() == "gzip":
            return not _REFUSED.fullmatch(weight)
    return False
