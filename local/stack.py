"""The local stack put together: S3, notifications, indexer, and CloudFront before the authenticator.

The handlers are those that AWS runs, and find everything where AWS would put it: in the environment and
in the bucket. So this module sets the environment of the whole process, and there is one stack in it.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bcrypt
import boto3
from botocore.exceptions import ClientError, NoCredentialsError

from authenticator.handler import handler as authenticator_handler
from indexer.handler import handler as indexer_handler
from local.access_log import AccessLog
from local.cloudfront import CloudFront
from local.endpoint import check_endpoint, client_config, explained, reach
from local.errors import NoDistributionsError, NotIndexedError, UnwritableLogError
from local.origin import Origin
from local.poller import Delivery, Poller
from local.resources import Names, create_bucket
from local.s3 import EmbeddedS3
from local.server import Server
from local.watcher import Watcher
from simple_index import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Settings", "Stack", "run_stack"]

_REGION = "us-east-1"
_USERNAME = "demo"
#: Seconds. How soon a message that failed comes back; on AWS it is six times the function's timeout.
_VISIBILITY_TIMEOUT = 10
#: Seconds. How long what was published at the start may take to be indexed.
_PATIENCE = 60.0
_KEY = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be chosen. A port of 0 is any free one; no *s3_endpoint* is the embedded S3."""

    port: int = 0
    s3_port: int = 0
    s3_endpoint: str | None = None
    service: str = "serverless-pypi"
    #: Where to write CloudFront's access log; None is nowhere.
    access_log: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running stack."""

    #: Without a credential; it ends in ``/simple/``.
    index_url: str
    s3_endpoint: str
    bucket: str
    #: ``name:password``; None where the bucket had its users already.
    credential: str | None
    s3: S3Client
    indexing: Poller | Watcher
    #: Whether S3 is somebody else's.
    external: bool

    @property
    def index_url_with_credential(self) -> str:
        return self.index_url.replace("://", f"://{self.credential or 'USER:PASSWORD'}@", 1)

    def publish(self, folder: Path) -> list[str]:
        """Upload each distribution in *folder* as a publisher does; their names.

        Raises `NoDistributionsError`.
        """
        found = sorted(path for path in folder.glob("*") if keys.is_distribution(path.name))
        if not found:
            raise NoDistributionsError(folder)
        for path in found:
            self.s3.upload_file(str(path), self.bucket, keys.INCOMING + path.name)
        return [path.name for path in found]

    def wait_until_indexed(self, patience: float = _PATIENCE) -> None:
        """Return once no upload waits and no notification is under way. Raises `NotIndexedError`."""
        deadline = time.monotonic() + patience
        while self._uploads_wait() or not self.indexing.idle():
            if time.monotonic() > deadline:
                raise NotIndexedError(patience)
            time.sleep(0.02)

    def _uploads_wait(self) -> bool:
        answer = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=keys.INCOMING, MaxKeys=1)
        return answer["KeyCount"] > 0


@contextmanager
def run_stack(settings: Settings) -> Iterator[Stack]:
    """A stack that runs until the block ends; nothing of it is left then.

    Raises `LocalStackError`, and `PortUnavailableError` for either port.
    """
    if settings.s3_endpoint is not None:
        check_endpoint(settings.s3_endpoint)
    names = Names(service=settings.service)
    embedded = settings.s3_endpoint is None
    with ExitStack() as running:
        server = running.enter_context(Server(settings.port))
        endpoint = settings.s3_endpoint or running.enter_context(EmbeddedS3(settings.s3_port)).endpoint_url
        index_url = f"{server.url}/simple/"
        _set_environment(endpoint, names, index_url, embedded=embedded)
        with explained(endpoint):
            if not embedded:
                reach(names.bucket)
            s3 = boto3.client("s3", config=client_config())
            indexing = _indexing(s3, names, embedded=embedded)
            credential = _add_user(s3, names.bucket)
        running.enter_context(indexing)
        server.serve(_logged(_cloudfront(endpoint, names), settings.access_log, running))
        yield Stack(
            index_url=index_url,
            s3_endpoint=endpoint,
            bucket=names.bucket,
            credential=credential,
            s3=s3,
            indexing=indexing,
            external=not embedded,
        )


def _logged(application: Any, file: Path | None, running: ExitStack) -> Any:
    if file is None:
        return application
    try:
        return AccessLog(application, running.enter_context(file.open("a", encoding="utf-8")))
    except OSError as error:
        raise UnwritableLogError(file, error) from error


def _set_environment(endpoint: str, names: Names, index_url: str, *, embedded: bool) -> None:
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_REGION": _REGION,
        "BUCKET": names.bucket,
        "INDEX_URL": index_url,
    }
    if embedded:
        os.environ |= _KEY
        os.environ.pop("AWS_SESSION_TOKEN", None)
        return
    # The authenticator reads its key from the environment, as in Lambda; a profile would not reach it.
    with explained(endpoint):
        found = boto3.Session().get_credentials()
        if found is None:
            raise NoCredentialsError
        key = found.get_frozen_credentials()
        os.environ |= {
            "AWS_ACCESS_KEY_ID": key.access_key or "",
            "AWS_SECRET_ACCESS_KEY": key.secret_key or "",
        }
        if key.token:
            os.environ["AWS_SESSION_TOKEN"] = key.token


def _indexing(s3: S3Client, names: Names, *, embedded: bool) -> Poller | Watcher:
    """What tells the indexer of changes: notifications, or a watch over an S3 that sends us none."""
    function_arn = f"arn:aws:lambda:{_REGION}:{names.account}:function:{names.service}-indexer"
    if embedded:
        sqs = boto3.client("sqs", config=client_config())
        resources = create_bucket(s3, sqs, names, visibility_timeout=_VISIBILITY_TIMEOUT)
        os.environ["QUEUE_URL"] = resources.queue_url
        return Poller(sqs, resources.queue_url, indexer_handler, function_arn)
    _create_missing_bucket(s3, names.bucket)
    return Watcher(s3, names.bucket, Delivery(indexer_handler, function_arn))


def _create_missing_bucket(s3: S3Client, bucket: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        s3.create_bucket(Bucket=bucket)


def _add_user(s3: S3Client, bucket: str) -> str | None:
    """Write a password file with one user where there is none; ``name:password``, or None."""
    password = secrets.token_urlsafe(12)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode()
    try:
        s3.put_object(
            Bucket=bucket, Key="auth/htpasswd", Body=f"{_USERNAME}:{hashed}\n".encode(), IfNoneMatch="*"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return None
    return f"{_USERNAME}:{password}"


def _cloudfront(endpoint: str, names: Names) -> CloudFront:
    credentials = boto3.Session().get_credentials()
    assert credentials is not None  # noqa: S101  # _set_environment has put them there
    return CloudFront(
        handler=authenticator_handler,
        context_arn=f"arn:aws:lambda:{_REGION}:{names.account}:function:{names.service}-authenticator:1",
        origin=Origin(endpoint_url=endpoint, bucket=names.bucket, credentials=credentials),
    )
