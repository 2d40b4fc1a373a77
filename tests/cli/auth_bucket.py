"""A bucket of a test's own on the local stack's S3, for what would disturb the users of the others."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import bcrypt
import boto3

from authenticator.htpasswd import parse_htpasswd
from tests.cli.running import COMMAND, Command, stack_environment
from tests.road.road import Finished, Road, clean_environment

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["AuthBucket", "make_auth_bucket"]


@dataclass(frozen=True, kw_only=True)
class AuthBucket:
    """The command of somebody whose environment names this bucket."""

    s3: "S3Client"
    name: str
    command: Command

    @property
    def environment(self) -> dict[str, str]:
        return {"SERVERLESS_PYPI_BUCKET": self.name}

    def __call__(self, *arguments: str | Path, typed: str = "", **environment: str) -> Finished:
        return self.command(*arguments, typed=typed, **{**self.environment, **environment})

    def ok(self, *arguments: str | Path, typed: str = "", **environment: str) -> str:
        return self.command.ok(*arguments, typed=typed, **{**self.environment, **environment})

    def fails(self, *arguments: str | Path, code: int = 1, typed: str = "", **environment: str) -> str:
        return self.command.fails(*arguments, code=code, typed=typed, **{**self.environment, **environment})

    def read_json(self, *arguments: str | Path) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    def full_environment(self, **environment: str) -> dict[str, str]:
        """Of a process that is started in another way."""
        stack = stack_environment(self.command.road)
        return clean_environment(self.command.home, **{**stack, **self.environment, **environment})

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """The command, going on by itself."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self.full_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def put(self, key: str, content: str) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=content.encode())

    def read(self, key: str) -> str:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read().decode()

    @property
    def htpasswd(self) -> str:
        return self.read("auth/htpasswd")

    @property
    def hashes(self) -> Mapping[str, str]:
        """As the authenticator reads them."""
        return parse_htpasswd(self.htpasswd.encode()).hashes

    def lets_in(self, name: str, password: str) -> bool:
        """Whether the authenticator would find the password right."""
        return bcrypt.checkpw(password.encode(), self.hashes[name].encode())


@contextmanager
def make_auth_bucket(road: Road, home: Path) -> Iterator[AuthBucket]:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=road.s3_endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    name = f"auth-{uuid4()}"
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield AuthBucket(s3=client, name=name, command=Command(road=road, home=home))
    client.close()
