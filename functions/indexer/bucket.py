"""The bucket: the only module of the indexer that talks to S3.

Only a real 404 of a key is absence. Every other error is an error and goes up: a bucket that cannot be
read must never look like an empty one.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from indexer.answers import code_of, raise_conflict
from indexer.copies import LARGEST_COPY, copy_object
from indexer.errors import ConflictError, MissingObjectError
from indexer.ranged import FIRST_BLOCK, RangedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Bucket", "Listed", "Page", "Published"]

#: Bytes. One read of a file that is hashed whole.
_HASH_BLOCK = 1024 * 1024
# User metadata of a published file: when it was uploaded, and as which object.
_UPLOAD_TIME = "upload-time"
_UPLOAD_ETAG = "upload-etag"
# A published file never changes. Not "public": only CloudFront, behind the authenticator, may share it.
_IMMUTABLE = "max-age=31536000, immutable"
# pip from 26.2 on believes max-age on pages, and would not see what was just published.
_REVALIDATE = "no-cache"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """An index page as it stands in the bucket. *body* is as stored, so perhaps compressed."""

    body: bytes
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An object as a LIST shows it. *size* in bytes."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A file under its canonical key. *sha256* is hexadecimal, of the whole object."""

    key: str
    etag: str
    size: int
    sha256: str
    upload_time: datetime
    #: Of the upload that it was copied from, if it was.
    upload_etag: str | None = None


