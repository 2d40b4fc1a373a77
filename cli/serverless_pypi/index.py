"""Which index is meant: its bucket, its queue and its URL, found from its name.

Names are a convention of the template: the bucket is ``SERVICE-ACCOUNT-us-east-1``, the queue
``SERVICE-indexer``.
"""

import argparse
import gzip
import threading
import zlib
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from serverless_pypi.errors import CommandError, NoBucketError, NoIndexUrlError, UnreadablePageError
from serverless_pypi.store import Store
from simple_index import keys, memory
from simple_index.errors import InvalidPageError
from simple_index.model import ProjectDetail

if TYPE_CHECKING:
    from typing import Self

    from botocore.model import OperationModel
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

__all__ = ["Credential", "Index", "Page", "split_credential"]

# The bucket and its queue are there, whatever the account calls its home.
_REGION = "us-east-1"
#: As many as anybody uploads or reads at once.
_CONNECTIONS = 64

Credential = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A project's page, as the indexer wrote it last; each writing has another ETag."""

    detail: ProjectDetail
    etag: str


class Index:
    """An index by its names. What is asked of AWS to find it is asked when it is needed, and once."""

    def __init__(
        self,
        *,
        service: str,
        stack: str | None = None,
        bucket: str | None = None,
        index_url: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self.service = service
        self._stack = stack
        self._bucket = bucket
        self._index_url = index_url
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._making = threading.Lock()

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Self":
        """The index that the options of `options.add_parser` name."""
        return cls(
            service=arguments.service,
            stack=arguments.stack,
            bucket=arguments.bucket,
            index_url=arguments.index_url,
            profile=arguments.profile,
            endpoint_url=arguments.endpoint_url,
        )

    @property
    def store(self) -> Store:
        """The bucket, for any thread. Raises `NoBucketError` where there is none of that name."""
        with self._making:  # boto3 does not bear two threads that make a client at once
            return self._store

    @cached_property
    def _store(self) -> Store:
        try:
            self.s3.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                raise NoBucketError(self.bucket) from None
            # A publisher may not ask that; what else is refused will be refused again, and explained: a HEAD
            # has no body, and says of an expired token no more than 400.
            if error.response["Error"]["Code"] not in ("400", "403", "AccessDenied"):
                raise
        return Store(self.s3, self.bucket)

    @cached_property
    def bucket(self) -> str:
        if self._bucket is not None:
            return self._bucket
        if self._stack is not None:
            return self._output("BucketName")
        return f"{self.service}-{self._account}-{_REGION}"

    @cached_property
    def queue_url(self) -> str:
        """The indexer's queue."""
        if self._stack is not None:
            return self._output("IndexerQueueUrl")
        return self.sqs.get_queue_url(QueueName=f"{self.service}-indexer")["QueueUrl"]

    @cached_property
    def url(self) -> str:
        """The index URL, without a credential; it ends in a slash. Raises `NoIndexUrlError`."""
        return split_credential(self._index_url or self._output("IndexUrl"))[0]

    @cached_property
    def credential(self) -> Credential | None:
        """The one that was given within the index URL, if any."""
        return split_credential(self._index_url)[1] if self._index_url else None

    @cached_property
    def s3(self) -> "S3Client":
        client = self._session.client("s3", **self._options)
        if self._bucket is None and self._stack is None:
            client.meta.events.register("before-parameter-build.s3", partial(_name_owner, self._account))
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", **self._options)

    def page(self, project: NormalizedName, *, denied_is_missing: bool = False) -> Page | None:
        """The project's page; None where there is none. Raises `UnreadablePageError`."""
        key = keys.detail_json(project)
        stored = self.store.read(key, denied_is_missing=denied_is_missing)
        if stored is None:
            return None
        try:
            detail, _ = memory.parse_detail(gzip.decompress(stored.body))
        except (InvalidPageError, OSError, EOFError, zlib.error):
            raise UnreadablePageError(key) from None
        return Page(detail=detail, etag=stored.etag)

    @cached_property
    def _account(self) -> str:
        account: str = self._session.client("sts", **self._options).get_caller_identity()["Account"]
        return account

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(profile_name=self._profile, region_name=_REGION)

    @property
    def _options(self) -> dict[str, Any]:
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            max_pool_connections=_CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": 4},
        )
        return {"config": config, "endpoint_url": self._endpoint_url}

    def _output(self, name: str) -> str:
        outputs = self._outputs
        if name not in outputs and name == "IndexUrl":
            raise NoIndexUrlError(self._stack or self.service)
        if name not in outputs:
            raise CommandError(
                f"No stack {self._stack!r} of an index can be seen: check --stack and --profile."
            )
        return outputs[name]

    @cached_property
    def _outputs(self) -> dict[str, str]:
        """The outputs of the stack; none where there is no such stack, or we may not look."""
        client = self._session.client("cloudformation", **self._options)
        try:
            (stack,) = client.describe_stacks(StackName=self._stack or self.service)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ValidationError", "AccessDenied"):
                raise
            return {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _name_owner(account: str, params: dict[str, Any], model: "OperationModel", **_: object) -> None:
    """Have S3 refuse the request where the bucket is somebody else's: anybody could take a name that follows
    from ours, before the stack is there or after it was deleted, and would be given what is published."""
    if model.input_shape is not None and "ExpectedBucketOwner" in model.input_shape.members:
        params["ExpectedBucketOwner"] = account


def split_credential(index_url: str) -> tuple[str, Credential | None]:
    """*index_url* without the credential in it, and that. Raises `CommandError` for what is no such URL."""
    try:
        parts = urlsplit(index_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise CommandError("The index URL is no URL: write it as https://HOST/simple/, with --index-url.")
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/", "", ""))
    if parts.username is None:
        return url, None
    return url, (unquote(parts.username), unquote(parts.password or ""))
