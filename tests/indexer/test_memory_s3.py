"""The fake obeys the real interface: what it answers is what another S3 implementation answers."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.s3 import EmbeddedS3
from tests.indexer.memory_s3 import MemoryS3

BUCKET = "fake-or-not"
PARTS_BUCKET = "fake-or-not-in-parts"


@pytest.fixture(scope="module")
def embedded_client() -> Any:
    with EmbeddedS3() as s3:
        client = boto3.client(
            "s3",
            endpoint_url=s3.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for bucket in (BUCKET, PARTS_BUCKET):
            client.create_bucket(Bucket=bucket)
        yield client


def outcome(call: Callable[[], Any], *fields: str) -> object:
    """The named fields of an answer, or the error's code and status."""
    try:
        answer = call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    body = {"Body": answer["Body"].read()} if "Body" in answer else {}
    return {field: (answer | body).get(field) for field in fields}


def dialogue(s3: Any) -> list[object]:
    """What one client answers to every kind of call that the indexer makes."""
    said: list[object] = []

    def ask(method: str, *fields: str, **arguments: Any) -> None:
        said.append(
            (method, arguments, outcome(lambda: getattr(s3, method)(Bucket=BUCKET, **arguments), *fields))
        )

    ask("get_object", Key="a")
    ask("head_object", Key="a")
    ask("put_object", "ETag", Key="a", Body=b"0123456789", IfMatch='"none"')
    ask("put_object", "ETag", Key="a", Body=b"0123456789", IfNoneMatch="*")
    ask("put_object", "ETag", Key="a", Body=b"other", IfNoneMatch="*")
    etag = s3.head_object(Bucket=BUCKET, Key="a")["ETag"]
    ask("put_object", "ETag", Key="a", Body=b"0123456789!", IfMatch=etag)
    ask("put_object", "ETag", Key="a", Body=b"lost", IfMatch=etag)
    etag = s3.head_object(Bucket=BUCKET, Key="a")["ETag"]
    for wanted in ("bytes=0-3", "bytes=-4", "bytes=-400", "bytes=5-", "bytes=2-400"):
        if wanted != "bytes=5-":
            ask("get_object", "Body", "ContentRange", "ETag", Key="a", Range=wanted)
    ask("get_object", "Body", Key="a", IfMatch=etag)
    ask("get_object", "Body", Key="a", IfMatch='"none"')
    ask("put_object", "ETag", Key="empty", Body=b"")
    ask("get_object", "Body", Key="empty", Range="bytes=0-9")
    copy = {"CopySource": {"Bucket": BUCKET, "Key": "a"}}
    ask("copy_object", Key="b", **copy, CopySourceIfMatch='"none"')
    ask("copy_object", Key="b", CopySource={"Bucket": BUCKET, "Key": "absent"})
    ask(
        "copy_object",
        Key="b",
        **copy,
        CopySourceIfMatch=etag,
        IfNoneMatch="*",
        ChecksumAlgorithm="SHA256",
        MetadataDirective="REPLACE",
        Metadata={"upload-time": "2026-01-01"},
    )
    ask("copy_object", Key="b", **copy, IfNoneMatch="*")
    ask("head_object", "ETag", "ContentLength", "ChecksumSHA256", "Metadata", Key="b", ChecksumMode="ENABLED")
    ask("list_objects_v2", "IsTruncated", Prefix="a")
    said.append(
        [
            (entry["Key"], entry["ETag"], entry["Size"])
            for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="")["Contents"]
        ]
    )
    ask("delete_object", Key="b", IfMatch='"none"')
    ask("delete_object", Key="b", IfMatch=etag)
    ask("delete_object", Key="b", IfMatch=etag)
    ask("head_object", Key="b")
    return said


def dialogue_in_parts(s3: Any) -> list[object]:
    """The same of a copy in parts. S3 takes none under 5 MiB but the last; ids of uploads are its own.

    Not compared is what moto cannot say: NoSuchUpload, but to an abort, and NoSuchKey of a source.
    """
    said: list[object] = []
    size = 5 * 1024**2
    s3.put_object(Bucket=PARTS_BUCKET, Key="large", Body=b"x" * (size + 10))
    etag = s3.head_object(Bucket=PARTS_BUCKET, Key="large")["ETag"]

    def ask(method: str, *fields: str, **arguments: Any) -> None:
        said.append((method, outcome(lambda: getattr(s3, method)(Bucket=PARTS_BUCKET, **arguments), *fields)))

    def begin() -> dict[str, Any]:
        place = {"Key": "whole", "Metadata": {"upload-time": "2026-01-01"}, "CacheControl": "immutable"}
        begun = s3.create_multipart_upload(Bucket=PARTS_BUCKET, **place)
        return {"Key": "whole", "UploadId": begun["UploadId"]}

    def copy_part(upload: dict[str, Any], number: int, positions: str, **changes: Any) -> dict[str, Any]:
        """The part, as CompleteMultipartUpload wants to be told of it."""
        source = {"CopySource": {"Bucket": PARTS_BUCKET, "Key": "large"}, "CopySourceIfMatch": etag}
        copied: dict[str, Any] = {}

        def copy() -> Any:
            origin = {**upload, **source, "PartNumber": number, "CopySourceRange": f"bytes={positions}"}
            copied.update(s3.upload_part_copy(Bucket=PARTS_BUCKET, **(origin | changes))["CopyPartResult"])
            return copied

        said.append(("upload_part_copy", changes.keys(), outcome(copy, "ETag")))
        return {"PartNumber": number, "ETag": copied.get("ETag")}

    first_upload, upload = begin(), begin()
    parts = [copy_part(upload, 1, f"0-{size - 1}"), copy_part(upload, 2, f"{size}-{size + 9}")]
    copy_part(upload, 2, "0-9", CopySourceIfMatch='"none"')
    ask("get_object", Key="whole")
    wrong = {"Parts": [parts[0], {"PartNumber": 2, "ETag": parts[0]["ETag"]}]}
    ask("complete_multipart_upload", **upload, MultipartUpload=wrong)
    missing = {"Parts": [parts[0], {"PartNumber": 3, "ETag": parts[0]["ETag"]}]}
    ask("complete_multipart_upload", **upload, MultipartUpload=missing)
    ask("complete_multipart_upload", "ETag", **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    fields = ("ETag", "ContentLength", "ChecksumSHA256", "Metadata")
    ask("head_object", *fields, Key="whole", ChecksumMode="ENABLED")
    ask("get_object", "Body", Key="whole", Range=f"bytes={size - 2}-{size + 1}")
    # The name is taken by now: the second to come loses, and its parts are given up.
    again = [copy_part(first_upload, 1, f"0-{size - 1}")]
    ask("complete_multipart_upload", **first_upload, MultipartUpload={"Parts": again}, IfNoneMatch="*")
    ask("abort_multipart_upload", **first_upload)
    ask("abort_multipart_upload", **first_upload)
    ask("head_object", *fields, Key="whole", ChecksumMode="ENABLED")
    return said


def test_the_fake_copies_in_parts_as_the_local_s3_does(embedded_client: Any) -> None:
    """Parts, conditions, and what becomes of an upload that is given up."""
    said = dialogue_in_parts(embedded_client), dialogue_in_parts(MemoryS3())
    for real, fake in zip(*said, strict=True):
        assert fake == real


def test_the_fake_answers_as_the_local_s3_does(embedded_client: Any) -> None:
    """Call by call: values, errors and their codes."""
    for real, fake in zip(dialogue(embedded_client), dialogue(MemoryS3()), strict=True):
        assert fake == real
