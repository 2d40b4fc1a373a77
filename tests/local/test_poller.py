"""The poller does with a queue what Lambda's event source mapping does."""

import itertools
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
import pytest
from botocore.config import Config

from local.lambda_context import LambdaContext
from local.poller import Delivery, InvalidResponseError, Poller, failed_message_ids
from local.resources import Names, Resources, create_bucket
from local.s3 import EmbeddedS3

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:demo-indexer"
SERVICES = (f"poller-{number}" for number in itertools.count())


class Recorder:
    """A handler that keeps its events, and answers what *answer* makes of each."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any] = lambda _: None) -> None:
        self.events: list[dict[str, Any]] = []
        self.contexts: list[LambdaContext] = []
        self.moments: list[float] = []
        self._answer = answer

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> Any:
        self.moments.append(time.perf_counter())
        self.events.append(event)
        self.contexts.append(context)
        return self._answer(event)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for event in self.events for record in event["Records"]]

    @property
    def keys(self) -> list[str]:
        return [key for record in self.records if (key := key_of(record))]


def key_of(record: dict[str, Any]) -> str:
    """The key that a message tells of; none in the test event."""
    for notification in json.loads(record["body"]).get("Records", []):
        return unquote_plus(notification["s3"]["object"]["key"])
    return ""


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


@pytest.fixture
def resources(s3: "S3Client", sqs: "SQSClient") -> Resources:
    """A bucket and a queue of the test's own; what fails returns after a second."""
    return create_bucket(s3, sqs, Names(next(SERVICES)), visibility_timeout=1)


def put(s3: "S3Client", resources: Resources, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=resources.bucket, Key=key, Body=b"1")


# --- The road from S3 to the handler ---


def test_an_upload_calls_the_handler(s3: "S3Client", sqs: "SQSClient", resources: Resources) -> None:
    """In AWS's shape, with a context, and well within a second."""
    recorder = Recorder()
    with Poller(sqs, resources.queue_url, recorder, ARN, timeout_seconds=9) as poller:
        poller.wait_until_idle()
        put(s3, resources, "incoming/a b+c.whl")
        uploaded = time.perf_counter()
        poller.wait_until_idle()
    assert recorder.keys == ["incoming/a b+c.whl"]
    assert recorder.moments[-1] - uploaded < 1
    record = recorder.records[-1]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":123456789012:" + resources.queue_url.rpartition("/")[2])
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert set(record["attributes"]) >= {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert recorder.contexts[-1].invoked_function_arn == ARN
    assert recorder.contexts[-1].get_remaining_time_in_millis() <= 9000


def test_a_folder_copied_with_the_aws_cli(
    s3: "S3Client", sqs: "SQSClient", resources: Resources, endpoint: str, tmp_path: Path
) -> None:
    """`aws s3 cp --recursive` brings each file's key to the handler, and `aws s3 rm` its removal."""
    folder = tmp_path / "dist"
    names = {f"demo-{number}.0+cu118.tar.gz" for number in range(12)}
    (folder / "more").mkdir(parents=True)
    for name in names:
        (folder / "more" / name).write_bytes(name.encode())
    recorder = Recorder()
    with Poller(sqs, resources.queue_url, recorder, ARN) as poller:
        aws(tmp_path, endpoint, "cp", str(folder), f"s3://{resources.bucket}/simple/demo/", "--recursive")
        poller.wait_until_idle()
        assert set(recorder.keys) == {f"simple/demo/more/{name}" for name in names}
        aws(tmp_path, endpoint, "rm", f"s3://{resources.bucket}/simple/demo/", "--recursive")
        poller.wait_until_idle()
    assert sorted(recorder.keys) == sorted(2 * [f"simple/demo/more/{name}" for name in names])
    assert s3.list_objects_v2(Bucket=resources.bucket)["KeyCount"] == 0


def aws(home: Path, endpoint_url: str, *arguments: str) -> None:
    """Run the real AWS CLI, knowing nothing of whoever runs the tests."""
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", endpoint_url, "s3", *arguments]
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(("batch_size", "batches"), [(100, [26]), (10, [10, 10, 6])])
def test_messages_that_wait_come_together(
    s3: "S3Client", sqs: "SQSClient", resources: Resources, batch_size: int, batches: list[int]
) -> None:
    """Up to *batch_size*; the test event of S3 is one of them."""
    put(s3, resources, *(f"incoming/{number}" for number in range(25)))
    recorder = Recorder()
    with Poller(sqs, resources.queue_url, recorder, ARN, batch_size) as poller:
        poller.wait_until_idle()
    assert [len(event["Records"]) for event in recorder.events] == batches


# --- Failures ---


def test_only_what_failed_returns(s3: "S3Client", sqs: "SQSClient", resources: Resources) -> None:
    """A partial batch response keeps its messages in the queue, until the visibility timeout brings them."""

    def fail_the_bad_once(event: dict[str, Any]) -> dict[str, Any]:
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]}
                for record in event["Records"]
                if key_of(record) == "incoming/bad" and record["attributes"]["ApproximateReceiveCount"] == "1"
            ]
        }

    put(s3, resources, "incoming/good", "incoming/bad")
    recorder = Recorder(fail_the_bad_once)
    with Poller(sqs, resources.queue_url, recorder, ARN) as poller:
        poller.wait_until_idle()
    assert recorder.keys == ["incoming/good", "incoming/bad", "incoming/bad"]
    first, second = (record for record in recorder.records if key_of(record) == "incoming/bad")
    assert first["body"] == second["body"]
    assert recorder.moments[-1] - recorder.moments[0] > 0.9


