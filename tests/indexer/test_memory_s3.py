"""The fake obeys the real interface: what it answers is what another S3 implementation answers."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.s3 import EmbeddedS3
from tests.indexer.memory_s3 import MemoryS3

BUCKET = "fake-or-not"


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
        client.create_bucket(Bucket=BUCKET)
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


def test_the_fake_answers_as_the_local_s3_does(embedded_client: Any) -> None:
    """Call by call: values, errors and their codes."""
    for real, fake in zip(dialogue(embedded_client), dialogue(MemoryS3()), strict=True):
        assert fake == real
