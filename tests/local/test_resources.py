"""The bucket, queues and notifications of the local stack."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from local.resources import Names, Resources, create_bucket
from local.s3 import EmbeddedS3

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
NAMES = Names("shop")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with EmbeddedS3() as server:
        yield server.endpoint_url


@pytest.fixture(scope="module")
def s3(endpoint: str) -> "Iterator[S3Client]":
    client = boto3.client("s3", endpoint_url=endpoint, **KEYS)
    yield client
    client.close()


@pytest.fixture(scope="module")
def sqs(endpoint: str) -> "Iterator[SQSClient]":
    client = boto3.client("sqs", endpoint_url=endpoint, **KEYS)
    yield client
    client.close()


@pytest.fixture(scope="module")
def resources(s3: "S3Client", sqs: "SQSClient") -> Resources:
    return create_bucket(s3, sqs, NAMES, visibility_timeout=30)


def test_names_follow_the_convention() -> None:
    """Service and account make the names, as the authenticator computes them."""
    assert NAMES.bucket == "shop-123456789012-us-east-1"
    assert (NAMES.queue, NAMES.dead_letter_queue) == ("shop-indexer", "shop-indexer-dead-letters")


def test_the_bucket_is_versioned(s3: "S3Client", resources: Resources) -> None:
    """What is overwritten or removed can be brought back."""
    assert s3.get_bucket_versioning(Bucket=resources.bucket)["Status"] == "Enabled"


def test_uploads_and_changes_are_notified(s3: "S3Client", resources: Resources) -> None:
    """Both prefixes go to the queue: uploads when they come, the index when anything happens to it."""
    answer = s3.get_bucket_notification_configuration(Bucket=resources.bucket)
    events = {each["Id"]: each["Events"] for each in answer["QueueConfigurations"]}
    assert events == {
        "incoming": ["s3:ObjectCreated:*"],
        "simple": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"],
    }


def test_a_message_has_five_tries(sqs: "SQSClient", resources: Resources) -> None:
    """Then it rests in the dead-letter queue."""
    answer = sqs.get_queue_attributes(QueueUrl=resources.queue_url, AttributeNames=["All"])
    redrive = json.loads(answer["Attributes"]["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": NAMES.dead_letter_arn, "maxReceiveCount": 5}
    assert answer["Attributes"]["VisibilityTimeout"] == "30"


def test_creating_again_keeps_what_is_there(s3: "S3Client", sqs: "SQSClient", resources: Resources) -> None:
    """A second start finds the objects of the first, and may change the visibility timeout."""
    s3.put_object(Bucket=resources.bucket, Key="kept", Body=b"1")
    assert create_bucket(s3, sqs, NAMES, visibility_timeout=60) == resources
    assert s3.get_object(Bucket=resources.bucket, Key="kept")["Body"].read() == b"1"
    answer = sqs.get_queue_attributes(QueueUrl=resources.queue_url, AttributeNames=["VisibilityTimeout"])
    assert answer["Attributes"]["VisibilityTimeout"] == "60"
    create_bucket(s3, sqs, NAMES, visibility_timeout=30)


@pytest.mark.parametrize(
    ("key", "notified"), [("incoming/a.whl", 1), ("simple/a/a.whl", 1), ("auth/htpasswd", 0)]
)
def test_only_the_two_prefixes_are_notified(
    s3: "S3Client", sqs: "SQSClient", resources: Resources, key: str, notified: int
) -> None:
    """What the indexer does not care for does not wake it."""
    sqs_drain(sqs, resources.queue_url)
    s3.put_object(Bucket=resources.bucket, Key=key, Body=b"1")
    assert sqs_drain(sqs, resources.queue_url) == notified


def sqs_drain(sqs: "SQSClient", url: str) -> int:
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)
