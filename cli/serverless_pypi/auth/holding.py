"""Whether a change of ``auth/`` holds where the index is read."""

import ssl
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx
import truststore

from serverless_pypi.errors import CommandError, NotHoldingError
from serverless_pypi.index import Credential, Index
from serverless_pypi.waiting import wait_for

__all__ = ["ClearTextError", "NoIndexThereError", "Watch"]

#: Answers in a row, each over a connection of its own: an edge has several environments of the authenticator.
_IN_A_ROW = 5
#: Seconds. A read of the bucket may take half of it; clocks and CloudFront the rest.
_MARGIN = 3.0
#: Seconds, beyond what a copy at the edge may be old, if nobody says how long to wait.
_PATIENCE = 60.0
_TIMEOUT = httpx.Timeout(10)
#: Is served to nobody. So the authenticator itself answers, 401 to who has no good credential, and else 404,
#: whatever the policy gives to whom.
_NOWHERE = "-/"
_HEALTH = "/health"
_LOOK = "docs/operating.md says where the authenticator's log is, which tells why"
_MEANINGS = {
    401: f"the index still answers 401, as to a wrong or expired one: {_LOOK}",
    503: f"the index answers 503, which is its own failure and says nothing of the credential: {_LOOK}",
}
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class ClearTextError(CommandError):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"The index URL is http, and a credential would cross the network to {host} in clear: "
            "give an https URL by --index-url, or leave --wait out. Nothing was done."
        )


class NoIndexThereError(CommandError):
    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            f"{url} answers {status} to who offers no credential, where an index says 401: "
            "check --index-url, and what stands between you and it. Nothing was done."
        )


class Watch:
    """An index URL, looked at as its readers do."""

    def __init__(self, url: str, *, refresh_seconds: float, patience: float | None = None) -> None:
        """*patience*, in seconds, is for all that is waited for; without one it follows *refresh_seconds*.

        Raises `ClearTextError`.
        """
        parts = urlsplit(url)
        self._is_local = parts.hostname in _LOCAL
        if parts.scheme != "https" and not self._is_local:
            raise ClearTextError(parts.hostname or url)
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._patience = patience or refresh_seconds + _PATIENCE
        #: What the index did when it was last looked at.
        self._last = ""

    @classmethod
    def over(cls, index: Index, *, refresh_seconds: float, patience: float | None) -> "Watch":
        """Begin to watch *index*, before anything is changed. Raises `CommandError` where there is none."""
        watch = cls(index.url, refresh_seconds=refresh_seconds, patience=patience)
        status = watch._status(_NOWHERE)
        # An index without a first user answers 503.
        if status != 401 and status < 500:
            raise NoIndexThereError(index.url, status)
        return watch

    def wait_for_credential(self, credential: Credential) -> None:
        """Return once *credential* is taken several times in a row. Raises `NotHoldingError`."""
        self._wait_until(
            lambda: all(self._answers(404, _NOWHERE, credential) for _ in range(_IN_A_ROW)),
            f"The credential of {credential[0]!r}",
        )

    def wait_for_age(self) -> None:
        """Return once each copy at an edge is younger than this call, and the index is well.

        Raises `NotHoldingError`.
        """
        end = time.monotonic() + self._refresh_seconds + _MARGIN
        self._last = f"copies at the edges may be {self._refresh_seconds:g} s old, so wait longer (--timeout)"
        self._wait_until(lambda: time.monotonic() >= end and self._answers(200, _HEALTH), "The change")

    def _wait_until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            wait_for(lambda: holds() or None, what=what, hint="", patience=self._patience)
        except NotHoldingError as error:
            hint = f"it is written, but {self._last}."
            raise NotHoldingError(what, self._patience, hint) from error

    def _answers(self, status: int, path: str, credential: Credential | None = None) -> bool:
        try:
            found = self._status(path, credential)
        except httpx.TransportError as error:
            self._last = f"{self._url} cannot be reached ({error}): check the network"
            return False
        self._last = _MEANINGS.get(found, f"the index answers {found}: {_LOOK}")
        return found == status

    def _status(self, path: str, credential: Credential | None = None) -> int:
        # As pip does, by the system's certificates; and no proxy has any business within this machine.
        trusted = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with httpx.Client(verify=trusted, trust_env=not self._is_local, timeout=_TIMEOUT) as client:
            return client.get(urljoin(self._url, path), auth=credential).status_code
