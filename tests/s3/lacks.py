"""What S3 does, and another implementation does not: found out by asking it.

So each is held to everything it does; a newer version of it to more.
"""

import json
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Lack", "deny_reading", "find_lacks"]

_OTHER = '"00000000000000000000000000000000"'


class Lack(Enum):
    QUOTED_ETAG = "PutObject takes the ETag in If-Match without its quotes only."
    COPY_ETAG = "CopyObject gives the ETag without its quotes."
    COPY_SOURCE_CONDITION = "CopyObject does not know the condition on its source by S3's name for it."
    COPY_TARGET_CONDITION = "CopyObject copies over an object in spite of If-None-Match."
    DELETE_CONDITION = "DeleteObject ignores If-Match, or refuses any."
    COPY_CHECKSUM = "CopyObject computes no SHA-256."
    MULTIPART_CONDITIONS = "A copy in parts ignores the condition on its source, or If-None-Match."
    POLICIES = "A bucket policy denies nothing."


def find_lacks(s3: "S3Client") -> frozenset[Lack]:
    """Everything of `Lack` that is true of the implementation behind *s3*."""
    bucket = f"lacks-{uuid4()}"
    s3.create_bucket(Bucket=bucket)
    a: Any = {"Bucket": bucket, "Key": "a"}
    b: Any = {"Bucket": bucket, "Key": "b"}
    copy = partial(s3.copy_object, **b, CopySource=a)
    etag = s3.put_object(**a)["ETag"]
    copied = copy(ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    found = {
        Lack.QUOTED_ETAG: _status(lambda: s3.put_object(**a, IfMatch=etag)) == 412,
        Lack.COPY_ETAG: copied["ETag"] != etag,
        Lack.COPY_CHECKSUM: "ChecksumSHA256" not in copied,
        Lack.COPY_SOURCE_CONDITION: _status(lambda: copy(CopySourceIfMatch=_OTHER)) != 412,
        Lack.COPY_TARGET_CONDITION: _status(lambda: copy(IfNoneMatch="*")) != 412,
        Lack.DELETE_CONDITION: _status(lambda: s3.delete_object(**b, IfMatch=_OTHER)) != 412,
    }
    found[Lack.MULTIPART_CONDITIONS] = _copies_in_parts_regardless(s3, source=a, target=b)
    deny_reading(s3, bucket)
    found[Lack.POLICIES] = _status(lambda: s3.get_object(**a)["Body"].close()) != 403
    return frozenset(lack for lack, true in found.items() if true)


def _copies_in_parts_regardless(s3: "S3Client", *, source: Any, target: Any) -> bool:
    s3.put_object(**source, Body=b"a")
    s3.put_object(**target)
    upload: Any = {**target, "UploadId": s3.create_multipart_upload(**target)["UploadId"]}
    copy = partial(s3.upload_part_copy, **upload, PartNumber=1, CopySource=source)
    if _status(lambda: copy(CopySourceIfMatch=_OTHER)) != 412:
        return True
    parts: Any = [{"PartNumber": 1, "ETag": copy()["CopyPartResult"]["ETag"]}]
    complete = partial(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})
    return _status(lambda: complete(IfNoneMatch="*")) != 412


def deny_reading(s3: "S3Client", bucket: str) -> None:
    """Have nobody read anything of *bucket* from now on."""
    resource = f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def _status(act: Callable[[], object]) -> int:
    try:
        act()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    return 200
