"""The indexer's queue: what is sent to have pages made anew, and whether there is work waiting.

Pages are the indexer's to write. Whoever wants one written asks for it here.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from indexer.events import rebuild_message, reconcile_message
from serverless_pypi.errors import CommandError
from serverless_pypi.index import Index

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

__all__ = ["IndexerQueue", "NoQueueError", "NotSentError"]

#: As many as SQS takes at once.
_BATCH = 10
_TRIES = 3
# What is refused for who we are is explained as such.
_FOR_WHO_WE_ARE = ("AccessDenied", "ExpiredToken", "ClientToken", "UnrecognizedClient", "Signature")


class NoQueueError(CommandError):
    def __init__(self, service: str) -> None:
        super().__init__(
            f"There is no queue '{service}-indexer' here that you may see, so nobody can be asked to write "
            "pages: name the index by --service or --stack. A local stack over another S3 has none; it looks "
            "at every project when it starts."
        )


class NotSentError(CommandError):
    def __init__(self, number: int, reason: str) -> None:
        super().__init__(
            f"The indexer's queue did not take {number} of the messages ({reason}): run the same command "
            "again."
        )


class IndexerQueue:
    """The queue of *index*, found when it is first needed. Then raises `NoQueueError` where there is none."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def find(self) -> None:
        """Raises `NoQueueError` now rather than later."""
        _ = self._url

    def ask_for_rebuild(self, projects: Iterable[NormalizedName]) -> None:
        """Have the pages of *projects* written. Raises `NotSentError`."""
        self._send(rebuild_message(project) for project in projects)

    def ask_for_walk(self, *, after: str = "") -> None:
        """Have everything behind *after* made true, and the project list. Raises `NotSentError`."""
        self._send([reconcile_message(after)])

    def is_idle(self) -> bool | None:
        """Whether nothing waits and nothing is under way; None where nobody can say."""
        try:
            answer = self._index.sqs.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )
        except (NoQueueError, ClientError):
            return None
        return all(int(number) == 0 for number in answer.get("Attributes", {}).values())

    @cached_property
    def _url(self) -> str:
        try:
            return self._index.queue_url
        except ClientError as error:
            if any(part in error.response["Error"]["Code"] for part in _FOR_WHO_WE_ARE):
                raise
            # SQS has its own words for it, and an S3 that is asked for a queue has any.
            raise NoQueueError(self._index.service) from error

    def _send(self, bodies: Iterable[str]) -> None:
        remaining = iter(bodies)
        while batch := list(islice(remaining, _BATCH)):
            self._send_batch(batch)

    def _send_batch(self, bodies: Sequence[str]) -> None:
        reason = ""
        for _ in range(_TRIES):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)
            ]
            answer = self._index.sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = answer.get("Failed", [])
            if not failed:
                return
            bodies = [bodies[int(one["Id"])] for one in failed]
            reason = failed[0].get("Message") or failed[0]["Code"]
        raise NotSentError(len(bodies), reason)
