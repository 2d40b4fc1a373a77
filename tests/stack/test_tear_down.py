"""docs/tear-down.sh, run as it is, with the real AWS CLI, on an account that moto plays.

moto makes the half of the template that `test_created` makes, and keeps what is to be kept. The function,
which it would not replicate, is put beside it, and refuses to go as often as a test says.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from tests.s3.processes import free_ports, running, wait_until
from tests.stack.synthesized import Stack
from tests.stack.test_created import half

SERVICE, REGION = "acme", "eu-west-1"
BUCKET = f"{SERVICE}-123456789012-us-east-1"
FUNCTION, LOGS = f"{SERVICE}-authenticator", f"/{SERVICE}/authenticator"
#: EX_TEMPFAIL.
LATER = 75

# In Lambda's words. How often, stands in a file.
_START = """
import sys
from pathlib import Path
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend
from moto.server import main

delete, replicas = LambdaBackend.delete_function, Path(sys.argv[2])

def refuse_or_delete(self, function_name, qualifier=None):
    left = int(replicas.read_text())
    if left:
        replicas.write_text(str(left - 1))
        raise InvalidParameterValueException(
            f"Lambda was unable to delete {function_name} because it is a replicated function. Please see "
            "our documentation for Deleting Lambda@Edge Functions and Replicas."
        )
    return delete(self, function_name, qualifier)

LambdaBackend.delete_function = refuse_or_delete
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


