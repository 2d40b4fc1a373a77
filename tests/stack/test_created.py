"""The half of the template that is neither Lambda nor CloudFront, really created, on LocalStack.

With each set of parameters in samconfig.toml. Then a file is put into the bucket that CloudFormation has
made; its notification reaches the queue, and drives the built indexer from its own zip and layer.
`make test-s3` sets LocalStack up.
"""

import gzip
import json
import os
import re
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.distributions import make_wheel, wheel_name
from tests.s3.endpoints import Endpoint
from tests.s3.localstack import run_localstack
from tests.stack.environments import read_function, start, unpack
from tests.stack.policies import Deployment

pytestmark = pytest.mark.skipif(
    "localstack" not in os.environ.get("S3_SERVERS", ""),
    reason="`make test-s3` sets LocalStack up",
)

#: What LocalStack makes.
MADE = (
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
)
#: In place of what it does not make, wherever its name or an attribute is asked for.
ABSENT = "not-made-here"
#: A bucket that is there before the stack.
REPLICA = "replica-of-the-index"
#: Seconds.
_TO_CREATE, _TO_ARRIVE = 60, 30


def half(template: Mapping[str, Any]) -> dict[str, Any]:
    """What of *template* is in `MADE`, with nothing in it that names the rest."""
    made = {name: said for name, said in template["Resources"].items() if said["Type"] in MADE}
    missing = template["Resources"].keys() - made.keys()
    kept = {key: template[key] for key in ("Parameters", "Conditions", "Mappings") if key in template}
    outputs = {
        name: said
        for name, said in template["Outputs"].items()
        if said.get("Condition") in (None, "LimitsPublishers") and without(said, missing) == said
    }
    return kept | {"Resources": without(made, missing), "Outputs": outputs}


def without(value: Any, missing: set[str]) -> Any:
    """*value*, with `ABSENT` for each reference to what is *missing*."""
    match value:
        case {"Ref": str() as name} if name in missing:
            return ABSENT
        case {"Fn::GetAtt": [name, *_]} if name in missing:
            return ABSENT
        case {"Fn::GetAtt": str() as name} if name.partition(".")[0] in missing:
            return ABSENT
        case {"Fn::Sub": str() as text}:
            names = "|".join(map(re.escape, missing))
            return {"Fn::Sub": re.sub(rf"\$\{{({names})(\.\w+)*\}}", ABSENT, text)}
        case dict():
            return {key: without(each, missing) for key, each in value.items()}
        case list():
            return [without(each, missing) for each in value]
        case _:
            return value


def parameter_sets() -> dict[str, dict[str, str]]:
    """What samconfig.toml deploys with, by the name of each environment, and one with what none has."""
    config = tomllib.loads((Path(__file__).parents[2] / "samconfig.toml").read_text())
    found = {}
    for name, commands in config.items():
        if isinstance(commands, dict) and "deploy" in commands:
            said = commands["deploy"]["parameters"].get("parameter_overrides", [])
            lines = said if isinstance(said, list) else said.split()
            found[name] = dict(line.replace('"', "").split("=", 1) for line in lines)
    ci = found["default"] | {"CiProvider": "GitHub", "CiSubjects": "repo:acme/*"}
    return found | {"ci": ci, "limited": ci | {"PublisherProjects": "acme-*", "ReplicaBucket": REPLICA}}


class Cloud:
    """An account in LocalStack, with one stack in it."""

    def __init__(self, endpoint: Endpoint, account: str) -> None:
        self.url = endpoint.url
        self.account = account
        self.outputs: dict[str, str] = {}
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            # The account is told by the key.
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.url,
                region_name="us-east-1",
                aws_access_key_id=self.account,
                aws_secret_access_key="any",
            )
        return self._clients[service]

    def create(self, template: Any, parameters: Mapping[str, str]) -> None:
        """Create the stack."""
        stacks = self.client("cloudformation")
        stacks.create_stack(
            StackName="stack",
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        (stack,) = until(
            lambda: stacks.describe_stacks(StackName="stack")["Stacks"],
            lambda found: not found[0]["StackStatus"].endswith("_IN_PROGRESS"),
            seconds=_TO_CREATE,
        )
        events = stacks.describe_stack_events(StackName="stack")["StackEvents"]
        failures = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        assert (stack["StackStatus"], failures) == ("CREATE_COMPLETE", [])
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def until(ask: Callable[[], Any], is_enough: Callable[[Any], bool], *, seconds: float) -> Any:
    """The first answer that is enough; the last one, if none was in time."""
    deadline = time.monotonic() + seconds
    while not is_enough(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Endpoint]:
    venv = Path(os.environ.get("LOCALSTACK_VENV", repository / ".venv-localstack"))
    services = "cloudformation,iam,logs,s3,sqs,sts"
    folder = tmp_path_factory.mktemp("localstack")
    with run_localstack(folder, venv, services, ignoring_delete_conditions=True) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=parameter_sets())
def name(request: pytest.FixtureRequest) -> str:
    """Of a set of parameters."""
    return str(request.param)


@pytest.fixture(scope="module")
def cloud(name: str, localstack: Endpoint, stack: dict[str, Any]) -> Iterator[Cloud]:
    """A new account for each set, since some have one name, and the stack that it makes."""
    sets = parameter_sets()
    cloud = Cloud(localstack, account=f"{list(sets).index(name) + 1:012}")
    if "ReplicaBucket" in sets[name]:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=REPLICA)
        s3.put_bucket_versioning(Bucket=REPLICA, VersioningConfiguration={"Status": "Enabled"})
    cloud.create(half(stack["deployed"]), sets[name])
    yield cloud
    cloud.close()


