"""The shapes in which a handler sees what happened in S3."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from local.notifications import complete, encode_key, s3_notification, sequencer, sqs_record

EVENTS = Path(__file__).parents[2] / "events"
SENT = 1795234519240


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return loaded


def from_moto(event_name: str = "ObjectCreated:Put", key: str = "incoming%2Fa+b%2Bc.whl") -> str:
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-21T04:15:19.179Z",
        "eventName": event_name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "incoming",
            "bucket": {"name": "b", "arn": "arn:aws:s3:::b"},
            "object": {"key": key, "size": 1, "eTag": "c4ca4238a0b923820dcc509a6f75849b"},
        },
    }
    return json.dumps({"Records": [record]})


def only_record(body: str) -> dict[str, Any]:
    (record,) = json.loads(body)["Records"]
    assert isinstance(record, dict)
    return record


def shape(value: Any) -> Any:
    """The names in *value*, without what they stand for."""
    return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else None


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("simple/demo/demo-1.0.tar.gz", "simple/demo/demo-1.0.tar.gz"),
        ("incoming/demo-1.0+cu118.whl", "incoming/demo-1.0%2Bcu118.whl"),
        ("incoming/red flower.whl", "incoming/red+flower.whl"),
        ("incoming/100%/é~", "incoming/100%25/%C3%A9~"),
    ],
)
def test_keys_are_form_encoded(key: str, encoded: str) -> None:
    """As S3 writes them, and as `unquote_plus` reads them."""
    assert encode_key(key) == encoded
    assert unquote_plus(encoded) == key


def test_moto_notification_takes_the_documented_shape() -> None:
    """Nothing of the sample event is missing, except `versionId`, which moto does not tell."""
    sample = shape(event("s3-notification.json")["Records"][0])
    del sample["s3"]["object"]["versionId"]
    assert shape(only_record(complete(from_moto(), SENT))) == sample


def test_the_key_of_moto_is_written_as_s3_writes_it() -> None:
    """moto encodes the slash too."""
    assert only_record(complete(from_moto(), SENT))["s3"]["object"]["key"] == "incoming/a+b%2Bc.whl"


def test_a_removal_has_neither_size_nor_etag() -> None:
    """S3 says nothing of what is gone but its key."""
    thing = only_record(complete(from_moto("ObjectRemoved:Delete"), SENT))["s3"]["object"]
    assert set(thing) == {"key", "sequencer"}


def test_the_sequencer_grows_and_stays() -> None:
    """Later is greater, also as text; the same message delivered again has the same one."""
    numbers = [sequencer(SENT), sequencer(SENT, 1), sequencer(SENT + 1), sequencer(SENT * 4)]
    assert sorted(numbers) == numbers
    assert {len(number) for number in numbers} == {18}
    assert complete(from_moto(), SENT) == complete(from_moto(), SENT)


def test_what_is_complete_is_left_as_it_is() -> None:
    """A notification of S3's own passes unchanged, its version and sequencer too."""
    notification = event("s3-notification.json")
    assert json.loads(complete(json.dumps(notification), SENT)) == notification


@pytest.mark.parametrize(
    "body",
    [
        (EVENTS / "s3-test-event.json").read_text(),
        "no JSON at all",
        '{"Records": "none"}',
        '{"Records": [{"eventSource": "aws:sns"}]}',
        "[]",
    ],
)
def test_other_messages_are_left_alone(body: str) -> None:
    """The test event, and whatever else somebody puts in the queue, reaches the handler as it is."""
    assert complete(body, SENT) == body


def test_a_notification_of_our_own_has_the_documented_shape() -> None:
    """The watcher's events look like S3's."""
    sample = shape(event("s3-notification.json")["Records"][0])
    del sample["s3"]["object"]["versionId"]
    made = only_record(s3_notification("b", "ObjectCreated:Put", "incoming/a b.whl", size=1, eTag="0"))
    assert shape(made) == sample
    assert made["s3"]["object"]["key"] == "incoming/a+b.whl"


def test_an_sqs_record_has_the_documented_shape() -> None:
    """The sample batch, made again from its parts, is the sample batch."""
    for record in event("sqs-batch.json")["Records"]:
        made = sqs_record(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            body=record["body"],
            attributes=record["attributes"],
            queue_arn=record["eventSourceARN"],
        )
        assert made == record


def test_the_sample_batch_is_consistent() -> None:
    """Its bodies are S3 notifications, and its digests are theirs."""
    keys = []
    for record in event("sqs-batch.json")["Records"]:
        assert hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest() == record["md5OfBody"]
        keys.append(unquote_plus(only_record(record["body"])["s3"]["object"]["key"]))
    assert keys == ["incoming/release 1/demo-1.0+cu118-py3-none-any.whl", "simple/demo/demo-0.9.tar.gz"]
