"""An S3 client in memory: the calls that the indexer makes, answered as S3 answers them.

`test_memory_s3.py` holds it to the same answers as an S3 implementation written by others. Before each
call it tells *at_call* the call's name, which is where a schedule takes control. *changes* is the history.
"""

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

__all__ = ["MemoryS3"]

_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Object:
    body: bytes
    modified: datetime
    metadata: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: Where the object was put in parts, what each of them is.
    parts: tuple[bytes, ...] = ()

    @cached_property
    def etag(self) -> str:
        """A hash of the content, as S3's own is: equal bytes have equal ETags, if put in equal parts."""
        if self.parts:
            digests = b"".join(hashlib.md5(part).digest() for part in self.parts)  # noqa: S324
            return f'"{hashlib.md5(digests).hexdigest()}-{len(self.parts)}"'  # noqa: S324
        return f'"{hashlib.md5(self.body).hexdigest()}"'  # noqa: S324


class _Body(io.BytesIO):
    def iter_chunks(self, size: int) -> Any:
        return iter(lambda: self.read(size), b"")


class MemoryS3:
    """One bucket, whatever name is asked for.

    *conditional* False makes every write unconditional, which is the mistake that tests must find.
    """

    def __init__(
        self, *, at_call: Callable[[str], None] | None = None, conditional: bool = True, page_size: int = 1000
    ) -> None:
        self.objects: dict[str, _Object] = {}
        #: Each write and deletion so far, in order: the key, and its new content or None.
        self.changes: list[tuple[str, bytes | None]] = []
        self.at_call = at_call or (lambda _name: None)
        self._conditional = conditional
        self._page_size = page_size
        self._writes = 0
        #: By upload id: the headers, and the parts by number.
        self.uploads: dict[str, tuple[dict[str, Any], dict[int, bytes]]] = {}

    def get_object(
        self, *, Bucket: str, Key: str, Range: str | None = None, IfMatch: str | None = None
    ) -> Any:
        self.at_call("GetObject")
        found = self._find(Key, "GetObject")
        self._check_match(found, IfMatch, "GetObject")
        answer = self._describe(found)
        if Range is None:
            return {**answer, "Body": _Body(found.body)}
        if not found.body:
            raise _error("InvalidRange", 416, "GetObject")
        start, end = _positions(Range, len(found.body))
        part = found.body[start:end]
        return {**answer, "Body": _Body(part), "ContentRange": f"bytes {start}-{end - 1}/{len(found.body)}"}

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str | None = None) -> Any:
        self.at_call("HeadObject")
        if Key not in self.objects:
            raise _error("404", 404, "HeadObject")
        found = self.objects[Key]
        checksum = {"ChecksumSHA256": found.sha256} if ChecksumMode and found.sha256 else {}
        return {**self._describe(found), **checksum, "ContentLength": len(found.body)}

    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, ContinuationToken: str = "", StartAfter: str = ""
    ) -> Any:
        self.at_call("ListObjectsV2")
        keys = sorted(
            key for key in self.objects if key.startswith(Prefix) and key > (ContinuationToken or StartAfter)
        )
        page = keys[: self._page_size]
        contents = [
            {"Key": key, "ETag": self.objects[key].etag, "Size": len(self.objects[key].body)} for key in page
        ]
        more = len(keys) > len(page)
        return {
            "Contents": contents,
            "IsTruncated": more,
            **({"NextContinuationToken": page[-1]} if more else {}),
        }

    def put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes,
        IfMatch: str | None = None,
        IfNoneMatch: str | None = None,
        **headers: str,
    ) -> Any:
        self.at_call("PutObject")
        self._check_write(Key, IfMatch, IfNoneMatch, "PutObject")
        self._store(Key, _Object(body=Body, modified=self._now(), headers=headers))
        return {"ETag": self.objects[Key].etag}

    def copy_object(
        self,
        *,
        Bucket: str,
        Key: str,
        CopySource: dict[str, str],
        CopySourceIfMatch: str | None = None,
        IfNoneMatch: str | None = None,
        ChecksumAlgorithm: str | None = None,
        Metadata: dict[str, str] | None = None,
        **headers: str,
    ) -> Any:
        self.at_call("CopyObject")
        source = self._find(CopySource["Key"], "CopyObject")
        self._check_match(source, CopySourceIfMatch, "CopyObject")
        self._check_write(Key, None, IfNoneMatch, "CopyObject")
        sha256 = (
            base64.b64encode(hashlib.sha256(source.body).digest()).decode() if ChecksumAlgorithm else None
        )
        copy = _Object(
            body=source.body,
            modified=self._now(),
            metadata=source.metadata if Metadata is None else Metadata,
            sha256=sha256,
            headers=headers,
        )
        self._store(Key, copy)
        checksum = {"ChecksumSHA256": sha256} if sha256 else {}
        return {"CopyObjectResult": {"ETag": self.objects[Key].etag, **checksum}}

    def create_multipart_upload(
        self, *, Bucket: str, Key: str, Metadata: dict[str, str] | None = None, **headers: str
    ) -> Any:
        self.at_call("CreateMultipartUpload")
        upload = f"upload-{self._now().isoformat()}"
        self.uploads[upload] = ({"metadata": Metadata or {}, "headers": headers}, {})
        return {"UploadId": upload}

    def upload_part_copy(
        self,
        *,
        Bucket: str,
        Key: str,
        CopySource: dict[str, str],
        CopySourceIfMatch: str,
        CopySourceRange: str,
        UploadId: str,
        PartNumber: int,
    ) -> Any:
        self.at_call("UploadPartCopy")
        source = self._find(CopySource["Key"], "UploadPartCopy")
        self._check_match(source, CopySourceIfMatch, "UploadPartCopy")
        start, end = _positions(CopySourceRange, len(source.body))
        _, parts = self._upload(UploadId, "UploadPartCopy")
        parts[PartNumber] = source.body[start:end]
        return {"CopyPartResult": {"ETag": _etag(parts[PartNumber])}}

    def complete_multipart_upload(
        self, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: Any, IfNoneMatch: str | None = None
    ) -> Any:
        self.at_call("CompleteMultipartUpload")
        self._check_write(Key, None, IfNoneMatch, "CompleteMultipartUpload")
        described, parts = self._upload(UploadId, "CompleteMultipartUpload")
        wanted = MultipartUpload["Parts"]
        if any(part["ETag"] != _etag(parts.get(part["PartNumber"])) for part in wanted):
            raise _error("InvalidPart", 400, "CompleteMultipartUpload")
        put = tuple(parts[part["PartNumber"]] for part in wanted)
        del self.uploads[UploadId]
        self._store(Key, _Object(body=b"".join(put), modified=self._now(), parts=put, **described))
        return {"ETag": self.objects[Key].etag}

    def abort_multipart_upload(self, *, Bucket: str, Key: str, UploadId: str) -> Any:
        self.at_call("AbortMultipartUpload")
        self._upload(UploadId, "AbortMultipartUpload")
        del self.uploads[UploadId]
        return {}

    def delete_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None) -> Any:
        self.at_call("DeleteObject")
        self._check_write(Key, IfMatch, None, "DeleteObject")
        if self.objects.pop(Key, None) is not None:
            self.changes.append((Key, None))
        return {}

    def _upload(self, upload: str, operation: str) -> tuple[dict[str, Any], dict[int, bytes]]:
        if upload not in self.uploads:
            raise _error("NoSuchUpload", 404, operation)
        return self.uploads[upload]

    def _store(self, key: str, stored: _Object) -> None:
        self.objects[key] = stored
        self.changes.append((key, stored.body))

    def _find(self, key: str, operation: str) -> _Object:
        if key not in self.objects:
            raise _error("NoSuchKey", 404, operation)
        return self.objects[key]

    def _check_match(self, found: _Object, if_match: str | None, operation: str) -> None:
        if if_match is not None and found.etag != if_match:
            raise _error("PreconditionFailed", 412, operation)

    def _check_write(self, key: str, if_match: str | None, if_none_match: str | None, operation: str) -> None:
        if not self._conditional:
            return
        if if_none_match == "*" and key in self.objects:
            raise _error("PreconditionFailed", 412, operation)
        if if_match is not None:
            self._check_match(self._find(key, operation), if_match, operation)

    def _describe(self, found: _Object) -> dict[str, Any]:
        return {"ETag": found.etag, "LastModified": found.modified, "Metadata": found.metadata}

    def _now(self) -> datetime:
        self._writes += 1
        return _START + timedelta(seconds=self._writes)


def _etag(part: bytes | None) -> str | None:
    return None if part is None else _Object(body=part, modified=_START).etag


def _positions(range_header: str, size: int) -> tuple[int, int]:
    first, last = range_header.removeprefix("bytes=").split("-")
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size)


def _error(code: str, status: int, operation: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)
