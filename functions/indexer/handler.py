"""The indexer's entry: a batch of S3 notifications, from SQS."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from indexer.batch import process
from indexer.bucket import Bucket
from indexer.events import Work, work_of
from indexer.telemetry import logger, metrics

__all__ = ["handler"]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Do what the batch asks for; the messages whose work failed are reported, and only those return.

    The event is SQS's, its bodies S3 notifications. The environment names the bucket in ``BUCKET``, the
    queue in ``QUEUE_URL``, and where the index is read in ``INDEX_URL``.
    """
    works = {message["messageId"]: _parse(message["body"]) for message in event["Records"]}
    sound = {message: work for message, work in works.items() if isinstance(work, Work)}
    outcomes = process(
        _connect(),
        list(sound.values()),
        send=_send_to_ourselves,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    errors = dict(zip(sound, outcomes, strict=True))

    def conclude(record: SQSRecord) -> None:
        work = works[record.message_id]
        error = errors[record.message_id] if isinstance(work, Work) else work
        if error is not None:
            raise error

    return process_partial_response(
        event=event,
        record_handler=conclude,
        processor=BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


def _parse(body: str) -> Work | Exception:
    try:
        return work_of(body)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        logger.error("not an S3 notification; the message goes to the dead letters", exc_info=error)
        return error


def _send_to_ourselves(body: str) -> None:
    """Put what is left to do into our own queue."""
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body)


@cache
def _connect() -> Bucket:
    config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=20)
    return Bucket(
        boto3.client("s3", config=config), os.environ["BUCKET"], index_url=os.environ.get("INDEX_URL")
    )
