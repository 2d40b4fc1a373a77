"""An AWS account that asks who may: moto's server, with its enforcement of IAM.

It judges identities, actions and resources. It does not judge conditions, NotResource, the source of a copy,
and nobody's trust; those are for tests of the template.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.s3.processes import free_ports, running, wait_until

__all__ = ["GuardedAccount", "Session", "open_account"]

# moto asks each service which resource is meant; CloudWatch Logs does not say. In this form IAM judges it.
_START = """
import sys
from moto.logs.responses import LogsResponse
from moto.server import main

def name(self):
    group, stream = self._get_param("logGroupName"), self._get_param("logStreamName") or ""
    return f"arn:aws:logs:{self.region}:{self.current_account}:log-group:{group}:log-stream:{stream}"

LogsResponse._determine_resource = name
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""
_TRUST = {"Version": "2012-10-17", "Statement": []}
_REFUSED = ("403", "AccessDenied", "AccessDeniedException")


class Session:
    """Clients with one principal's keys."""

    def __init__(self, url: str, **keys: str) -> None:
        self._url = url
        self._keys = keys
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "us-east-1") -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,  # type: ignore[call-overload]
                region_name=region,
                endpoint_url=self._url,
                # A refusal is final, and a body of one piece is what moto can hold against a signature.
                config=Config(
                    retries={"total_max_attempts": 1}, request_checksum_calculation="when_required"
                ),
                **self._keys,
            )
        return self._clients[service, region]

    @property
    def environment(self) -> dict[str, str]:
        """What makes this principal of an AWS client that is run as a process."""
        return {
            "AWS_ENDPOINT_URL": self._url,
            **{name.upper(): value for name, value in self._keys.items()},
        }

    def may(self, service: str, operation: str, *, region: str = "us-east-1", **parameters: Any) -> bool:
        """Whether it is let do that. What goes wrong afterwards is another matter."""
        try:
            getattr(self.client(service, region), operation)(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"] not in _REFUSED
        return True

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


class GuardedAccount:
    """Principals are put into it, and then it is guarded, for good."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.root = Session(url, aws_access_key_id="AKIAROOT", aws_secret_access_key="root")
        self._sessions = [self.root]

    def add(self, name: str, documents: list[Any]) -> Session:
        """A session of a new role with these policies."""
        iam = self.root.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
        for number, document in enumerate(documents):
            policy = {"PolicyName": f"policy-{number}", "PolicyDocument": json.dumps(document)}
            iam.put_role_policy(RoleName=name, **policy)
        role = f"arn:aws:iam::123456789012:role/{name}"
        keys = self.root.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        session = Session(
            self._url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        self._sessions.append(session)
        return session

    def guard(self) -> None:
        """From now on only those with a right to it do anything."""
        headers = {"Content-Type": "text/plain"}
        url = f"{self._url}/moto-api/reset-auth"
        httpx.post(url, content="0", headers=headers, trust_env=False).raise_for_status()

    def close(self) -> None:
        for session in self._sessions:
            session.close()


@contextmanager
def open_account(folder: Path) -> Iterator[GuardedAccount]:
    """Until the block ends; *folder* gets its log. Not guarded yet."""
    (port,) = free_ports(1)
    url, log = f"http://127.0.0.1:{port}", folder / "account.log"
    command = (sys.executable, "-c", _START, str(port))
    with running(command, log=log, environment=dict(os.environ)) as program:
        wait_until(lambda: _answers(url), program, name="moto", log=log)
        account = GuardedAccount(url)
        try:
            yield account
        finally:
            account.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/moto-api/data.json", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
