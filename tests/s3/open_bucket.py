"""A bucket that tests can look into, and put things into, past the methods of `Bucket`."""

from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from indexer.bucket import Bucket
from indexer.copies import LARGEST_COPY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["OpenBucket"]


class OpenBucket(Bucket):
    def __init__(self, s3: "S3Client", name: str, *, largest_copy: int = LARGEST_COPY) -> None:
        super().__init__(s3, name, largest_copy=largest_copy)
        self.s3 = s3

    @classmethod
    def create(cls, s3: "S3Client") -> Self:
        bucket = cls(s3, f"tests-{uuid4()}")
        s3.create_bucket(Bucket=bucket.name)
        return bucket

    def seen_by(self, s3: "S3Client") -> "OpenBucket":
        """The same bucket, through another client."""
        return OpenBucket(s3, self.name)

    def put(self, key: str, body: bytes, **arguments: Any) -> str:
        """Its ETag."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=body, **arguments)["ETag"]

    def put_in_parts(self, key: str, *parts: bytes) -> None:
        to: Any = {"Bucket": self.name, "Key": key}
        upload = self.s3.create_multipart_upload(**to)["UploadId"]
        done: list[Any] = []
        for number, part in enumerate(parts, start=1):
            etag = self.s3.upload_part(**to, UploadId=upload, PartNumber=number, Body=part)["ETag"]
            done.append({"PartNumber": number, "ETag": etag})
        self.s3.complete_multipart_upload(**to, UploadId=upload, MultipartUpload={"Parts": done})

    def body(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def head(self, key: str) -> Any:
        return self.s3.head_object(Bucket=self.name, Key=key)

    def remove(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        return [listed.key for listed in self.list(prefix)]
