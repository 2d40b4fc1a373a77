"""A copy of an object, kept for a while and serving on while the bucket cannot be read."""

import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from authenticator.errors import StoreUnavailableError
from authenticator.reader import StoredObject

__all__ = ["KeptObject", "Reader"]

Value = TypeVar("Value")

#: Seconds. How old a copy is used without asking; how old where asking fails.
_REFRESH_SECONDS = 60.0
_STALE_SECONDS = 300.0
#: Seconds. How soon a failed read is tried again: each try holds up a viewer.
_RETRY_SECONDS = 5.0
#: Seconds. The same where there is no copy, so that each viewer until then gets a 503.
_FIRST_RETRY_SECONDS = 1.0


class Reader(Protocol):
    def read(self, key: str, known_etag: str | None) -> StoredObject | None: ...


class KeptObject(Generic[Value]):
    """One object, parsed, and asked for again at most once in `_REFRESH_SECONDS`.

    While it cannot be read the last good copy serves, up to `_STALE_SECONDS` after it was last known
    to be true. An object that does not parse counts as one that cannot be read, and is not parsed again
    until it changes.
    """

    def __init__(
        self,
        reader: Reader,
        key: str,
        parse: Callable[[bytes], Value],
        *,
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._key = key
        self._parse = parse
        self._report = report
        self._clock = clock
        self._value: Value | None = None
        #: Of what was last read, and what was wrong with it, if anything was.
        self._etag: str | None = None
        self._defect = ""
        self._known_true = 0.0
        self._next_read = float("-inf")
        self._failure = ""

    def get(self) -> Value:
        """The object's value. Raises `StoreUnavailableError` where no copy is recent enough."""
        now = self._clock()
        if now >= self._next_read:
            self._refresh(now)
        if self._value is None or now - self._known_true >= _STALE_SECONDS:
            raise StoreUnavailableError(self._failure)
        return self._value

    def _refresh(self, now: float) -> None:
        # First of all: Lambda may end this at any moment, and the next viewer must not wait for the same.
        self._wait()
        try:
            stored = self._reader.read(self._key, self._etag)
        except StoreUnavailableError as error:
            self._failed(str(error))
            return
        if stored is not None:
            self._take(stored)
        if self._defect:
            self._failed(self._defect)
        else:
            self._succeeded(now)

    def _take(self, stored: StoredObject) -> None:
        self._etag, self._defect = stored.etag, ""
        try:
            self._value = self._parse(stored.body)
        except ValueError as error:
            self._defect = str(error)

    def _succeeded(self, now: float) -> None:
        if self._failure:
            self._report(f"{self._key} can be read again")
        self._failure = ""
        self._known_true = now
        self._next_read = now + _REFRESH_SECONDS

    def _failed(self, failure: str) -> None:
        if failure != self._failure:  # once, not for each request
            self._report(failure)
        self._failure = failure
        self._wait()

    def _wait(self) -> None:
        seconds = _FIRST_RETRY_SECONDS if self._value is None else _RETRY_SECONDS
        self._next_read = self._clock() + seconds
