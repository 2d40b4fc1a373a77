"""What S3 refuses, and moto lets through.

`StrictS3` is a WSGI application in front of moto's. It serves one request at a time, and puts right:

- writes under a condition are atomic, and nobody sees half a write (moto stores first, completes later);
- `If-Match` and `If-None-Match` hold for CopyObject and CompleteMultipartUpload as they do for PutObject,
  and `x-amz-copy-source-if-match` holds;
- a body cut short, or not what its Content-MD5, `x-amz-content-sha256` or checksum says, is refused;
- a copy carries the checksum of the whole object, and HEAD tells its type;
- a literal `+` in a path or copy source is a space;
- a body sent as a form (curl's and urllib's default) is stored, if under the default type;
- a removal in a versioned bucket is notified.

Taken as they come: signatures (any secret is good), CRC32C and CRC64NVME over 1 MiB (slow in Python), the
checksum of the whole in CompleteMultipartUpload, the ETags in DeleteObjects. Paths are `/bucket/key`.

Objects are in memory, and whole: each that comes or goes is there twice or more meanwhile, and while moto
reads or copies one, nobody else is served. That is nothing for wheels of some megabytes; those of a gigabyte
want a real S3 (`--s3-endpoint`).
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, unquote_to_bytes
from xml.etree import ElementTree

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.s3.notifications import S3NotificationEvent, send_event
from werkzeug.wrappers import Response

from local.s3_bodies import read_body
from local.s3_checksums import CHECKSUMS, digest, verify
from local.s3_refusals import RefusedError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# moto has one store for the process, however many servers stand before it; so there is one lock.
_ONE_AT_A_TIME = threading.RLock()

_FORM = "application/x-www-form-urlencoded"


class StrictS3:
    """*application*, which is moto, made as strict as S3. What is not for S3 passes through."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            # Bodies before the lock: a slow client must not hold up the others.
            body = read_body(environ)
            if not _is_s3(environ):
                return self._pass(environ, start_response)
            request = _Request(environ, body)
            request.verify_body()
            with _ONE_AT_A_TIME:
                return self._serve(request, start_response)
        except RefusedError as refusal:
            return refusal.response(environ, start_response)

    def _pass(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith(".ReceiveMessage"):
            return self._application(environ, start_response)  # it may wait for a long time
        with _ONE_AT_A_TIME:  # moto loses a message that is sent while another is deleted
            return self._application(environ, start_response)

    def _serve(self, request: _Request, start_response: StartResponse) -> Iterable[bytes]:
        environ = request.environ
        if request.method == "PUT" and environ.get("CONTENT_TYPE", "").startswith(_FORM):
            del environ["CONTENT_TYPE"]  # moto would take the body for fields, and store nothing
        if request.bucket is None:
            return self._application(environ, start_response)
        if request.writes_object:
            _check_conditions(request.current, environ)
        _check_source(request)
        if request.copies:
            return self._copy(request)(environ, start_response)
        if request.removed_keys:
            return self._remove(request, request.bucket)(environ, start_response)
        if request.method == "HEAD" and environ.get("HTTP_X_AMZ_CHECKSUM_MODE") == "ENABLED":
            return self._head(request)(environ, start_response)
        return self._application(environ, start_response)

    def _copy(self, request: _Request) -> Response:
        source = request.copy_source
        if source is not None and source.checksum_algorithm:  # S3's choice, if the request makes none
            request.environ.setdefault("HTTP_X_AMZ_CHECKSUM_ALGORITHM", source.checksum_algorithm)
        response = Response.from_app(self._application, request.environ, buffered=True)
        response.headers.pop("checksum", None)  # moto's own, a dict as text
        made = request.current
        if response.status_code == 200 and made is not None and made.checksum_algorithm:
            made.checksum_value = digest(made.checksum_algorithm.lower(), made.value)
            made.checksum_type = "FULL_OBJECT"
            end = b"</CopyObjectResult>"
            response.data = response.data.replace(end, b"<ChecksumType>FULL_OBJECT</ChecksumType>" + end)
        return response

    def _head(self, request: _Request) -> Response:
        response = Response.from_app(self._application, request.environ, buffered=True)
        version = parse_qs(request.environ["QUERY_STRING"]).get("versionId", [None])[0]
        key = request.object(request.key, version)
        name = f"x-amz-checksum-{((key and key.checksum_algorithm) or '').lower()}"
        if key is not None and name in response.headers:
            response.headers["x-amz-checksum-type"] = key.checksum_type or "FULL_OBJECT"
            if key.checksum_type == "COMPOSITE":
                response.headers[name] = f"{key.checksum_value}-{key.checksum_parts}"
        return response

    def _remove(self, request: _Request, bucket: FakeBucket) -> Response:
        # In a versioned bucket moto is silent about removals, and fails on the last delete marker.
        # So its notifications are off while it removes, and sent by what has changed.
        before = {key: list(bucket.keys.getlist(key, [])) for key in request.removed_keys}
        configuration, bucket.notification_configuration = bucket.notification_configuration, None
        try:
            response = Response.from_app(self._application, request.environ, buffered=True)
        finally:
            bucket.notification_configuration = configuration
        for key, versions in before.items():
            _notify_removal(bucket, key, len(bucket.keys.getlist(key, [])) - len(versions))
        return response


class _Request:
    """A request to S3, and what it is about in moto's store."""

    def __init__(self, environ: WSGIEnvironment, body: bytes) -> None:
        self.environ = environ
        self.body = body
        self.method: str = environ["REQUEST_METHOD"]
        _read_plus_as_space(environ)
        path = unquote(environ["RAW_URI"].partition("?")[0])
        self.bucket_name, _, self.key = path[1:].partition("/")
        self.query = set(parse_qs(environ["QUERY_STRING"], keep_blank_values=True))

    @property
    def bucket(self) -> FakeBucket | None:
        return _store().buckets.get(self.bucket_name)

    @property
    def current(self) -> FakeKey | None:
        """The object as it stands, or `None` if it is absent or removed."""
        return self.object(self.key)

    def object(self, key: str, version: str | None = None) -> FakeKey | None:
        return _store().get_object(self.bucket_name, key, version_id=version)

    @property
    def writes_object(self) -> bool:
        if not self.key:
            return False
        if self.method == "POST":
            return "uploadId" in self.query
        part_or_property = {"uploadId", "acl", "tagging", "retention", "legal-hold"}
        return self.method in ("PUT", "DELETE") and not self.query & part_or_property

    @property
    def copies(self) -> bool:
        return self.method == "PUT" and self.writes_object and "HTTP_X_AMZ_COPY_SOURCE" in self.environ

    @property
    def copy_source(self) -> FakeKey | None:
        path, _, query = self.environ["HTTP_X_AMZ_COPY_SOURCE"].partition("?")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if bucket not in _store().buckets:
            return None
        return _store().get_object(bucket, key, version_id=parse_qs(query).get("versionId", [None])[0])

    @property
    def removed_keys(self) -> list[str]:
        if self.method == "DELETE" and self.writes_object:
            return [self.key]
        if self.method == "POST" and not self.key and "delete" in self.query:
            return _keys_named_in(self.body)
        return []

    def verify_body(self) -> None:
        """Refuse a body that is not what the headers say it is."""
        environ, body = self.environ, self.body
        verify("Content-MD5", environ.get("HTTP_CONTENT_MD5"), "md5", body, malformed="InvalidDigest")
        payload = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
        if re.fullmatch("[0-9a-f]{64}", payload) and hashlib.sha256(body).hexdigest() != payload:
            text = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise RefusedError(400, "XAmzContentSHA256Mismatch", text)
        if self.method == "POST" and "uploadId" in self.query:
            return  # in CompleteMultipartUpload the checksum is that of the object, not of this body
        for algorithm in CHECKSUMS:
            value = environ.get(f"HTTP_X_AMZ_CHECKSUM_{algorithm.upper()}")
            verify(f"x-amz-checksum-{algorithm}", value, algorithm, body, malformed="InvalidRequest")
            if value is not None:  # without this moto forgets the checksum
                environ.setdefault("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", algorithm.upper())


def _store() -> S3Backend:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def _is_s3(environ: WSGIEnvironment) -> bool:
    scope = re.search(r"Credential=[^,]*/([a-z0-9-]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    if scope:
        return scope.group(1) == "s3"
    return "HTTP_X_AMZ_TARGET" not in environ and not environ["PATH_INFO"].startswith("/moto-api")


def _read_plus_as_space(environ: WSGIEnvironment) -> None:
    path, mark, query = environ["RAW_URI"].partition("?")
    if "+" in path:
        path = path.replace("+", "%20")
        environ["RAW_URI"] = environ["REQUEST_URI"] = path + mark + query
        environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        path, mark, query = source.partition("?")
        environ["HTTP_X_AMZ_COPY_SOURCE"] = path.replace("+", "%20") + mark + query


def _keys_named_in(body: bytes) -> list[str]:
    try:
        document = ElementTree.fromstring(body)  # noqa: S314 - it comes from this machine
    except ElementTree.ParseError:
        return []  # moto has the words for it
    return [element.text or "" for element in document.findall(".//{*}Key")]


def _check_source(request: _Request) -> None:
    """Of a copy, and of a part that is copied."""
    wanted = request.environ.get("HTTP_X_AMZ_COPY_SOURCE_IF_MATCH")
    source = request.copy_source if "HTTP_X_AMZ_COPY_SOURCE" in request.environ else None
    if wanted is not None and source is not None and not _same_etag(wanted, source):
        raise _precondition_failed("x-amz-copy-source-If-Match")


def _check_conditions(current: FakeKey | None, environ: WSGIEnvironment) -> None:
    match, none_match = environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH")
    if match is not None:
        if current is None:
            raise RefusedError(404, "NoSuchKey", "The specified key does not exist.")
        if environ["REQUEST_METHOD"] == "DELETE" and match == "*":
            del environ["HTTP_IF_MATCH"]  # moto would look for an ETag of that name
        elif not _same_etag(match, current):
            raise _precondition_failed("If-Match")
    if none_match not in (None, "*"):
        text = "A header you provided implies functionality that is not implemented"
        raise RefusedError(501, "NotImplemented", text, Header="If-None-Match")
    if none_match == "*" and current is not None:
        raise _precondition_failed("If-None-Match")


def _same_etag(wanted: str, key: FakeKey) -> bool:
    return wanted.strip('"') == key.etag.strip('"')


def _precondition_failed(condition: str) -> RefusedError:
    text = "At least one of the pre-conditions you specified did not hold"
    return RefusedError(412, "PreconditionFailed", text, Condition=condition)


@dataclass(frozen=True)
class _Removed:
    """As much of a key as moto's notification reads; S3 tells neither ETag nor size of what is gone."""

    name: str
    etag: str = ""
    size: int = 0


def _notify_removal(bucket: FakeBucket, key: str, versions_gained: int) -> None:
    event: Any = None
    if versions_gained > 0:
        event = S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
    elif versions_gained < 0:
        event = S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
    if event is not None:
        send_event(DEFAULT_ACCOUNT_ID, event, bucket, _Removed(key))