def test_the_bucket_is_as_written(name: str, cloud: Cloud) -> None:
    """Its name, its notifications to its own queue, its versions, its policy, and that it is private."""
    bucket = cloud.outputs["BucketName"]
    service = parameter_sets()[name]["ServiceName"]
    assert bucket == f"{service}-{cloud.account}-us-east-1"
    s3 = cloud.client("s3")
    notified = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert {one["QueueArn"].rpartition(":")[2] for one in notified} == {f"{service}-indexer"}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    denied = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert {"OnlyOverTls", "CloudFrontReadsNothingElse"} <= {one["Sid"] for one in denied}
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_the_replication_is_taken(name: str, cloud: Cloud, stack: dict[str, Any]) -> None:
    """LocalStack's CloudFormation leaves it out; its S3 takes it, with the role that was made."""
    chosen = parameter_sets()[name]
    deployment = Deployment(stack["deployed"], **chosen)
    config = deployment.resolve(stack["deployed"]["Resources"]["Bucket"]["Properties"]).get(
        "ReplicationConfiguration"
    )
    roles = [one for one in cloud.client("iam").list_roles()["Roles"] if "ReplicationRole" in one["RoleName"]]
    assert (config is not None, len(roles)) == ("ReplicaBucket" in chosen, int("ReplicaBucket" in chosen))
    for role in roles:
        rules = [{"ID" if key == "Id" else key: said for key, said in one.items()} for one in config["Rules"]]
        s3, bucket = cloud.client("s3"), cloud.outputs["BucketName"]
        s3.put_bucket_replication(
            Bucket=bucket, ReplicationConfiguration={"Role": role["Arn"], "Rules": rules}
        )
        taken = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
        assert {rule["Filter"]["Prefix"] for rule in taken["Rules"]} == {"simple/", "auth/"}
        assert {rule["Destination"]["Bucket"] for rule in taken["Rules"]} == {f"arn:aws:s3:::{REPLICA}"}


def test_jobs_of_the_ci_have_one_policy(name: str, cloud: Cloud) -> None:
    """That of all projects, or that of some; and where there is no CI, there is no role."""
    chosen = parameter_sets()[name]
    wanted = "ProjectPublisherPolicyArn" if "PublisherProjects" in chosen else "PublisherPolicyArn"
    iam = cloud.client("iam")
    roles = [one["RoleName"] for one in iam.list_roles()["Roles"] if "CiPublisherRole" in one["RoleName"]]
    attached = [iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] for role in roles]
    arns = [[policy["PolicyArn"] for policy in policies] for policies in attached]
    assert arns == ([[cloud.outputs[wanted]]] if "CiProvider" in chosen else [])


def test_the_queue_is_as_written(name: str, cloud: Cloud) -> None:
    """What fails five times rests in its dead letters."""
    url = cloud.outputs["IndexerQueueUrl"]
    said = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(said["RedrivePolicy"])
    service = parameter_sets()[name]["ServiceName"]
    assert redrive["deadLetterTargetArn"].endswith(f":{service}-indexer-dead-letters")
    assert int(redrive["maxReceiveCount"]) == 5


def batch_of(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The event in which Lambda hands messages of a queue to a function."""
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:indexer",
            "awsRegion": "us-east-1",
        }
        for message in messages
    ]
    return {"Records": records}


def receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Messages that wait, taken from the queue."""
    said = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "AttributeNames": ["All"]}
    messages: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, **said).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def test_a_file_reaches_its_page(
    name: str,
    cloud: Cloud,
    build: Path,
    repository: Path,
    tmp_path: Path,
) -> None:
    """From the bucket by its notification to the queue, and by its message through the built indexer."""
    bucket, url = cloud.outputs["BucketName"], cloud.outputs["IndexerQueueUrl"]
    s3, sqs = cloud.client("s3"), cloud.client("sqs")
    wheel = wheel_name("demo", "1.0+cu118")
    s3.put_object(Bucket=bucket, Key=f"incoming/release 1/{wheel}", Body=make_wheel("demo", "1.0+cu118"))
    messages: list[dict[str, Any]] = []
    until(
        lambda: messages.extend(receive(sqs, url)),
        lambda _: any("incoming/" in message["Body"] for message in messages),
        seconds=_TO_ARRIVE,
    )
    function = read_function(repository / "template.yaml", "IndexerFunction")
    values = {"BUCKET": bucket, "QUEUE_URL": url, "INDEX_URL": "https://index.example/simple/"}
    values["POWERTOOLS_SERVICE_NAME"] = parameter_sets()[name]["ServiceName"]
    with start(
        function,
        task=unpack(build / "IndexerFunction", tmp_path / "task"),
        layer=unpack(build / "SimpleIndexLayer", tmp_path / "opt"),
        scratch=tmp_path,
        variables={key: values[key] for key in function.variables}
        | {"AWS_ENDPOINT_URL": cloud.url, "AWS_ACCESS_KEY_ID": cloud.account},
    ) as environment:
        outcome = environment.invoke(batch_of(messages))
        assert (outcome.kind, outcome.value) == ("response", {"batchItemFailures": []}), environment.log
        page = s3.get_object(Bucket=bucket, Key="simple/demo/index.json")["Body"].read()
        assert [file["filename"] for file in json.loads(gzip.decompress(page))["files"]] == [wheel]
        # What it has written itself is told of as well, and changes nothing.
        own = until(lambda: receive(sqs, url), bool, seconds=_TO_ARRIVE)
        assert environment.invoke(batch_of(own)).value == {"batchItemFailures": []}
    left = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert f"simple/demo/{wheel}" in left
    assert not [key for key in left if key.startswith(("incoming/", "rejected/"))]
