"""Where an S3 implementation answers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Endpoint"]

REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    name: str
    url: str
    access_key: str
    secret_key: str

    def connect(self) -> "S3Client":
        """A client of its own, as another function would have. To be closed."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16),
        )