def test_an_exception_fails_the_batch(
    s3: "S3Client", sqs: "SQSClient", resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    """All its messages return; the log has one line, and the poller goes on."""
    moods = iter([True])

    def stumble_once(_: dict[str, Any]) -> None:
        if next(moods, False):
            raise ZeroDivisionError("stumbled")

    put(s3, resources, "incoming/a", "incoming/b")
    recorder = Recorder(stumble_once)
    with Poller(sqs, resources.queue_url, recorder, ARN) as poller:
        poller.wait_until_idle()
    assert sorted(recorder.keys) == ["incoming/a", "incoming/a", "incoming/b", "incoming/b"]
    assert caplog.messages == ["All of 3 messages failed: ZeroDivisionError: stumbled"]


def test_after_five_tries_a_message_rests(s3: "S3Client", sqs: "SQSClient") -> None:
    """What fails again and again goes to the dead-letter queue, and is tried no more."""
    resources = create_bucket(s3, sqs, Names(next(SERVICES)), visibility_timeout=0)
    put(s3, resources, "incoming/hopeless")
    recorder = Recorder(lambda event: {"batchItemFailures": [{"itemIdentifier": None}] * len(event)})
    with Poller(sqs, resources.queue_url, recorder, ARN) as poller:
        poller.wait_until_idle()
    counts = [r["attributes"]["ApproximateReceiveCount"] for r in recorder.records if key_of(r)]
    assert counts == ["1", "2", "3", "4", "5"]
    dead = sqs.get_queue_attributes(QueueUrl=resources.dead_letter_url, AttributeNames=["All"])
    assert dead["Attributes"]["ApproximateNumberOfMessages"] == "2"


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": "words"}]
)
def test_answers_that_mean_success(answer: Any) -> None:
    """An empty answer, or an empty list, leaves no failure."""
    assert failed_message_ids(answer, {"1", "2"}) == set()


def test_an_answer_that_means_partial_success() -> None:
    """The messages named have failed."""
    assert failed_message_ids({"batchItemFailures": [{"itemIdentifier": "2"}]}, {"1", "2"}) == {"2"}


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        ["1"],
        {"batchItemFailures": "1"},
        {"batchItemFailures": ["1"]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"identifier": "1"}]},
        {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "3"}]},
    ],
)
def test_answers_that_fail_the_batch(answer: Any) -> None:
    """What cannot be understood is no success."""
    with pytest.raises(InvalidResponseError):
        failed_message_ids(answer, {"1", "2"})


def test_an_answer_that_is_no_json_fails_the_batch() -> None:
    """Lambda could not send it."""
    records = [{"messageId": "1"}, {"messageId": "2"}]
    assert Delivery(lambda _event, _context: {"set": {1}}, ARN)(records) == {"1", "2"}


def test_the_handler_gets_a_copy() -> None:
    """What it does to its event stays with it."""
    record = {"messageId": "1", "body": "before"}
    Delivery(lambda event, _: event["Records"][0].update(body="after"), ARN)([record])
    assert record["body"] == "before"


# --- Beginning and end ---


def test_stop_waits_for_the_batch_under_way(s3: "S3Client", sqs: "SQSClient", resources: Resources) -> None:
    """The handler finishes, its messages are deleted, and no thread stays."""
    begun, let_go = threading.Event(), threading.Event()

    def linger(_: dict[str, Any]) -> None:
        begun.set()
        let_go.wait(10)

    put(s3, resources, "incoming/slow")
    poller = Poller(sqs, resources.queue_url, Recorder(linger), ARN)
    poller.start()
    begun.wait(10)
    assert not poller.idle()
    stopping = threading.Thread(target=poller.stop)
    stopping.start()
    stopping.join(0.1)
    assert stopping.is_alive()
    let_go.set()
    stopping.join(10)
    assert poller.idle()
    assert "poller" not in {thread.name for thread in threading.enumerate()}


def test_stop_is_quick_when_nothing_happens(sqs: "SQSClient", resources: Resources) -> None:
    """It waits for one long poll at most."""
    poller = Poller(sqs, resources.queue_url, Recorder(), ARN)
    poller.start()
    poller.wait_until_idle()
    begun = time.perf_counter()
    poller.stop()
    assert time.perf_counter() - begun < 2


def test_waiting_has_an_end(s3: "S3Client", sqs: "SQSClient", resources: Resources) -> None:
    """A queue that nobody empties is a `TimeoutError`."""
    put(s3, resources, "incoming/a")
    with pytest.raises(TimeoutError, match=r"not empty after 0\.1 s"):
        Poller(sqs, resources.queue_url, Recorder(), ARN).wait_until_idle(timeout=0.1)


def test_an_endpoint_out_of_reach_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """One sentence, then quiet tries, until it answers."""
    with EmbeddedS3() as server:
        endpoint_url = server.endpoint_url
        sqs = boto3.client(
            "sqs", endpoint_url=endpoint_url, config=Config(retries={"total_max_attempts": 1}), **KEYS
        )
        url = sqs.create_queue(QueueName="later")["QueueUrl"]
    port = int(endpoint_url.rpartition(":")[2])
    recorder = Recorder()
    with Poller(sqs, url, recorder, ARN) as poller:
        time.sleep(0.7)
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert caplog.messages[0].startswith("The poller cannot go on, and keeps trying: Could not connect")
        with EmbeddedS3(port):
            sqs.create_queue(QueueName="later")
            sqs.send_message(QueueUrl=url, MessageBody="here again")
            poller.wait_until_idle()
            poller.stop()
    assert [record["body"] for record in recorder.records] == ["here again"]
    assert caplog.messages[1:] == ["The poller goes on."]
    sqs.close()