class Bucket:
    """A bucket by name, through a boto3 S3 client."""

    def __init__(
        self,
        client: "S3Client",
        name: str,
        *,
        index_url: str | None = None,
        largest_copy: int = LARGEST_COPY,
    ) -> None:
        self._client = client
        self._largest_copy = largest_copy
        self.name = name
        #: Where the bucket's ``simple/`` is read, if that is known.
        self.index_url = index_url

    def read_page(self, key: str) -> Page | None:
        """The page under *key*, or None where there is none."""
        try:
            response = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        with closing(response["Body"]) as body:
            return Page(body=body.read(), etag=response["ETag"])

    def etag(self, key: str) -> str | None:
        """The ETag of the object under *key*, or None where there is none."""
        try:
            return self._client.head_object(Bucket=self.name, Key=key)["ETag"]
        except ClientError as error:
            if code_of(error) == "404":
                return None
            raise

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """Every object under *prefix*, in order of keys, behind *after*; one LIST for each thousand."""
        more: dict[str, Any] = {"StartAfter": after} if after else {}
        while True:
            response = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix, **more)
            for entry in response.get("Contents", []):
                yield Listed(key=entry["Key"], etag=entry["ETag"], size=entry["Size"])
            if not response["IsTruncated"]:
                return
            more = {"ContinuationToken": response["NextContinuationToken"]}

    def write_page(
        self, key: str, body: bytes, *, expected: str | None, content_type: str, content_encoding: str | None
    ) -> str:
        """Put a page where the one with ETag *expected* stands, or none if it is None; its new ETag.

        Raises `ConflictError` where another page stands by now.
        """
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected}
        encoding: dict[str, Any] = {"ContentEncoding": content_encoding} if content_encoding else {}
        try:
            return self._client.put_object(
                Bucket=self.name,
                Key=key,
                Body=body,
                ContentType=content_type,
                CacheControl=_REVALIDATE,
                **encoding,
                **condition,
            )["ETag"]
        except ClientError as error:
            raise_conflict(key, error)

    def write_metadata(self, key: str, body: bytes) -> str:
        """Put a file's core metadata; its ETag. The file never changes, so neither does this."""
        return self._client.put_object(
            Bucket=self.name,
            Key=key,
            Body=body,
            ContentType="application/octet-stream",
            CacheControl=_IMMUTABLE,
        )["ETag"]

    def write_new(self, key: str, body: bytes) -> str:
        """Put a small JSON object where none stands; its ETag. Raises `ConflictError` where one does."""
        try:
            return self._client.put_object(
                Bucket=self.name, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*"
            )["ETag"]
        except ClientError as error:
            raise_conflict(key, error)

    def write_reason(self, key: str, body: bytes) -> None:
        """Put the reason why an upload was refused."""
        self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType="application/json")

    def open(self, key: str, *, at_end: bool) -> RangedObject:
        """The object under *key* as a file, its first or its last block read already.

        Raises `MissingObjectError`, and `ConflictError` if an empty object was replaced just now. Reading
        raises `ConflictError` once another object stands there.
        """
        wanted = f"bytes=-{FIRST_BLOCK}" if at_end else f"bytes=0-{FIRST_BLOCK - 1}"
        try:
            response = self._client.get_object(Bucket=self.name, Key=key, Range=wanted)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise MissingObjectError(key) from None
            if code_of(error) == "InvalidRange":  # no byte of an empty object can be had
                return self._open_empty(key)
            raise
        with closing(response["Body"]) as body:
            content = body.read()
        start, size = _position_and_size(response.get("ContentRange"), len(content))
        return self._ranged(key, response, size, (start, content))

    def published(self, key: str) -> Published:
        """What is known of the file under *key*. Its body is read only where S3 has no SHA-256 of it.

        Raises `MissingObjectError`, and `ConflictError` if it changes meanwhile.
        """
        try:
            head = self._client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) == "404":
                raise MissingObjectError(key) from None
            raise
        checksum = head.get("ChecksumSHA256", "-")
        # A multipart upload's checksum is one of checksums, and ends in "-N".
        sha256 = self.sha256(key, head["ETag"]) if "-" in checksum else _hexadecimal(checksum)
        return Published(
            key=key,
            etag=head["ETag"],
            size=head["ContentLength"],
            sha256=sha256,
            upload_time=_upload_time(head["Metadata"].get(_UPLOAD_TIME), head["LastModified"]),
            upload_etag=head["Metadata"].get(_UPLOAD_ETAG),
        )

    def sha256(self, key: str, etag: str) -> str:
        """The hexadecimal SHA-256 of one version of an object, by reading all of it.

        Raises `ConflictError` where that version is not there any more.
        """
        digest = hashlib.sha256()
        try:
            response = self._client.get_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            raise_conflict(key, error)
        with closing(response["Body"]) as body:
            for block in body.iter_chunks(_HASH_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def publish(self, upload: RangedObject, key: str) -> Published:
        """Copy *upload*, if it is still that object, to *key*, if nothing is there.

        S3 computes the SHA-256 of the whole object on the way, where it can; else the file is read once.
        Raises `ConflictError` if either object changed.
        """
        etag, checksum = self._copy(
            upload.key,
            key,
            etag=upload.etag,
            size=upload.size,
            only_new=True,
            ContentType="application/octet-stream",
            CacheControl=_IMMUTABLE,
            Metadata={
                _UPLOAD_TIME: upload.last_modified.astimezone(UTC).isoformat(),
                _UPLOAD_ETAG: upload.etag,
            },
        )
        return Published(
            key=key,
            etag=etag,
            size=upload.size,
            sha256=_hexadecimal(checksum) if checksum else self.sha256(key, etag),
            upload_time=upload.last_modified,
            upload_etag=upload.etag,
        )

    def keep(self, upload: RangedObject, key: str) -> None:
        """Copy *upload*, if it is still that object, to *key*, whatever is there."""
        self._copy(upload.key, key, etag=upload.etag, size=upload.size, only_new=False)

    def delete(self, key: str, *, etag: str) -> None:
        """Delete one version of an object. Another one that stands there by now is left alone.

        Raises `ConflictError` where S3 cannot tell, for a writer is at it.
        """
        try:
            self._client.delete_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            if code_of(error) not in ("PreconditionFailed", "NoSuchKey", "412", "404"):
                raise_conflict(key, error)

    def _copy(
        self, source: str, target: str, *, etag: str, size: int, only_new: bool, **headers: Any
    ) -> tuple[str, str | None]:
        return copy_object(
            self._client,
            self.name,
            source,
            target,
            etag=etag,
            size=size,
            headers=headers,
            only_new=only_new,
            largest=self._largest_copy,
        )

    def _open_empty(self, key: str) -> RangedObject:
        try:
            head = self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) == "404":
                raise MissingObjectError(key) from None
            raise
        if head["ContentLength"]:
            raise ConflictError(key)
        return self._ranged(key, head, 0, (0, b""))

    def _ranged(self, key: str, response: Any, size: int, first: tuple[int, bytes]) -> RangedObject:
        etag = response["ETag"]

        def fetch(start: int, last: int) -> bytes:
            try:
                part = self._client.get_object(
                    Bucket=self.name, Key=key, Range=f"bytes={start}-{last}", IfMatch=etag
                )
            except ClientError as error:
                raise_conflict(key, error)
            with closing(part["Body"]) as body:
                return body.read()

        return RangedObject(
            key=key,
            size=size,
            etag=etag,
            last_modified=response["LastModified"],
            fetch=fetch,
            first=first,
        )


def _position_and_size(content_range: str | None, length: int) -> tuple[int, int]:
    """First position and whole size, from ``bytes 0-99/1234``; an answer without it is whole."""
    if content_range is None:
        return 0, length
    positions, _, size = content_range.removeprefix("bytes ").partition("/")
    return int(positions.partition("-")[0]), int(size)


def _hexadecimal(checksum: str) -> str:
    return base64.b64decode(checksum).hex()


def _upload_time(recorded: str | None, last_modified: datetime) -> datetime:
    """When the file was uploaded: LastModified is the time of the last copy, so it is recorded."""
    try:
        time = datetime.fromisoformat(recorded or "")
        return time.astimezone(UTC) if time.tzinfo is not None else last_modified
    except (ValueError, OverflowError):  # the year 1 or 9999 can have no UTC
        return last_modified
