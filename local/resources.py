"""What `template.yaml` creates and the local stack needs: bucket, queues, notifications."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import QueueConfigurationTypeDef
    from mypy_boto3_sqs.client import SQSClient

MAX_RECEIVES = 5


@dataclass(frozen=True)
class Names:
    """How things are called: by service and account, as the template and the authenticator have it."""

    service: str
    account: str = "123456789012"

    @property
    def bucket(self) -> str:
        return f"{self.service}-{self.account}-us-east-1"

    @property
    def queue(self) -> str:
        return f"{self.service}-indexer"

    @property
    def dead_letter_queue(self) -> str:
        return f"{self.service}-indexer-dead-letters"

    @property
    def queue_arn(self) -> str:
        return f"arn:aws:sqs:us-east-1:{self.account}:{self.queue}"

    @property
    def dead_letter_arn(self) -> str:
        return f"arn:aws:sqs:us-east-1:{self.account}:{self.dead_letter_queue}"


@dataclass(frozen=True)
class Resources:
    """What was created."""

    bucket: str
    queue_url: str
    dead_letter_url: str


def create_bucket(s3: S3Client, sqs: SQSClient, names: Names, *, visibility_timeout: int = 721) -> Resources:
    """Create the bucket, its queues and its notifications; what is there already is brought up to date.

    Each call makes S3 send one more `s3:TestEvent`, as setting notifications does.
    """
    dead_letter_url = sqs.create_queue(QueueName=names.dead_letter_queue)["QueueUrl"]
    queue_url = sqs.create_queue(QueueName=names.queue)["QueueUrl"]
    redrive = {"deadLetterTargetArn": names.dead_letter_arn, "maxReceiveCount": MAX_RECEIVES}
    # Set apart from the creation, which refuses a queue that exists with other attributes.
    sqs.set_queue_attributes(
        QueueUrl=queue_url,
        Attributes={"VisibilityTimeout": str(visibility_timeout), "RedrivePolicy": json.dumps(redrive)},
    )
    s3.create_bucket(Bucket=names.bucket)  # in us-east-1, no error if it is ours already
    s3.put_bucket_versioning(Bucket=names.bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=names.bucket, NotificationConfiguration={"QueueConfigurations": _notifications(names)}
    )
    return Resources(names.bucket, queue_url, dead_letter_url)


def _notifications(names: Names) -> list[QueueConfigurationTypeDef]:
    return [
        {
            "Id": "incoming",
            "QueueArn": names.queue_arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "incoming/"}]}},
        },
        {
            "Id": "simple",
            "QueueArn": names.queue_arn,
            # What the lifecycle expires is not among the ObjectRemoved events.
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "simple/"}]}},
        },
    ]
