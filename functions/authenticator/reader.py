"""Objects of the bucket: read whole or not at all, and in bounded time."""

import http.client
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from authenticator.connection import Answer, Connection, UnboundedError
from authenticator.deadline import Deadline
from authenticator.errors import DeletedObjectError, NoSuchObjectError, StoreUnavailableError
from authenticator.location import REGION, Location
from authenticator.records import Record
from authenticator.sigv4 import AwsCredentials, signed_headers

__all__ = ["ObjectReader", "StoredObject"]

_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9]{1,64})\s*</Code>")


class StoredObject(Record, kw_only=True):
    body: bytes
    etag: str


class ObjectReader:
    """Reads objects of one bucket. Whatever goes wrong, the fault is not the viewer's.

    Its methods raise `StoreUnavailableError`, also where the deadline is over.
    """

    def __init__(self, location: Location, environment: Mapping[str, str]) -> None:
        self._location = location
        self._environment = environment
        self._connection = Connection(location)

    def read(self, key: str, known_etag: str | None, deadline: Deadline) -> StoredObject | None:
        """The object under *key*, or None if it still has *known_etag*.

        Raises `NoSuchObjectError` and `DeletedObjectError`, where S3 says that and nothing else.
        """
        answer = self._ask("GET", key, {} if known_etag is None else {"if-none-match": known_etag}, deadline)
        if answer.status == 304 and known_etag is not None:
            return None
        if answer.status != 200:
            code = _code(answer.body)
            if answer.status == 404 and code == "NoSuchKey":
                if answer.deleted:
                    raise DeletedObjectError(f"{key} has been deleted")
                raise NoSuchObjectError(f"{key} does not exist")
            raise StoreUnavailableError(f"{key} answered {answer.status} {code}".rstrip())
        if answer.etag is None:
            raise StoreUnavailableError(f"{key} came without an ETag")
        return StoredObject(body=answer.body, etag=answer.etag)

    def knows(self, key: str, deadline: Deadline) -> bool:
        """Whether there is an object under *key*, or was one that has been deleted."""
        answer = self._ask("HEAD", key, {}, deadline)
        if answer.status not in (200, 404):
            raise StoreUnavailableError(f"{key} answered {answer.status}")
        return answer.status == 200 or answer.deleted

    def close(self) -> None:
        """Close what is kept open."""
        self._connection.close()

    def _ask(self, method: str, key: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        path = f"{self._location.base}/{key}"
        signed = signed_headers(
            self._credentials(),
            method=method,
            host=self._location.host,
            path=path,
            region=REGION,
            now=datetime.now(UTC),
            headers=headers,
        )
        try:
            return deadline.bound(lambda: self._ask_twice(method, path, signed, deadline))
        except TimeoutError:
            raise StoreUnavailableError(f"{key} took longer than {deadline.seconds:g} s") from None
        except (OSError, http.client.HTTPException, UnboundedError) as error:
            raise StoreUnavailableError(f"{key} {str(error) or type(error).__name__}") from error

    def _ask_twice(self, method: str, path: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """What is answered, the second time where the first failed in a way that may be gone."""
        try:
            answer = self._connection.request(method, path, headers, deadline)
        except (OSError, http.client.HTTPException):
            deadline.check()
            answer = self._connection.request(method, path, headers, deadline)
        else:
            if answer.status >= 500:
                deadline.check()
                answer = self._connection.request(method, path, headers, deadline)
        return answer

    def _credentials(self) -> AwsCredentials:
        # Read each time: AWS puts new credentials into the environment as the old ones expire.
        key_id = self._environment.get("AWS_ACCESS_KEY_ID")
        secret = self._environment.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            raise StoreUnavailableError("the environment holds no AWS credentials to read the bucket with")
        token = self._environment.get("AWS_SESSION_TOKEN")
        return AwsCredentials(access_key_id=key_id, secret_access_key=secret, session_token=token)


def _code(body: bytes) -> str:
    """S3's word for an error; a missing bucket answers 404 too. "" where there is none."""
    match = _CODE.search(body)
    return match[1].decode() if match else ""
