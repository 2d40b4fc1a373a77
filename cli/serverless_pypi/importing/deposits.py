"""Files put straight under their canonical keys, as the indexer would file them; the pages follow.

Nothing that stands is ever written over. S3 keeps the SHA-256 of an object only if it comes in one request,
and the indexer reads whole whatever has none: so a file comes in one, as long as S3 takes it (5 GB).
"""

import base64
import io
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError

from serverless_pypi.sources.offers import Check, Fetched
from serverless_pypi.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

__all__ = ["LARGEST_PUT", "OccupiedError", "deposit", "put_marker", "take_marker_back"]

#: Bytes.
LARGEST_PUT = 5 * 1024**3
_PART = 512 * 1024**2
# As the indexer writes them: `indexer.bucket`.
_HEADERS: dict[str, Any] = {
    "ContentType": "application/octet-stream",
    "CacheControl": "max-age=31536000, immutable",
}
_UPLOAD_TIME = "upload-time"
# S3's 409 is a write that races another.
_OCCUPIED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class OccupiedError(Exception):
    """Another object stands under *key*, or comes to at this moment."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def deposit(
    store: Store,
    key: str,
    fetched: Fetched,
    *,
    check: Check,
    largest_put: int = LARGEST_PUT,
    part: int = _PART,
) -> None:
    """Put a file under *key*, all of it or nothing. Raises `OccupiedError`."""
    target: dict[str, Any] = {"Bucket": store.bucket, "Key": key}
    headers = {**_HEADERS, "Metadata": _metadata(fetched.upload_time)}
    try:
        if fetched.size > largest_put:
            _put_in_parts(store, target, headers, fetched, check, part)
            return
        store.client.put_object(
            **target,
            **headers,
            Body=_window(fetched.file, 0, fetched.size, check),
            ContentLength=fetched.size,
            ChecksumSHA256=base64.b64encode(bytes.fromhex(fetched.sha256)).decode(),
            IfNoneMatch="*",
        )
    except ClientError as error:
        raise _occupied(key, error) from None


def put_marker(store: Store, key: str, text: str) -> str | None:
    """Put what an operator says by an object's being there; its ETag, or None where there is one already."""
    try:
        return store.client.put_object(
            Bucket=store.bucket,
            Key=key,
            Body=text.encode(errors="replace"),
            ContentType="text/plain; charset=utf-8",
            IfNoneMatch="*",
        )["ETag"]
    except ClientError as error:
        if _is_occupied(error):
            return None
        raise


def take_marker_back(store: Store, key: str, etag: str) -> None:
    """Delete a marker that was put for nothing, if it is still that one. At worst it stays."""
    with suppress(ClientError, BotoCoreError):
        store.client.delete_object(Bucket=store.bucket, Key=key, IfMatch=etag)


def _put_in_parts(
    store: Store, target: dict[str, Any], headers: dict[str, Any], fetched: Fetched, check: Check, part: int
) -> None:
    client = store.client
    upload = client.create_multipart_upload(**target, **headers, ChecksumAlgorithm="SHA256")["UploadId"]
    try:
        parts: list[CompletedPartTypeDef] = []
        for number, start in enumerate(range(0, fetched.size, part), start=1):
            size = min(part, fetched.size - start)
            answer = client.upload_part(
                **target,
                UploadId=upload,
                PartNumber=number,
                Body=_window(fetched.file, start, size, check),
                ContentLength=size,
                ChecksumAlgorithm="SHA256",
            )
            parts.append(
                {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]}
            )
        client.complete_multipart_upload(
            **target, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
    except BaseException:  # parts that are left are paid for
        with suppress(ClientError, BotoCoreError):  # the lifecycle rule has them in the end
            client.abort_multipart_upload(**target, UploadId=upload)
        raise


def _metadata(upload_time: datetime | None) -> dict[str, str]:
    """The indexer takes the object's own time where none is said."""
    return {} if upload_time is None else {_UPLOAD_TIME: upload_time.astimezone(UTC).isoformat()}


def _is_occupied(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _OCCUPIED


def _occupied(key: str, error: ClientError) -> Exception:
    return OccupiedError(key) if _is_occupied(error) else error


def _window(file: BinaryIO, start: int, size: int, check: Check) -> IO[bytes]:
    # Typing's files cannot be written as a class without twenty methods that nobody calls.
    return cast(IO[bytes], _Window(file, start, size, check))


class _Window(io.RawIOBase):
    """A part of a file, as a file. It breaks off when the work is to stop.

    The SDK takes a `read` that fails for the network's failure, and goes back to try again; there the `seek`
    fails, which it takes for what it is.
    """

    def __init__(self, file: BinaryIO, start: int, size: int, check: Check) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._check = check
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._check()
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        self._check()
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        self._file.seek(self._start + self._position)
        content = self._file.read(wanted)
        self._position += len(content)
        return content
