"""The watcher tells of changes in an S3 that tells nothing itself."""

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
import pytest
from botocore.config import Config

from local.notifications import SqsRecord
from local.s3 import EmbeddedS3
from local.watcher import Watcher

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
BUCKET = "watched"


class Recorder:
    """Takes what is delivered; the messages of keys in *failing* fail."""

    def __init__(self) -> None:
        self.batches: list[list[SqsRecord]] = []
        self.failing: set[str] = set()

    def __call__(self, records: Sequence[SqsRecord]) -> set[str]:
        self.batches.append(list(records))
        return {record["messageId"] for record in records if told(record)[1] in self.failing}

    def taken(self) -> set[tuple[str, str]]:
        """What was told since the last call."""
        batches, self.batches = self.batches, []
        return {told(record) for batch in batches for record in batch}


def told(record: SqsRecord) -> tuple[str, str]:
    (notification,) = json.loads(record["body"])["Records"]
    return notification["eventName"], unquote_plus(notification["s3"]["object"]["key"])


@pytest.fixture
def s3() -> "Iterator[S3Client]":
    with EmbeddedS3() as server:
        client = boto3.client("s3", endpoint_url=server.endpoint_url, **KEYS)
        client.create_bucket(Bucket=BUCKET)
        yield client
        client.close()


def put(s3: "S3Client", *keys: str, body: bytes = b"1") -> None:
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def test_what_was_there_before(s3: "S3Client") -> None:
    """All that waits in `incoming/`, and one object of each project: a file, if it has one."""
    put(s3, "incoming/a.whl", "incoming/deep/b+c.whl", "auth/htpasswd", "simple/index.html")
    put(s3, "simple/one/index.html", "simple/one/index.json", "simple/one/one-1.whl", "simple/one/one-2.whl")
    put(s3, "simple/emptied/index.html", "simple/emptied/index.json")
    recorder = Recorder()
    Watcher(s3, BUCKET, recorder).turn()
    assert recorder.taken() == {
        ("ObjectCreated:Put", "incoming/a.whl"),
        ("ObjectCreated:Put", "incoming/deep/b+c.whl"),
        ("ObjectCreated:Put", "simple/one/one-1.whl"),
        ("ObjectCreated:Put", "simple/emptied/index.html"),
    }


def test_what_changes_then(s3: "S3Client") -> None:
    """New, changed and removed objects are told of once, and what stays is not."""
    put(s3, "incoming/gone.whl", "simple/a/stays", "simple/a/changes", "simple/a/goes")
    recorder = Recorder()
    watcher = Watcher(s3, BUCKET, recorder)
    watcher.turn()
    recorder.taken()
    put(s3, "incoming/new.whl", "simple/a/changes", body=b"2")
    s3.delete_object(Bucket=BUCKET, Key="simple/a/goes")
    s3.delete_object(Bucket=BUCKET, Key="incoming/gone.whl")
    watcher.turn()
    assert recorder.taken() == {
        ("ObjectCreated:Put", "incoming/new.whl"),
        ("ObjectCreated:Put", "simple/a/changes"),
        ("ObjectRemoved:Delete", "simple/a/goes"),
    }
    watcher.turn()
    assert recorder.taken() == set()


def test_messages_look_like_those_of_the_queue(s3: "S3Client") -> None:
    """A handler cannot tell the difference."""
    put(s3, "incoming/a b+c.whl")
    recorder = Recorder()
    Watcher(s3, BUCKET, recorder).turn()
    ((record,),) = recorder.batches
    thing: dict[str, Any] = json.loads(record["body"])["Records"][0]["s3"]["object"]
    assert (record["eventSource"], record["attributes"]["ApproximateReceiveCount"]) == ("aws:sqs", "1")
    assert thing["key"] == "incoming/a+b%2Bc.whl"
    assert (thing["size"], thing["eTag"]) == (1, "c4ca4238a0b923820dcc509a6f75849b")


def test_what_fails_comes_five_times(s3: "S3Client", caplog: pytest.LogCaptureFixture) -> None:
    """The same message, counted; then it is given up, with a line in the log."""
    put(s3, "incoming/bad.whl", "incoming/good.whl")
    recorder = Recorder()
    recorder.failing = {"incoming/bad.whl"}
    watcher = Watcher(s3, BUCKET, recorder)
    for _ in range(7):
        watcher.turn()
    received = [record for batch in recorder.batches for record in batch]
    bad = [record for record in received if told(record)[1] == "incoming/bad.whl"]
    assert [record["attributes"]["ApproximateReceiveCount"] for record in bad] == ["1", "2", "3", "4", "5"]
    assert len({record["messageId"] for record in bad}) == 1
    assert len(received) == 6
    assert len(caplog.messages) == 1
    assert watcher.idle()


def test_batches_hold_a_hundred(s3: "S3Client") -> None:
    """More than that is delivered in parts, as by the poller."""
    put(s3, *(f"incoming/{number}" for number in range(101)))
    recorder = Recorder()
    Watcher(s3, BUCKET, recorder).turn()
    assert [len(batch) for batch in recorder.batches] == [100, 1]


def test_it_watches_until_stopped(s3: "S3Client") -> None:
    """A change is told of within the interval, and no thread stays."""
    recorder = Recorder()
    with Watcher(s3, BUCKET, recorder, interval=0.05) as watcher:
        wait_for(watcher.idle)
        put(s3, "incoming/a.whl")
        wait_for(lambda: bool(recorder.batches))
    assert recorder.taken() == {("ObjectCreated:Put", "incoming/a.whl")}
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


def test_an_endpoint_out_of_reach_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """One sentence, then quiet tries."""
    with EmbeddedS3() as server:
        endpoint_url = server.endpoint_url
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("s3", endpoint_url=endpoint_url, config=once, **KEYS)
    with Watcher(client, BUCKET, Recorder(), interval=0.01) as watcher:
        time.sleep(0.7)
        assert not watcher.idle()
    client.close()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.messages[0].startswith("The watcher cannot go on, and keeps trying: Could not connect")


def wait_for(condition: Any, timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
