"""The S3 endpoint that the stack is given: whether it is one, and what it says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.config import Config

from local.errors import InvalidEndpointError, RefusingS3Error, UnreachableS3Error

__all__ = ["check_endpoint", "client_config", "explained", "reach"]


def check_endpoint(endpoint: str) -> None:
    """Raises `InvalidEndpointError`; what is no URL the SDK would refuse in words about something else."""
    try:
        url = urlsplit(endpoint)
        good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    if not good:
        raise InvalidEndpointError(endpoint)


def reach(bucket: str) -> None:
    """Ask S3 for anything, with less patience than its work may need; whatever it answers will do."""
    client = boto3.client("s3", config=client_config(read_timeout=4))
    try:
        client.head_bucket(Bucket=bucket)
    except exceptions.ClientError:
        """What it refuses will be refused again, and explained."""
    finally:
        client.close()


def client_config(*, read_timeout: float = 60) -> Config:
    return Config(
        connect_timeout=3, read_timeout=read_timeout, retries={"mode": "standard", "total_max_attempts": 2}
    )


@contextmanager
def explained(endpoint: str) -> Iterator[None]:
    """Turn what the SDK raises into a sentence."""
    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise UnreachableS3Error(endpoint) from error
    except exceptions.ClientError as error:
        raise RefusingS3Error(endpoint, error.response["Error"]["Code"]) from error
    except (exceptions.BotoCoreError, ValueError) as error:
        raise RefusingS3Error(endpoint, str(error)) from error
