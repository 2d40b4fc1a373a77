"""The handler as Lambda calls it, over S3's real protocol."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from indexer import handler as entry
from indexer.handler import handler
from local.lambda_context import LambdaContext
from local.s3 import EmbeddedS3
from tests.distributions import make_wheel, wheel_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "acme-123456789012-us-east-1"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:acme-indexer"
SAMPLE = Path(__file__).parents[2] / "events" / "sqs-batch.json"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator["S3Client"]:
    with EmbeddedS3() as embedded:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", embedded.endpoint_url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("BUCKET", BUCKET)
        entry._connect.cache_clear()  # a new environment
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client
    entry._connect.cache_clear()


def batch(*bodies: str) -> dict[str, Any]:
    """The sample batch with these bodies; message ids are their positions."""
    message = json.loads(SAMPLE.read_text())["Records"][0]
    return {"Records": [message | {"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}


def created(key: str) -> str:
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}]})


def invocation() -> LambdaContext:
    """Its time begins now."""
    return LambdaContext.for_function(FUNCTION, timeout_seconds=60)


def failures(event: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in handler(event, invocation())["batchItemFailures"]]


def test_a_batch_that_succeeds_reports_no_failure(s3: "S3Client") -> None:
    """Then every message leaves the queue."""
    key = f"incoming/{wheel_name('acme', '1')}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=make_wheel("acme", "1"))
    assert failures(batch(created(key))) == []
    assert s3.head_object(Bucket=BUCKET, Key="simple/acme/index.json")["ContentEncoding"] == "gzip"


def test_a_body_that_is_no_notification_fails_alone(s3: "S3Client") -> None:
    """It goes to the dead letters after its tries; the rest of the batch is done."""
    key = f"incoming/{wheel_name('acme', '1')}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=make_wheel("acme", "1"))
    assert failures(batch("poison", created(key), "{}", "[" * 200_000)) == ["0", "2", "3"]
    assert s3.head_object(Bucket=BUCKET, Key="simple/acme/index.json")


def test_a_bucket_that_cannot_be_read_fails_every_message(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absent bucket is not an empty one."""
    monkeypatch.setenv("BUCKET", "absent-123456789012-us-east-1")
    entry._connect.cache_clear()
    assert failures(batch(created("incoming/acme-1.tar.gz"), created("simple/acme/acme-1.tar.gz"))) == [
        "0",
        "1",
    ]


def test_outcomes_are_logged_one_structured_line_each(s3: "S3Client") -> None:
    """With the function's name and the request's id."""
    good, bad = f"incoming/{wheel_name('acme', '1')}", "incoming/notes.txt"
    s3.put_object(Bucket=BUCKET, Key=good, Body=make_wheel("acme", "1"))
    s3.put_object(Bucket=BUCKET, Key=bad, Body=b"hello")
    lines: list[dict[str, Any]] = []
    log = entry.logger.registered_handler
    before = log.setStream(_Lines(lines))
    context = invocation()
    handler(batch(created(good), created(bad)), context)
    log.setStream(before)
    assert [line["message"] for line in lines] == ["filed", "refused", "rebuilt", "project list written"]
    assert {line["function_name"] for line in lines} == {"acme-indexer"}
    assert {line["function_request_id"] for line in lines} == {context.aws_request_id}


class _Lines:
    """A stream that reads what is written to it as lines of JSON."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        self._lines += [json.loads(line) for line in text.splitlines() if line]

    def flush(self) -> None:
        """Nothing waits."""
