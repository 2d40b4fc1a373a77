"""Server-side copies. No byte of the body passes through here."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from indexer.answers import code_of, raise_conflict
from indexer.errors import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["LARGEST_COPY", "copy_object"]

#: Bytes. "You can copy an object up to 5 GB in size in a single atomic action."
LARGEST_COPY = 5 * 1024**3
#: Bytes. 10,000 parts of this size are more than the largest object.
_PART = 1024**3


def copy_object(
    client: "S3Client",
    bucket: str,
    source: str,
    target: str,
    *,
    etag: str,
    size: int,
    headers: dict[str, Any],
    only_new: bool,
    largest: int = LARGEST_COPY,
) -> tuple[str, str | None]:
    """Copy one version of an object: the copy's ETag, and its SHA-256 in base64 if S3 computed one.

    Raises `ConflictError` if the source is not *etag* any more, or, with *only_new*, the target exists.
    """
    condition: dict[str, Any] = {"IfNoneMatch": "*"} if only_new else {}
    place: dict[str, Any] = {"Bucket": bucket, "Key": target}
    origin: dict[str, Any] = {"CopySource": {"Bucket": bucket, "Key": source}, "CopySourceIfMatch": etag}
    try:
        if size > largest:
            return _copy_in_parts(client, place, origin, size, largest, headers, condition), None
        answer = client.copy_object(
            **place,
            **origin,
            **condition,
            **headers,
            MetadataDirective="REPLACE",
            # A publisher's tags stay behind: copying them would take rights that nothing else needs.
            TaggingDirective="REPLACE",
            ChecksumAlgorithm="SHA256",
        )
    except ClientError as error:
        raise_conflict(target, error)
    result = answer["CopyObjectResult"]
    return result["ETag"], result.get("ChecksumSHA256")


def _copy_in_parts(
    client: "S3Client",
    place: dict[str, Any],
    origin: dict[str, Any],
    size: int,
    largest: int,
    headers: dict[str, Any],
    condition: dict[str, Any],
) -> str:
    # The condition holds at the end, after minutes; a delivery before may have died behind that.
    if condition and _exists(client, place):
        raise ConflictError(place["Key"])
    upload = client.create_multipart_upload(**place, **headers)["UploadId"]
    step = min(_PART, largest)
    try:
        parts: list[Any] = []
        for number, start in enumerate(range(0, size, step), start=1):
            answer = client.upload_part_copy(
                **place,
                **origin,
                UploadId=upload,
                PartNumber=number,
                CopySourceRange=f"bytes={start}-{min(start + step, size) - 1}",
            )
            parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
        done = client.complete_multipart_upload(
            **place, **condition, UploadId=upload, MultipartUpload={"Parts": parts}
        )
    except Exception:  # of the network as well: parts that are left are paid for
        with suppress(ClientError, BotoCoreError):  # the lifecycle rule has them in the end
            client.abort_multipart_upload(**place, UploadId=upload)
        raise
    return done["ETag"]


def _exists(client: "S3Client", place: dict[str, Any]) -> bool:
    try:
        client.head_object(**place)
    except ClientError as error:
        if code_of(error) == "404":
            return False
        raise
    return True
