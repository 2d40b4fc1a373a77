"""A bucket, an origin that reads it, and a viewer of the CloudFront before it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from local.cloudfront import CloudFront
from local.origin import Origin

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARN = "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.demo-authenticator:7"
CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret that opens nothing")


@dataclass(frozen=True)
class Bucket:
    name: str
    endpoint_url: str
    s3: S3Client

    def put(self, key: str, body: bytes, **properties: Any) -> str:
        """Put an object, and return its ETag."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=body, **properties)["ETag"]

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.name, Key=key)


def pass_on(event: dict[str, Any], context: object) -> object:
    """A handler that lets every request through as it came."""
    return event["Records"][0]["cf"]["request"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint_url: str) -> Iterator[Bucket]:
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="a secret that opens nothing",
    )
    name = f"demo-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    yield Bucket(name, endpoint_url, s3)
    s3.close()


@pytest.fixture
async def origin(bucket: Bucket) -> AsyncIterator[Origin]:
    origin = Origin(endpoint_url=bucket.endpoint_url, bucket=bucket.name, credentials=CREDENTIALS)
    yield origin
    await origin.aclose()


def view(app: Any) -> httpx.AsyncClient:
    """A viewer of *app* that takes no compression, unless it says so."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("203.0.113.178", 50000)),
        base_url="http://index.example",
        headers={"accept-encoding": "identity"},
    )


@pytest.fixture
def viewer_of(origin: Origin) -> Callable[..., httpx.AsyncClient]:
    """A viewer of a new CloudFront, with any handler, before the bucket."""

    def make(handler: Any = pass_on, **settings: Any) -> httpx.AsyncClient:
        return view(CloudFront(handler=handler, context_arn=ARN, **{"origin": origin, **settings}))

    return make


@pytest.fixture
def viewer(viewer_of: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    """A viewer whose every request is let through."""
    return viewer_of()
