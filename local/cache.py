"""The cache of an edge location: one copy for all viewers, under the rewritten URI.

What it keeps, and for how long, is what the developer guide says in "Manage how long content stays in the
cache", with the times to live of the template's cache policy. Errors are not kept at all: the template's
ErrorCachingMinTTL is 0, and S3 sends no Cache-Control with an error.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

__all__ = [
    "DEFAULT_TTL",
    "MAX_OBJECT_BYTES",
    "MAX_TOTAL_BYTES",
    "MAX_TTL",
    "MIN_TTL",
    "Cache",
    "CachedObject",
]

MAX_OBJECT_BYTES = 1024 * 1024
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MIN_TTL = 0
DEFAULT_TTL = 0
MAX_TTL = 31_536_000


@dataclass(frozen=True, slots=True)
class CachedObject:
    """An object as the origin gave it, or confirmed it, at *confirmed_at*, asked at *asked_at*."""

    headers: httpx.Headers
    body: bytes
    asked_at: float
    confirmed_at: float
    lifetime: int

    @property
    def conditions(self) -> httpx.Headers:
        """The headers that ask the origin whether this is still its object."""
        etag = self.headers.get("etag")
        return httpx.Headers({"if-none-match": etag} if etag else {})


class Cache:
    """At most *max_bytes* of bodies; what was asked for least recently goes first."""

    def __init__(
        self, *, max_bytes: int = MAX_TOTAL_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._objects: OrderedDict[str, CachedObject] = OrderedDict()
        self._max_bytes = max_bytes
        self._clock = clock
        self._bytes = 0

    @staticmethod
    def may_store(status: int, headers: httpx.Headers) -> bool:
        """Whether to keep such an answer to a GET: whole, small, and its origin has nothing against it."""
        length = headers.get("content-length", "")
        small = length.isdecimal() and int(length) <= MAX_OBJECT_BYTES
        return status == 200 and small and _lifetime(headers) is not None

    def get(self, uri: str) -> CachedObject | None:
        """The object kept under *uri*, be it fresh or not."""
        if uri in self._objects:
            self._objects.move_to_end(uri)
        return self._objects.get(uri)

    def is_fresh(self, stored: CachedObject) -> bool:
        return self._clock() - stored.confirmed_at < stored.lifetime

    def age(self, stored: CachedObject) -> int:
        """Seconds since the origin last vouched for it: the Age header."""
        return int(self._clock() - stored.confirmed_at)

    def now(self) -> float:
        """When the origin is asked, for what becomes of its answer."""
        return self._clock()

    def store(self, uri: str, headers: httpx.Headers, body: bytes, *, asked_at: float) -> CachedObject:
        """Keep an answer that `may_store` has passed, unless that to a later question came before it."""
        stored = CachedObject(headers, body, asked_at, self._clock(), _lifetime(headers) or 0)
        if uri in self._objects and self._objects[uri].asked_at > asked_at:
            return stored
        self.drop(uri)
        self._objects[uri] = stored
        self._bytes += len(body)
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._objects)))
        return stored

    def confirm(
        self, uri: str, stored: CachedObject, headers: httpx.Headers, *, asked_at: float
    ) -> CachedObject:
        """Begin *stored*'s lifetime anew, as the origin's 304 with *headers* allows."""
        cache_control = headers.get("cache-control", stored.headers.get("cache-control"))
        updated = httpx.Headers(stored.headers)
        if cache_control is not None:
            updated["cache-control"] = cache_control
        confirmed = replace(
            stored,
            headers=updated,
            asked_at=asked_at,
            confirmed_at=self._clock(),
            lifetime=_lifetime(updated) or 0,
        )
        # Unless it has been confirmed or replaced since.
        if self._objects.get(uri) is stored:
            self._objects[uri] = confirmed
        return confirmed

    def drop(self, uri: str) -> None:
        if dropped := self._objects.pop(uri, None):
            self._bytes -= len(dropped.body)


def _lifetime(headers: httpx.Headers) -> int | None:
    """Seconds to serve an object without asking the origin again; None is not to keep it."""
    control = headers.get("cache-control", "").lower()
    directives = {name.strip(): value.strip(' "') for name, _, value in _parts(control)}
    if "no-store" in directives or "private" in directives:
        return None
    if "no-cache" in directives:
        return MIN_TTL
    seconds = directives.get("s-maxage", directives.get("max-age", str(DEFAULT_TTL)))
    # RFC 9111, 4.2.1: what cannot be read is stale.
    return min(int(seconds), MAX_TTL) if re.fullmatch(r"[0-9]{1,18}", seconds) else MIN_TTL


def _parts(control: str) -> list[tuple[str, str, str]]:
    return [directive.partition("=") for directive in control.split(",")]
