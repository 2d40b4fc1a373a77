"""S3 event notifications, and the SQS messages that bring them, in the shapes AWS documents.

moto's differ: the key has `/` encoded, and `sequencer`, `userIdentity`, `requestParameters` and
`responseElements` are missing. `complete` fills these in. It adds no `versionId`, which moto does not tell,
and leaves one that is there. (AmazonS3/userguide, notification-content-structure; lambda/dg, with-sqs.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

SqsRecord = dict[str, Any]
"""A message as it stands in the `Records` of a Lambda event."""


def encode_key(key: str) -> str:
    """Form-encode a key as S3 does in notifications: `a b+c/d` is `a+b%2Bc/d`."""
    return quote_plus(key, safe="/")


def sequencer(sent_milliseconds: int, position: int = 0) -> str:
    """A hexadecimal number that grows with time, and is the same when a message is delivered again."""
    return f"{sent_milliseconds << 20 | position:018X}"


def complete(body: str, sent_milliseconds: int) -> str:
    """Give *body* the documented shape. What is no S3 notification (`s3:TestEvent`, say) is left alone."""
    try:
        notification = json.loads(body)
    except ValueError:
        return body
    if not isinstance(notification, dict) or not isinstance(notification.get("Records"), list):
        return body
    records = [
        _complete_record(record, sequencer(sent_milliseconds, position))
        for position, record in enumerate(notification["Records"])
    ]
    return json.dumps({**notification, "Records": records})


def _complete_record(record: Mapping[str, Any], sequence: str) -> dict[str, Any]:
    if "s3" not in record:
        return dict(record)
    s3 = record["s3"]
    bucket = {"ownerIdentity": {"principalId": "LOCAL"}, **s3["bucket"]}
    thing = {"sequencer": sequence, **s3["object"], "key": encode_key(unquote_plus(s3["object"]["key"]))}
    if record["eventName"].startswith("ObjectRemoved:"):
        # S3 says nothing of the size or ETag of what is gone.
        thing.pop("size", None)
        thing.pop("eTag", None)
    return {
        "userIdentity": {"principalId": "AWS:LOCAL"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": sequence[:16], "x-amz-id-2": f"local/{sequence}"},
        **record,
        "s3": {**s3, "bucket": bucket, "object": thing},
    }


def s3_notification(bucket: str, event_name: str, key: str, **facts: str | int) -> str:
    """The body of one notification; *facts* are further fields of its `object`: `size`, `eTag`."""
    now = datetime.now(UTC)
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": event_name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": key.partition("/")[0],
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": encode_key(key), **facts},
        },
    }
    return complete(json.dumps({"Records": [record]}), int(now.timestamp() * 1000))


def sqs_record(
    *, message_id: str, receipt_handle: str, body: str, attributes: Mapping[str, str], queue_arn: str
) -> SqsRecord:
    """A message as Lambda's poller hands it to a function."""
    return {
        "messageId": message_id,
        "receiptHandle": receipt_handle,
        "body": body,
        "attributes": dict(attributes),
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
