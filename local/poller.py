"""What stands between a queue and a function: Lambda's event source mapping for SQS.

`Delivery` is one call of the function, and the reading of its answer. `Poller` feeds it from a queue.
Not played: the function's timeout (a call that never returns holds the poller), calls side by side, and the
batching window: a message is handled as soon as it is there.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_context import LambdaContext
from local.notifications import SqsRecord, complete, sqs_record

if TYPE_CHECKING:
    from typing import Self

    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

logger = logging.getLogger(__name__)

# Any: each handler names the part of the context that it reads.
Handler = Callable[[dict[str, Any], Any], Any]
Deliver = Callable[[Sequence[SqsRecord]], set[str]]

_SQS_BATCH = 10
_LONGEST_PAUSE = 30.0


class InvalidResponseError(ValueError):
    """The function's answer is no partial batch response; Lambda then takes the whole batch for failed."""


def failed_message_ids(answer: Any, message_ids: Collection[str]) -> set[str]:
    """Read a partial batch response; nothing at all means that everything succeeded.

    (lambda/dg, services-sqs-errorhandling: "Success and failure conditions".)
    """
    if answer is None or answer == {}:
        return set()
    if not isinstance(answer, dict) or not isinstance(answer.get("batchItemFailures", []), list | None):
        raise InvalidResponseError(f"no partial batch response: {answer!r}")
    failed: set[str] = set()
    for item in answer.get("batchItemFailures") or []:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identifier, str) or identifier not in message_ids:
            raise InvalidResponseError(f"an itemIdentifier names no message of the batch: {item!r}")
        failed.add(identifier)
    return failed


class Delivery:
    """Calls *handler* with a batch of messages, and returns the ids of those that failed."""

    def __init__(self, handler: Handler, function_arn: str, *, timeout_seconds: float = 120) -> None:
        self._handler = handler
        self._function_arn = function_arn
        self._timeout_seconds = timeout_seconds

    def __call__(self, records: Sequence[SqsRecord]) -> set[str]:
        everything = {record["messageId"] for record in records}
        try:
            context = LambdaContext.for_function(self._function_arn, timeout_seconds=self._timeout_seconds)
            # Through JSON both ways, as in Lambda: the event is a copy, and the answer must be serializable.
            event = json.loads(json.dumps({"Records": list(records)}))
            answer = json.loads(json.dumps(self._handler(event, context)))
            failed = failed_message_ids(answer, everything)
        except Exception as exc:
            logger.error("All of %d messages failed: %s: %s", len(records), type(exc).__name__, exc)
            return everything
        if failed:
            logger.warning("%d of %d messages failed.", len(failed), len(records))
        return failed


class Loop(ABC):
    """Takes `turn` after turn in a thread, between `start` and `stop`.

    When AWS cannot be reached it says so once, then tries again at growing intervals.
    """

    def __init__(self, name: str, *, pause: float = 0.0) -> None:
        self._name = name
        self._pause = pause
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def turn(self) -> None:
        """Do what is to be done once."""

    def start(self) -> None:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn under way, and end."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        failures, pause = 0, 0.0
        while not self._stopped.wait(pause):
            try:
                self.turn()
            except (BotoCoreError, ClientError) as exc:
                if failures == 0 and not self._stopped.is_set():
                    logger.error("The %s cannot go on, and keeps trying: %s", self._name, exc)
                pause = min(_LONGEST_PAUSE, 0.5 * 2**failures)
                failures += 1
            else:
                if failures:
                    logger.warning("The %s goes on.", self._name)
                failures, pause = 0, self._pause


class Poller(Loop):
    """Feeds *handler* from the queue at *queue_url*.

    A message that failed stays in the queue, and returns after the queue's visibility timeout.
    `stop` waits for the batch under way, or for a long poll of at most *wait_seconds*.
    """

    def __init__(
        self,
        sqs: SQSClient,
        queue_url: str,
        handler: Handler,
        function_arn: str,
        batch_size: int = 100,
        *,
        wait_seconds: int = 1,
        timeout_seconds: float = 120,
    ) -> None:
        super().__init__("poller")
        self._sqs = sqs
        self._queue_url = queue_url
        self._queue_arn = _queue_arn(queue_url, function_arn)
        self._deliver = Delivery(handler, function_arn, timeout_seconds=timeout_seconds)
        self._batch_size = batch_size
        self._wait_seconds = wait_seconds

    def turn(self) -> None:
        messages = self._receive_batch()
        if not messages:
            return
        failed = self._deliver([self._record(message) for message in messages])
        done = [message["ReceiptHandle"] for message in messages if message["MessageId"] not in failed]
        self._delete(done)

    def idle(self) -> bool:
        """Whether the queue is empty: no message waits, is being handled, or failed and will return."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["All"])
        attributes = answer["Attributes"]
        return (
            attributes["ApproximateNumberOfMessages"] == "0"
            and attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
        )

    def wait_until_idle(self, timeout: float = 30.0) -> None:
        """Wait for `idle`; `TimeoutError` if it takes longer than *timeout* seconds."""
        deadline = time.monotonic() + timeout
        while not self.idle():
            if time.monotonic() > deadline:
                raise TimeoutError(f"The queue is not empty after {timeout:g} s.")
            time.sleep(0.005)

    def _receive_batch(self) -> list[MessageTypeDef]:
        messages = self._receive(_SQS_BATCH, self._wait_seconds)
        # A full answer means that there may be more; then take it, but wait for nothing.
        while messages and len(messages) % _SQS_BATCH == 0 and len(messages) < self._batch_size:
            more = self._receive(min(_SQS_BATCH, self._batch_size - len(messages)), 0)
            if not more:
                break
            messages += more
        return messages

    def _receive(self, count: int, wait_seconds: int) -> list[MessageTypeDef]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(count, self._batch_size),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _record(self, message: MessageTypeDef) -> SqsRecord:
        attributes = {str(name): value for name, value in message["Attributes"].items()}
        return sqs_record(
            message_id=message["MessageId"],
            receipt_handle=message["ReceiptHandle"],
            body=complete(message["Body"], int(attributes["SentTimestamp"])),
            attributes=attributes,
            queue_arn=self._queue_arn,
        )

    def _delete(self, receipt_handles: Sequence[str]) -> None:
        for start in range(0, len(receipt_handles), _SQS_BATCH):
            chunk = receipt_handles[start : start + _SQS_BATCH]
            self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[{"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(chunk)],
            )


def _queue_arn(queue_url: str, function_arn: str) -> str:
    """The ARN that belongs to `…/account/name`, in the function's region."""
    account, name = queue_url.rsplit("/", 2)[1:]
    return f"arn:aws:sqs:{function_arn.split(':')[3]}:{account}:{name}"
