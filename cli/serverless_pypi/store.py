"""The bucket as operators and publishers write it: small objects, by compare-and-swap.

Only a real 404 of a key is absence; every other error goes up. Pages and files are the indexer's to write.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pypi.errors import NoRightToReadError, ObjectChangedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Listed", "Store", "Stored"]

_TRIES = 10
# S3's 409 is a write that races another; "404" and NoSuchKey are a condition on what is gone.
_LOST_RACE = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409", "404"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """An object as it was read."""

    body: bytes
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An object as a LIST shows it. *size* in bytes."""

    key: str
    etag: str
    size: int
    last_modified: datetime


class Store:
    """A bucket by name, through a boto3 S3 client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self.client = client
        self.bucket = bucket

    def read(self, key: str, *, denied_is_missing: bool = False) -> Stored | None:
        """The object under *key*; None where there is none.

        S3 answers "denied" for absence to who may not list: a publisher, who sets *denied_is_missing*.
        Raises `NoRightToReadError` then, if S3 says that it is the right to read which is missing.
        """
        try:
            response = self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _code(error) == "NoSuchKey":
                return None
            if not denied_is_missing or _code(error) != "AccessDenied":
                raise
            if _missing_right(error) not in (None, "s3:ListBucket"):
                raise NoRightToReadError(key) from None
            return None
        with closing(response["Body"]) as body:
            return Stored(body=body.read(), etag=response["ETag"])

    def was_deleted(self, key: str) -> bool:
        """Whether there was an object under *key* once, as a versioned bucket remembers it."""
        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-delete-marker") == "true"
        return False

    def edit(
        self,
        key: str,
        change: Callable[[bytes | None], bytes],
        *,
        content_type: str = "text/plain; charset=utf-8",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Put what *change* makes of the object under *key*; again, of theirs, if somebody was faster.

        It is given None where there is no object. Nothing is written where it gives back what it was given.
        Raises `ObjectChangedError` when others are faster at each of ten tries.
        """
        for tries in range(_TRIES):
            before = self.read(key)
            body = change(before.body if before else None)
            if before is not None and body == before.body:
                return
            if self._swap(key, body, before, content_type):
                return
            pause(random.uniform(0, 0.05 * 2**tries))  # noqa: S311  # no secret
        raise ObjectChangedError(key)

    def put(self, key: str, body: bytes, *, content_type: str = "text/plain; charset=utf-8") -> str:
        """Put an object, whatever stood there; its ETag."""
        return self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)[
            "ETag"
        ]

    def delete(self, key: str) -> None:
        """Delete an object; there may be none."""
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """Every object under *prefix*, in order of keys, behind *after*."""
        more: dict[str, Any] = {"StartAfter": after} if after else {}
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, **more
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield Listed(
                    key=entry["Key"],
                    etag=entry["ETag"],
                    size=entry["Size"],
                    last_modified=entry["LastModified"],
                )

    def _swap(self, key: str, body: bytes, before: Stored | None, content_type: str) -> bool:
        condition: dict[str, Any] = {"IfMatch": before.etag} if before else {"IfNoneMatch": "*"}
        try:
            self.client.put_object(
                Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, **condition
            )
        except ClientError as error:
            if _code(error) not in _LOST_RACE:
                raise
            return False
        return True


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _missing_right(error: ClientError) -> str | None:
    """The right that S3 says is missing: to list, if there is no such object. None where it names none.

    "… is not authorized to perform: s3:ListBucket on resource …": within one account it does.
    """
    found = re.search(r"not authorized to perform: (\S+)", error.response["Error"].get("Message", ""))
    return found[1] if found else None