class Account:
    """With one index in it."""

    def __init__(self, url: str, replicas: Path) -> None:
        self.url = url
        self._replicas = replicas
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "us-east-1") -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.url,
                region_name=region,
                aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="any",
            )
        return self._clients[service, region]

    def replicate(self, times: int) -> None:
        """So often the function's deletion is refused."""
        self._replicas.write_text(str(times))

    @property
    def roles(self) -> list[str]:
        """Of the stack, by their logical names."""
        names = [one["RoleName"] for one in self.client("iam").list_roles()["Roles"]]
        return [name.split("-")[1] for name in names if name.startswith(f"{SERVICE}-")]

    @property
    def functions(self) -> list[str]:
        return [one["FunctionName"] for one in self.client("lambda").list_functions()["Functions"]]

    @property
    def buckets(self) -> list[str]:
        return [one["Name"] for one in self.client("s3").list_buckets()["Buckets"]]

    @property
    def stacks(self) -> list[str]:
        return [one["StackName"] for one in self.client("cloudformation").describe_stacks()["Stacks"]]

    def attach(self, name: str) -> str:
        """Somebody outside of the stack has this policy of it; its ARN."""
        iam = self.client("iam")
        (arn,) = [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"] if name in one["Arn"]]
        iam.create_user(UserName="release")
        iam.attach_user_policy(UserName="release", PolicyArn=arn)
        trusting = json.dumps({"Version": "2012-10-17", "Statement": []})
        iam.create_role(RoleName="jobs-of-ours", AssumeRolePolicyDocument=trusting)
        iam.attach_role_policy(RoleName="jobs-of-ours", PolicyArn=arn)
        return str(arn)

    def versions(self) -> int:
        """Of the bucket's objects, delete markers among them."""
        found = self.client("s3").list_object_versions(Bucket=BUCKET)
        return len(found["Versions"]) + len(found["DeleteMarkers"])

    def logs(self, region: str) -> list[str]:
        return [one["logGroupName"] for one in self.client("logs", region).describe_log_groups()["logGroups"]]

    def deploy(self, template: Any, *, stack: str = SERVICE) -> None:
        """What a deployment leaves in the account."""
        parameters = [{"ParameterKey": "ServiceName", "ParameterValue": SERVICE}]
        body = json.dumps(half(template)).replace('"RetainExceptOnCreate"', '"Retain"')  # moto knows no other
        self.client("cloudformation").create_stack(
            StackName=stack, TemplateBody=body, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
        )
        (role,) = [
            one for one in self.client("iam").list_roles()["Roles"] if "AuthenticatorRole" in one["RoleName"]
        ]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", "")
        (made,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        self.client("lambda").create_function(
            FunctionName=FUNCTION,
            Runtime="python3.13",
            Handler="handler.handler",
            Role=role["Arn"],
            Code={"ZipFile": code.getvalue()},
            Tags={"aws:cloudformation:stack-id": made["StackId"]},
        )
        self.client("logs", REGION).create_log_group(logGroupName=LOGS)

    def fill(self) -> None:
        """Two versions, and a delete marker."""
        s3 = self.client("s3")
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for body in (b"old", b"new"):
            s3.put_object(Bucket=BUCKET, Key="simple/acme/acme-1.0.tar.gz", Body=body)
        s3.delete_object(Bucket=BUCKET, Key="simple/acme/acme-1.0.tar.gz")

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    (port,) = free_ports(1)
    folder = tmp_path_factory.mktemp("cloud")
    url, log, replicas = f"http://127.0.0.1:{port}", folder / "moto.log", folder / "replicas"
    command = (sys.executable, "-c", _START, str(port), str(replicas))
    with ExitStack() as ends:
        program = ends.enter_context(running(command, log=log, environment=dict(os.environ)))
        wait_until(lambda: answers(url), program, name="moto", log=log)
        account = Account(url, replicas)
        ends.callback(account.close)
        yield account


@pytest.fixture
def account(cloud: Account) -> Account:
    """With a bucket in it, as a stack leaves it behind."""
    httpx.post(f"{cloud.url}/moto-api/reset", trust_env=False).raise_for_status()
    cloud.replicate(0)
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    cloud.fill()
    return cloud


@pytest.fixture
def deployed(cloud: Account, stack: Stack) -> Account:
    """With all of an index in it."""
    httpx.post(f"{cloud.url}/moto-api/reset", trust_env=False).raise_for_status()
    cloud.replicate(0)
    cloud.deploy(stack["deployed"])
    cloud.fill()
    return cloud


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/moto-api/data.json", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def tear_down(cloud: Account, repository: Path, tmp_path: Path) -> Run:
    """Runs the script in a folder of its own; *typed* is what somebody types."""
    folder = tmp_path / "here"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = kept | {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_MAX_ATTEMPTS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def run(*arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [repository / "docs" / "tear-down.sh", SERVICE, "--regions", REGION, *arguments],
            cwd=folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def test_all_goes_but_the_bucket(deployed: Account, tear_down: Run) -> None:
    """The replicated function, too, at a later try of the same run."""
    deployed.replicate(2)
    policy = deployed.attach("PublisherPolicy")
    done = tear_down("--tries", "3", "--wait", "0")
    assert (done.returncode, done.stderr) == (0, "")
    held = deployed.client("iam").list_entities_for_policy(PolicyArn=policy)
    assert (held["PolicyRoles"], held["PolicyUsers"]) == ([], [])  # else AWS refuses to delete it
    assert (deployed.stacks, deployed.functions, deployed.roles) == ([], [], [])
    assert deployed.logs(REGION) == []
    assert (deployed.buckets, deployed.versions()) == ([BUCKET], 3)
    assert f"The bucket {BUCKET} stays" in done.stdout


def test_it_goes_on_where_it_stopped(deployed: Account, tear_down: Run) -> None:
    """While there are replicas it says so, and leaves the role, which it remembers."""
    deployed.replicate(1)
    first = tear_down("--tries", "1")
    assert first.returncode == LATER
    assert first.stderr.startswith(
        f"tear-down: CloudFront still holds replicas of {FUNCTION}. Run this again"
    )
    assert (deployed.stacks, deployed.functions, deployed.roles) == ([], [FUNCTION], ["AuthenticatorRole"])
    assert deployed.logs(REGION) == [LOGS]
    deployed.client("lambda").delete_function(FunctionName=FUNCTION)
    second = tear_down()
    assert (second.returncode, second.stderr) == (0, "")
    assert (deployed.roles, deployed.logs(REGION)) == ([], [])


@pytest.mark.parametrize("typed", ["", "yes\n", f"{BUCKET}\n".upper()])
def test_the_bucket_stays_unless_its_name_is_typed(account: Account, tear_down: Run, typed: str) -> None:
    """To be asked is not enough; and where all else is gone already, there is nothing to do."""
    done = tear_down("--delete-bucket", typed=typed)
    assert (done.returncode, done.stderr) == (1, f"tear-down: that is not {BUCKET}; it stays as it is.\n")
    assert account.versions() == 3


def test_the_bucket_goes_with_all_its_versions(account: Account, tear_down: Run) -> None:
    """When it is asked for, and its name is typed."""
    done = tear_down("--delete-bucket", typed=f"{BUCKET}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert account.buckets == []


def test_another_stack_is_left_alone(account: Account, tear_down: Run) -> None:
    """Of which it is told by mistake."""
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    account.client("cloudformation").create_stack(StackName="other", TemplateBody=body)
    done = tear_down("--stack", "other")
    assert done.returncode == 1
    assert done.stderr == f"tear-down: the stack other is not the index {SERVICE} but something else.\n"
    assert account.stacks == ["other"]


def test_the_logs_of_cloudfront_go_by_what_is_noted(account: Account, tear_down: Run, tmp_path: Path) -> None:
    """Their name has the distribution in it, which is gone by then."""
    (tmp_path / "here" / f"tear-down-{SERVICE}.txt").write_text("DistributionId\tE2EXAMPLE\n")
    for name in ("E2EXAMPLE", "E3EXAMPLE"):
        logs = account.client("logs", REGION)
        logs.create_log_group(logGroupName=f"/aws/cloudfront/LambdaEdge/{name}")
    assert tear_down().returncode == 0
    assert account.logs(REGION) == ["/aws/cloudfront/LambdaEdge/E3EXAMPLE"]


def test_an_index_that_is_served_is_left_alone(cloud: Account, tear_down: Run, stack: Stack) -> None:
    """Its stack has another name, which it is to be told: till then, no function is deleted."""
    httpx.post(f"{cloud.url}/moto-api/reset", trust_env=False).raise_for_status()
    cloud.replicate(0)
    cloud.deploy(stack["deployed"], stack="pypi")
    done = tear_down()
    assert done.returncode == 1
    assert done.stderr == (f"tear-down: {FUNCTION} is of the stack pypi, which is there: say --stack pypi.\n")
    assert (cloud.stacks, cloud.functions, cloud.logs(REGION)) == (["pypi"], [FUNCTION], [LOGS])
    assert tear_down("--stack", "pypi").returncode == 0
    assert (cloud.stacks, cloud.functions, cloud.logs(REGION)) == ([], [], [])


def test_a_region_that_is_closed_does_not_end_it(deployed: Account, tear_down: Run) -> None:
    """Its logs are told, and those of the others go; so does all else."""
    done = tear_down("--regions", f"no/where {REGION}", "--delete-bucket", typed=f"{BUCKET}\n")
    assert done.returncode == 0
    assert "no/where" in done.stderr
    assert f"Could not look for these logs: no/where: {LOGS};" in done.stdout
    assert (deployed.logs(REGION), deployed.buckets) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--empty"], "there is no option --empty; see --help."),
        (["--tries"], "--tries takes a value; see --help."),
        (["--tries", "many"], "--tries and --wait take numbers."),
        (["bolt"], f"one index at a time: {SERVICE}, or bolt?"),
    ],
)
def test_what_it_does_not_understand_it_refuses(tear_down: Run, arguments: list[str], said: str) -> None:
    """Before it does anything."""
    done = tear_down(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"tear-down: {said}\n")
