"""What a viewer asks of a stored object: all of it, one range, or whether it has changed (RFC 9110)."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

import httpx

from local.answers import Answer

__all__ = ["not_modified", "select"]

# No more digits than any object needs: int() of thousands of them is an error.
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
# Of no use where the body is not sent.
_ABOUT_THE_BODY = ("content-length", "content-type", "content-encoding", "content-range")


def select(headers: httpx.Headers, body: bytes, asked: httpx.Headers) -> Answer:
    """Answer a request that has the headers *asked* from the object *body*, stored with *headers*.

    A range that cannot be read, or more than one, gets the whole object, as from S3.
    """
    if _has_not_changed(headers, asked):
        return not_modified(headers)
    span = _range(asked.get("range", ""), len(body)) if _may_be_partial(headers, asked) else None
    if span is None:
        return Answer(200, headers, body)
    if not span:
        answer = Answer(416, _without_body(headers))
        return answer.with_headers(content_length="0", content_range=f"bytes */{len(body)}")
    part = body[span.start : span.stop]
    return Answer(206, headers, part).with_headers(
        content_length=str(len(part)),
        content_range=f"bytes {span.start}-{span.stop - 1}/{len(body)}",
    )


def not_modified(headers: httpx.Headers) -> Answer:
    """The 304 that belongs to an answer with *headers*."""
    return Answer(304, _without_body(headers))


def _without_body(headers: httpx.Headers) -> httpx.Headers:
    kept = [(name, value) for name, value in headers.multi_items() if name not in _ABOUT_THE_BODY]
    return httpx.Headers(kept, encoding="utf-8")


def _has_not_changed(headers: httpx.Headers, asked: httpx.Headers) -> bool:
    if "if-none-match" in asked:
        # By the weak comparison, as a viewer may hold the ETag of a copy that was compressed on the way.
        known = _ENTITY_TAG.findall(asked["if-none-match"])
        return asked["if-none-match"].strip() == "*" or _strong(headers.get("etag", "")) in known
    if "if-modified-since" not in asked:
        return False
    modified, since = _seconds(headers.get("last-modified")), _seconds(asked["if-modified-since"])
    return modified is not None and since is not None and modified <= since


def _may_be_partial(headers: httpx.Headers, asked: httpx.Headers) -> bool:
    # The strong comparison: a part of one body does not fit onto another that means the same.
    return "if-range" not in asked or asked["if-range"] in (headers.get("etag"), headers.get("last-modified"))


def _range(value: str, length: int) -> range | None:
    """The bytes that a Range header asks of *length*: empty if there are none, None if it cannot be read."""
    one = _ONE_RANGE.fullmatch(value.strip())
    if one is None or one[0] == "bytes=-":
        return None
    first, last = one.groups()
    if not first:
        return range(max(0, length - int(last)), length)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, length) if last else length)


def _strong(etag: str) -> str:
    return etag.removeprefix("W/")


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
