"""A copy of an object, kept for a while and serving on while the bucket cannot be read."""

from collections.abc import Callable
from typing import Generic, Literal, Protocol, TypeVar

from authenticator.clock import Clock
from authenticator.deadline import Deadline
from authenticator.errors import NoCopyError, NoSuchObjectError, StoreUnavailableError
from authenticator.policy import Freshness
from authenticator.reader import StoredObject

__all__ = ["KeptObject", "Reader"]

Value = TypeVar("Value")

#: Seconds. How soon a failed read is tried again: each try holds up a viewer.
_RETRY_SECONDS = 5.0
#: Seconds. The same where there is no copy, so that each viewer until then gets a 503.
_FIRST_RETRY_SECONDS = 1.0

Report = Callable[[Literal["WARNING", "ERROR"], str], None]


class Reader(Protocol):
    def read(self, key: str, known_etag: str | None, deadline: Deadline) -> StoredObject | None: ...


class KeptObject(Generic[Value]):
    """One object, parsed, and asked for again when its copy is no longer fresh.

    While it cannot be read the last good copy serves, until it is stale, counted from when it was last
    known to be true. An object that does not parse, or is gone, counts as one that cannot be read; it is not
    parsed again until it changes. Each change for the worse or the better is reported, once.
    """

    def __init__(
        self,
        reader: Reader,
        key: str,
        parse: Callable[[bytes], Value],
        *,
        report: Report,
        clock: Clock,
        absent: Value | None = None,
    ) -> None:
        """*absent* is the value where there never was an object; without it, that is a failure."""
        self._reader = reader
        self._key = key
        self._parse = parse
        self._report = report
        self._clock = clock
        self._absent = absent
        self._value: Value | None = None
        #: Of what was last read, and what was wrong with it, if anything was.
        self._etag: str | None = None
        self._defect = ""
        #: When the last read began that found the value true; until when none is tried after one that failed.
        self._known_true = self._retry_at = float("-inf")
        #: As it was for that read.
        self._refresh_seconds = float("inf")
        self._failure = ""
        #: Whether a copy served, and why it was not a fresh one: as was reported last.
        self._reported = (True, "")

    def get(self, freshness: Freshness, deadline: Deadline) -> Value:
        """The object's value. Raises `NoCopyError` where no copy is recent enough."""
        now = self._clock()
        # Also where it has become longer since: who revoked something meanwhile counts on the shorter.
        refresh_seconds = min(self._refresh_seconds, freshness.refresh_seconds)
        if now >= max(self._known_true + refresh_seconds, self._retry_at):
            self._refresh(now, freshness, deadline)
        serves = self._value is not None and now - self._known_true < freshness.stale_seconds
        self._report_change(serves)
        if self._value is None or not serves:
            raise NoCopyError(self._failure)
        return self._value

    def _refresh(self, now: float, freshness: Freshness, deadline: Deadline) -> None:
        # First of all: Lambda may end this at any moment, and the next viewer must not wait for the same.
        self._wait()
        try:
            self._read(deadline)
        except StoreUnavailableError as error:
            self._failure = str(error)
        except Exception as error:
            # By its type alone: its text could hold what the object holds.
            self._failure = f"{self._key} met an unexpected {type(error).__name__}"
        else:
            self._failure = self._defect
        if self._failure:
            self._wait()
        else:
            self._known_true, self._retry_at = now, float("-inf")
            self._refresh_seconds = freshness.refresh_seconds

    def _read(self, deadline: Deadline) -> None:
        try:
            stored = self._reader.read(self._key, self._etag, deadline)
        except NoSuchObjectError:
            if self._absent is None or self._value not in (None, self._absent):
                raise  # an operator says what he wants by writing it, so this is an accident
            self._value, self._etag, self._defect = self._absent, None, ""
        else:
            if stored is not None:
                self._take(stored)

    def _take(self, stored: StoredObject) -> None:
        try:
            self._value, self._defect = self._parse(stored.body), ""
        except ValueError as error:
            self._defect = f"{self._key}: {error}"
        # Last, for of what nothing was found out a 304 must not say that it is as it was.
        self._etag = stored.etag

    def _wait(self) -> None:
        seconds = _FIRST_RETRY_SECONDS if self._value is None else _RETRY_SECONDS
        self._retry_at = self._clock() + seconds

    def _report_change(self, serves: bool) -> None:
        # By what is wrong with the object; a bucket that cannot be read may give a new reason each time.
        state = (serves, self._defect or ("unread" if self._failure else ""))
        if state == self._reported:
            return
        self._reported = state
        if not serves:
            self._report("ERROR", f"{self._failure}: until it can be read, every request is answered 503")
        elif self._failure:
            self._report("WARNING", f"{self._failure}: the last good copy serves on")
        else:
            self._report("WARNING", f"{self._key} can be read again")
