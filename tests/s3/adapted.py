"""A client that makes up for what an implementation lacks, so that the rest of it can be tested.

Where it has another name or spelling than S3, it is spoken to in that. Where it does not hold a condition
at all, that is checked here, before the call: a fake. It is atomic among the adapted clients of this process,
which in our tests are all that copy and delete, and it proves nothing of the implementation.
"""

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tests.s3.lacks import Lack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["adapt"]

_ONE_AT_A_TIME = threading.Lock()


def adapt(s3: "S3Client", lacks: Collection[Lack]) -> "S3Client":
    """*s3* itself, only its requests and answers respelled, if all that it lacks is a spelling."""
    if Lack.QUOTED_ETAG in lacks:
        s3.meta.events.register("before-call.s3.PutObject", _unquote)
    if Lack.COPY_ETAG in lacks:
        s3.meta.events.register("after-call.s3.CopyObject", _quote)
    if Lack.COPY_SOURCE_CONDITION in lacks:
        s3.meta.events.register("before-call.s3.CopyObject", _rename)
    if {Lack.COPY_TARGET_CONDITION, Lack.DELETE_CONDITION}.intersection(lacks):
        return cast("S3Client", _ChecksConditions(s3, lacks))
    return s3


def _unquote(params: dict[str, Any], **_: object) -> None:
    headers = params["headers"]
    if "If-Match" in headers:
        headers["If-Match"] = headers["If-Match"].strip('"')


def _quote(parsed: dict[str, Any], **_: object) -> None:
    result = parsed.get("CopyObjectResult", {})
    if "ETag" in result:
        result["ETag"] = f'"{result["ETag"]}"'


def _rename(params: dict[str, Any], **_: object) -> None:
    headers = params["headers"]
    if "x-amz-copy-source-if-match" in headers:
        headers["x-amz-copy-if-match"] = headers.pop("x-amz-copy-source-if-match")  # Ceph's name for it


class _ChecksConditions:
    """Obeys the boto3 client, but for the two calls whose conditions it checks first."""

    def __init__(self, s3: "S3Client", lacks: Collection[Lack]) -> None:
        self._s3 = s3
        self._lacks = lacks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def copy_object(self, **arguments: Any) -> Any:
        with _ONE_AT_A_TIME:
            only_new = Lack.COPY_TARGET_CONDITION in self._lacks and arguments.pop("IfNoneMatch", None) == "*"
            if only_new and self._etag(arguments["Bucket"], arguments["Key"]) is not None:
                raise _precondition_failed("CopyObject")
            return self._s3.copy_object(**arguments)

    def delete_object(self, **arguments: Any) -> Any:
        with _ONE_AT_A_TIME:
            wanted = arguments.pop("IfMatch", None) if Lack.DELETE_CONDITION in self._lacks else None
            if wanted is not None and self._etag(arguments["Bucket"], arguments["Key"]) != wanted:
                raise _precondition_failed("DeleteObject")
            return self._s3.delete_object(**arguments)

    def _etag(self, bucket: str, key: str) -> str | None:
        try:
            return self._s3.head_object(Bucket=bucket, Key=key)["ETag"]
        except ClientError as error:
            # HEAD says no more of a bucket that is not there; the call itself will.
            if error.response["Error"]["Code"] == "404":
                return None
            raise


def _precondition_failed(operation: str) -> ClientError:
    message = "Said by the tests, for an implementation that does not check this condition."
    error: Any = {
        "Error": {"Code": "PreconditionFailed", "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 412},
    }
    return ClientError(error, operation)
