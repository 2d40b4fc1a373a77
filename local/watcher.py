"""Notifications for an S3 that sends none: by listing, and comparing with the listing before.

Slower than notifications, and what comes and goes between two listings is not seen; but the indexer's work is
defined by what is in the bucket, not by what happened to it.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from local.notifications import SqsRecord, s3_notification, sqs_record
from local.poller import Deliver, Loop
from local.resources import MAX_RECEIVES

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

logger = logging.getLogger(__name__)

_PREFIXES = ("incoming/", "simple/")
_PAGES = ("/index.html", "/index.json")
_BATCH = 100


@dataclass(frozen=True)
class Seen:
    """An object as a listing shows it."""

    etag: str
    modified: datetime
    size: int


Listing = Mapping[str, Seen]


@dataclass(frozen=True)
class _Message:
    """A message in the watcher's own queue."""

    body: str
    receives: int = 1
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: int = field(default_factory=lambda: int(time.time() * 1000))

    def record(self, queue_arn: str) -> SqsRecord:
        attributes = {
            "ApproximateReceiveCount": str(self.receives),
            "SentTimestamp": str(self.sent),
            "SenderId": "LOCAL",
            "ApproximateFirstReceiveTimestamp": str(self.sent),
        }
        return sqs_record(
            message_id=self.id,
            receipt_handle=self.id,
            body=self.body,
            attributes=attributes,
            queue_arn=queue_arn,
        )


class Watcher(Loop):
    """Lists *bucket* every *interval* seconds, and gives *deliver* a notification for each change.

    Of what it finds at first, all of `incoming/` is notified, and one object of each project in `simple/`.
    A message that fails comes again after the next listing, five times at most, as from the queue.
    """

    def __init__(self, s3: S3Client, bucket: str, deliver: Deliver, interval: float = 1.0) -> None:
        super().__init__("watcher", pause=interval)
        self._s3 = s3
        self._bucket = bucket
        self._deliver = deliver
        self._queue_arn = f"arn:aws:sqs:us-east-1:123456789012:{bucket}-watcher"
        self._before: Listing | None = None
        self._waiting: list[_Message] = []

    def turn(self) -> None:
        now = self._list()
        changes = _found(now) if self._before is None else _changes(self._before, now)
        self._waiting += [_Message(self._notification(name, key, now)) for name, key in changes]
        self._before = now
        again: list[_Message] = []
        for start in range(0, len(self._waiting), _BATCH):
            again += self._hand_over(self._waiting[start : start + _BATCH])
        self._waiting = again

    def idle(self) -> bool:
        """Whether the bucket has been listed, and nothing of it waits to be delivered again."""
        return self._before is not None and not self._waiting

    def _list(self) -> Listing:
        pages = self._s3.get_paginator("list_objects_v2")
        return {
            entry["Key"]: Seen(entry["ETag"], entry["LastModified"], entry["Size"])
            for prefix in _PREFIXES
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix)
            for entry in page.get("Contents", [])
        }

    def _notification(self, event_name: str, key: str, listing: Listing) -> str:
        if key not in listing:
            return s3_notification(self._bucket, event_name, key)
        seen = listing[key]
        return s3_notification(self._bucket, event_name, key, size=seen.size, eTag=seen.etag.strip('"'))

    def _hand_over(self, messages: list[_Message]) -> list[_Message]:
        """Deliver a batch; return what must come again."""
        failed_ids = self._deliver([message.record(self._queue_arn) for message in messages])
        failed = [message for message in messages if message.id in failed_ids]
        for message in failed:
            if message.receives >= MAX_RECEIVES:
                logger.error("Given up after %d tries: %s", MAX_RECEIVES, message.body)
        return [replace(m, receives=m.receives + 1) for m in failed if m.receives < MAX_RECEIVES]


def _found(listing: Listing) -> Iterator[tuple[str, str]]:
    projects: dict[str, str] = {}
    for key in sorted(listing):
        if key.startswith("incoming/"):
            yield "ObjectCreated:Put", key
        elif key.count("/") > 1:
            project = key.split("/")[1]
            # A page is told of only if the project has nothing else: its own event may mean nothing.
            if not key.endswith(_PAGES) and projects.get(project, "").endswith(_PAGES):
                projects[project] = key
            projects.setdefault(project, key)
    for key in projects.values():
        yield "ObjectCreated:Put", key


def _changes(before: Listing, now: Listing) -> Iterator[tuple[str, str]]:
    for key, seen in now.items():
        if before.get(key) != seen:
            yield "ObjectCreated:Put", key
    for key in before.keys() - now.keys():
        if not key.startswith("incoming/"):  # nobody is told when an upload goes
            yield "ObjectRemoved:Delete", key
