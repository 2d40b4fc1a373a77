"""An S3 bucket that another index was served from: s3pypi's, pypiprivate's, or any folder of files."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from serverless_pypi.printable import printable
from serverless_pypi.sources.errors import NoSourceError, UnavailableError
from serverless_pypi.sources.intake import BLOCK, spool
from serverless_pypi.sources.offers import Check, Fetched, Offered, Stray
from serverless_pypi.sources.trees import Leaf

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["BucketTree", "connect"]

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_TRIES = 4
# Who signs in wrongly, or to no bucket, is told once and not for each object.
_HOPELESS = ("NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")


def connect(*, profile: str | None, endpoint_url: str | None, connections: int) -> "S3Client":
    """A client of the source's S3, whose region is that of the profile; another one is found by itself."""
    session = boto3.Session(profile_name=profile)
    return session.client(
        "s3",
        region_name=session.region_name or "us-east-1",
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=5,
            read_timeout=60,
            max_pool_connections=connections,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
        ),
    )


class BucketTree:
    """A `Tree` in S3. Its files pass through this machine: their bytes have to be looked at."""

    local = False

    def __init__(self, url: str, client: "S3Client", *, check: Check) -> None:
        match = _URL.fullmatch(url)
        if match is None:
            raise NoSourceError(f"{url!r} is no bucket: write it as s3://BUCKET or s3://BUCKET/PREFIX.")
        self.name = printable(url)
        self._bucket = match[1]
        self._prefix = f"{match[2].rstrip('/')}/" if match[2] else ""
        self._client = client
        self._check = check

    def walk(self) -> Iterator[Leaf | Stray]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        try:
            for page in pages:
                self._check()
                for entry in page.get("Contents", []):
                    yield Leaf(
                        path=entry["Key"].removeprefix(self._prefix),
                        size=entry["Size"],
                        upload_time=entry["LastModified"],
                    )
        except ClientError as error:
            if _code(error) != "NoSuchBucket":
                raise
            raise NoSourceError(
                f"There is no bucket {self._bucket!r} here: check its name, --source-profile and "
                "--source-endpoint-url."
            ) from None

    def read(self, path: str, most: int) -> bytes:
        try:
            answer = self._get(path)
            with closing(answer["Body"]) as body:
                content: bytes = body.read(most)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(path, error) from None
        return content

    @contextmanager
    def fetch(self, offered: Offered) -> Iterator[Fetched]:
        with spool(offered) as spooled:
            for left in reversed(range(_TRIES)):
                try:
                    answer = self._get(offered.where)
                    with closing(answer["Body"]) as body:
                        for block in body.iter_chunks(BLOCK):
                            self._check()
                            spooled.add(block)
                    break
                except BotoCoreError as error:  # the connection broke, as far as retries go
                    if not left:
                        raise _unavailable(offered.where, error) from None
                    spooled.restart()
                except ClientError as error:
                    raise _unavailable(offered.where, error) from None
            yield spooled.intake.finish(spooled.file, upload_time=None)

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str) -> Any:
        return self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)


def _unavailable(path: str, error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, ClientError) and _code(error) in _HOPELESS:
        return error
    reason = _code(error) if isinstance(error, ClientError) else str(error)
    return UnavailableError(
        f"{path!r} cannot be read from S3 ({reason}): see that you may, and import again."
    )


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
