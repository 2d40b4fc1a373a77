"""An index whose indexer stands still, unless a test has it work: so what drifted stays as it is."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from packaging.utils import NormalizedName

from indexer.batch import process
from indexer.bucket import Bucket
from indexer.events import Work
from indexer.rebuild import pages_of
from local.s3 import EmbeddedS3
from simple_index.model import ProjectDetail
from tests.cli.running import run_command
from tests.distributions import make_wheel, wheel_name
from tests.road.road import Finished

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

__all__ = ["INDEX_URL", "StillIndex", "serve_still_index"]

INDEX_URL = "https://index.example/simple/"
_KEY = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}


@dataclass(frozen=True, kw_only=True)
class StillIndex:
    """Its bucket and its queue, by the names that the template gives them."""

    service: str
    endpoint_url: str
    s3: "S3Client"
    sqs: "SQSClient"
    bucket: Bucket
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "SERVERLESS_PYPI_SERVICE": self.service,
            "SERVERLESS_PYPI_INDEX_URL": INDEX_URL,
        }

    def run(self, *arguments: str, **environment: str) -> Finished:
        return run_command(self.home, *arguments, **{**self.environment, **environment})

    def publish(self, *projects: str, version: str = "1") -> None:
        """A wheel of each, filed and listed."""
        uploads = set()
        for project in projects:
            key = f"incoming/{wheel_name(project, version)}"
            self.put(key, make_wheel(project, version))
            uploads.add(key)
        self.work(Work(uploads=frozenset(uploads)))

    def rebuild(self, *projects: str) -> None:
        self.work(Work(projects=frozenset(map(NormalizedName, projects))))

    def work(self, work: Work) -> None:
        (error,) = process(self.bucket, [work], send=lambda _: None)
        assert error is None

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket.name, Key=key, Body=body)

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket.name, Key=key)

    def read_json(self, key: str) -> Any:
        body = self.s3.get_object(Bucket=self.bucket.name, Key=key)["Body"].read()
        return json.loads(gzip.decompress(body))

    def falsify(self, project: str, **fields: Any) -> None:
        """Have the pages of *project* say *fields* of each file, as if the indexer had written that."""
        pages = pages_of(NormalizedName(project))
        reading = pages.read(self.bucket, trust_memory=True)
        assert reading.content is not None
        files = tuple(replace(file, **fields) for file in reading.content.files)
        detail: ProjectDetail = replace(reading.content, files=files)
        pages.write(self.bucket, detail, over=reading)

    def messages(self) -> list[Any]:
        """What was sent to the queue since the last time."""
        url = self.sqs.get_queue_url(QueueName=f"{self.service}-indexer")["QueueUrl"]
        bodies = []
        while received := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in received:
                bodies.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies


@contextmanager
def serve_still_index(home: Path, service: str, *, queue: bool = True) -> Iterator[StillIndex]:
    """Serve one until the block ends."""
    with EmbeddedS3() as embedded:
        s3 = boto3.client("s3", endpoint_url=embedded.endpoint_url, **_KEY)
        sqs = boto3.client("sqs", endpoint_url=embedded.endpoint_url, **_KEY)
        name = f"{service}-123456789012-us-east-1"
        s3.create_bucket(Bucket=name)
        if queue:
            sqs.create_queue(QueueName=f"{service}-indexer")
        try:
            yield StillIndex(
                service=service,
                endpoint_url=embedded.endpoint_url,
                s3=s3,
                sqs=sqs,
                bucket=Bucket(s3, name, index_url=INDEX_URL),
                home=home,
            )
        finally:
            s3.close()
            sqs.close()
