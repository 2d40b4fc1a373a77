"""The operator's objects under ``auth/``, read from the bucket: whole or not at all, and in bounded time."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from authenticator.deadline import within
from authenticator.errors import StoreUnavailableError
from authenticator.location import REGION, Location
from authenticator.sigv4 import AwsCredentials, signed_headers

__all__ = ["ObjectReader", "StoredObject"]

#: Seconds, for a whole read. With the costliest check of a password it fits into a function's 5 s.
_DEADLINE = 2.5
#: Seconds, to connect to each address of the bucket and to wait for each part of its answer.
_TIMEOUT = 1.0
#: Bytes. Ten thousand users take less than one million.
_LARGEST_OBJECT = 2 * 1024 * 1024


class _PassingError(StoreUnavailableError):
    """A failure that may be gone the next moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    body: bytes
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectReader:
    """Reads objects of one bucket."""

    location: Location
    environment: Mapping[str, str]

    def read(self, key: str, known_etag: str | None) -> StoredObject | None:
        """The object under *key*, or None if it still has *known_etag*; in `_DEADLINE` at most.

        Raises `StoreUnavailableError`: whatever the reason, the fault is not the viewer's.
        """
        path = f"{self.location.base}/{key}"
        request = _Request(self.location, path, self._headers(path, known_etag))
        try:
            return within(_DEADLINE, request.send)
        except TimeoutError:
            raise StoreUnavailableError(f"reading {key} took longer than {_DEADLINE:g} s") from None

    def _headers(self, path: str, known_etag: str | None) -> dict[str, str]:
        return signed_headers(
            self._credentials(),
            method="GET",
            host=self.location.host,
            path=path,
            region=REGION,
            now=datetime.now(UTC),
            headers={} if known_etag is None else {"if-none-match": known_etag},
        )

    def _credentials(self) -> AwsCredentials:
        # Read each time: AWS puts new credentials into the environment as the old ones expire.
        key_id = self.environment.get("AWS_ACCESS_KEY_ID")
        secret = self.environment.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            raise StoreUnavailableError("the environment holds no AWS credentials to read the bucket with")
        token = self.environment.get("AWS_SESSION_TOKEN")
        return AwsCredentials(access_key_id=key_id, secret_access_key=secret, session_token=token)


class _Request:
    """A signed GET of one object."""

    def __init__(self, location: Location, path: str, headers: Mapping[str, str]) -> None:
        self._location = location
        self._path = path
        self._headers = headers
        self._expires = time.monotonic() + _DEADLINE

    def send(self) -> StoredObject | None:
        """What the bucket answers, asked a second time after a failure that may be gone."""
        try:
            return self._send_once()
        except _PassingError:
            self._check_time()
            return self._send_once()

    def _send_once(self) -> StoredObject | None:
        connection = self._connection()
        try:
            connection.request("GET", self._path, headers=self._headers)
            with connection.getresponse() as response:
                return self._read(response)
        except (OSError, http.client.HTTPException) as error:
            raise _PassingError(f"reading {self._path} failed: {type(error).__name__}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host = self._location.host
        if self._location.scheme == "https":
            return http.client.HTTPSConnection(host, timeout=_TIMEOUT, context=_tls())
        return http.client.HTTPConnection(host, timeout=_TIMEOUT)

    def _read(self, response: http.client.HTTPResponse) -> StoredObject | None:
        if response.status == 304 and "if-none-match" in self._headers:
            return None
        if response.status >= 500:
            raise _PassingError(f"{self._path} answered {response.status}")
        if response.status != 200:
            raise StoreUnavailableError(f"{self._path} answered {response.status}")
        etag = response.getheader("etag")
        if etag is None:
            raise StoreUnavailableError(f"{self._path} came without an ETag")
        return StoredObject(body=self._read_whole(response), etag=etag)

    def _read_whole(self, response: http.client.HTTPResponse) -> bytes:
        length = response.length
        if length is None:
            raise StoreUnavailableError(f"{self._path} came without a Content-Length")
        if length > _LARGEST_OBJECT:
            raise StoreUnavailableError(f"{self._path} is larger than {_LARGEST_OBJECT} bytes")
        body = b""
        while len(body) < length:
            self._check_time()
            # Of a body that breaks off http.client tells nobody, if it was asked for a number of bytes.
            chunk = response.read1(length - len(body))
            if not chunk:
                raise _PassingError(f"{self._path} broke off after {len(body)} of {length} bytes")
            body += chunk
        return body

    def _check_time(self) -> None:
        """End what nobody waits for any longer."""
        if time.monotonic() >= self._expires:
            raise StoreUnavailableError(f"reading {self._path} took longer than {_DEADLINE:g} s")


@cache
def _tls() -> ssl.SSLContext:
    # One for the process: loading the certificates takes a quarter of a second at the edge.
    return ssl.create_default_context()
