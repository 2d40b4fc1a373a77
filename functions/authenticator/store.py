"""The operator's objects under ``auth/``, read from the bucket and kept for a while.

Lambda@Edge has neither environment nor origin headers to say where the bucket is, so its name is a
convention on the function's own ARN.
"""

import http.client
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from authenticator.errors import StoreUnavailableError
from authenticator.sigv4 import AwsCredentials, signed_headers

__all__ = ["KeptObject", "ObjectReader", "StoredObject", "locate"]

Value = TypeVar("Value")

#: The bucket's Region. The function runs in whichever is near the viewer.
_REGION = "us-east-1"
#: Seconds, to connect and for each read.
_TIMEOUT = 1.0
#: Seconds. How old a copy is used without asking; how old where asking fails.
_REFRESH_SECONDS = 60.0
_STALE_SECONDS = 300.0
#: Seconds. How soon a failed read is tried again: each try holds up a viewer.
_RETRY_SECONDS = 5.0
#: Bytes. Ten thousand users take less than one million.
_LARGEST_OBJECT = 8 * 1024 * 1024
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:(?P<account>[0-9]{12}):function:"
    r"(?:us-east-1\.)?(?P<service>[a-z0-9-]+)-authenticator(?::[A-Za-z0-9$_-]+)?",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    body: bytes
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectReader:
    """Reads objects of one bucket. *base* is what stands before a key in a path."""

    scheme: str
    host: str
    base: str
    environment: Mapping[str, str]

    def read(self, key: str, known_etag: str | None) -> StoredObject | None:
        """The object under *key*, or None if it still has *known_etag*.

        Raises `StoreUnavailableError`: whatever the reason, the fault is not the viewer's.
        """
        try:
            return self._get(f"{self.base}/{key}", known_etag)
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailableError(f"reading {key} failed: {type(error).__name__}") from error

    def _get(self, path: str, known_etag: str | None) -> StoredObject | None:
        connection = self._connect()
        try:
            connection.request("GET", path, headers=self._headers(path, known_etag))
            response = connection.getresponse()
            if response.status == 304 and known_etag is not None:
                return None
            body = response.read(_LARGEST_OBJECT + 1)
            etag = response.getheader("etag")
        finally:
            connection.close()
        if response.status != 200 or etag is None or len(body) > _LARGEST_OBJECT:
            raise StoreUnavailableError(f"{path} answered {response.status}")
        return StoredObject(body=body, etag=etag)

    def _connect(self) -> http.client.HTTPConnection:
        if self.scheme == "https":
            return http.client.HTTPSConnection(self.host, timeout=_TIMEOUT)
        return http.client.HTTPConnection(self.host, timeout=_TIMEOUT)

    def _headers(self, path: str, known_etag: str | None) -> dict[str, str]:
        # Read each time: AWS puts new credentials into the environment as the old ones expire.
        credentials = AwsCredentials(
            access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            session_token=self.environment.get("AWS_SESSION_TOKEN"),
        )
        return signed_headers(
            credentials,
            method="GET",
            host=self.host,
            path=path,
            region=_REGION,
            now=datetime.now(UTC),
            headers={} if known_etag is None else {"if-none-match": known_etag},
        )


def locate(function_arn: str, environment: Mapping[str, str] = os.environ) -> ObjectReader:
    """The bucket of the service that the function with this ARN belongs to.

    Its endpoint is S3's own, or what the variables say that every AWS SDK reads; none is set at the
    edge. Raises `StoreUnavailableError` for an ARN that is not an authenticator's.
    """
    match = _ARN.fullmatch(function_arn)
    if match is None:
        raise StoreUnavailableError("the function's name does not end in -authenticator")
    bucket = f"{match['service']}-{match['account']}-{_REGION}"
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if endpoint is None:
        host = f"{bucket}.s3.{_REGION}.amazonaws.com"
        return ObjectReader(scheme="https", host=host, base="", environment=environment)
    url = urlsplit(endpoint)
    base = f"{url.path.rstrip('/')}/{bucket}"
    return ObjectReader(scheme=url.scheme, host=url.netloc, base=base, environment=environment)


class KeptObject(Generic[Value]):
    """One object, parsed, and asked for again at most once in `_REFRESH_SECONDS`.

    While it cannot be read the last good copy serves, up to `_STALE_SECONDS` after it was last known
    to be true. A copy that does not parse counts as one that cannot be read.
    """

    def __init__(
        self,
        reader: ObjectReader,
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
        self._etag: str | None = None
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
        try:
            stored = self._reader.read(self._key, self._etag)
            if stored is not None:
                self._value, self._etag = self._parse(stored.body), stored.etag
        except (StoreUnavailableError, ValueError) as error:
            self._failed(now, str(error))
            return
        if self._failure:
            self._report(f"{self._key} can be read again")
        self._failure = ""
        self._known_true = now
        self._next_read = now + _REFRESH_SECONDS

    def _failed(self, now: float, failure: str) -> None:
        if not self._failure:  # once, not for each request
            self._report(failure)
        self._failure = failure
        self._next_read = now + _RETRY_SECONDS
