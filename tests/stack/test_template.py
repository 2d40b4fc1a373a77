"""The template as it will be deployed: rules that neither CloudFormation nor cfn-lint knows.

Each rule is a function from the template to what is wrong with it, and is shown to see what it forbids.
"""

import subprocess
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

import indexer.batch
from indexer.telemetry import metrics
from local.origin import SERVED_PREFIXES
from tests.authenticator.store_server import serve_store
from tests.authenticator.viewers import Viewer, viewer_request, write_htpasswd
from tests.stack.conditions import accepts, refusals, with_parameters
from tests.stack.rules import (
    alarms,
    bucket,
    building,
    cloudfront,
    domain,
    edge,
    options,
    queue,
    replica,
    rights,
)
from tests.stack.rules.bucket import SERVED
from tests.stack.rules.domain import GIVEN, HOST
from tests.stack.synthesized import Mutation, Rule, Stack, granted, mutated, properties, statements

ANY_KEY = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}

MODULES = [building, edge, cloudfront, bucket, queue, rights, domain, alarms, options, replica]
MUTATIONS: list[Mutation] = [mutation for module in MODULES for mutation in module.MUTATIONS]
RULES = list(dict.fromkeys(rule for rule, _, _ in MUTATIONS))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule, stack: Stack) -> None:
    """The template keeps each rule."""
    assert rule(stack) == []


@pytest.mark.parametrize(
    ("rule", "path", "value"),
    MUTATIONS,
    ids=[f"{rule.__name__}-{'.'.join(map(str, path[2:]))}" for rule, path, _ in MUTATIONS],
)
def test_rule_sees_what_it_forbids(rule: Rule, path: tuple[str | int, ...], value: Any, stack: Stack) -> None:
    """A template changed for the worse breaks the rule made for it."""
    assert rule(mutated(stack, path, value))


# ---- The template and the code -----------------------------------------------------------------------------


def test_the_local_cloudfront_reads_what_the_real_one_may() -> None:
    """So that what works there works on AWS."""
    assert sorted(SERVED_PREFIXES) == sorted(SERVED)


def test_the_authenticator_asks_for_nothing_that_its_role_may_not_read(stack: Stack) -> None:
    """Each key that it reads is given by the role, and may be found missing: else S3 answers 403."""
    patterns = [each["Fn::Sub"] for each in granted(stack, "AuthenticatorRole")["s3:GetObject"]]
    mine = [statement for name, statement in statements(stack) if name == "AuthenticatorRole"]
    (listing,) = [statement for statement in mine if statement["Action"] == "s3:ListBucket"]
    with serve_store() as store:
        store.objects["auth/htpasswd"] = write_htpasswd("alice")
        store.objects["auth/policy.toml"] = b'[upstream]\nurl = "https://upstream.example/simple/"'
        viewer = Viewer({"AWS_ENDPOINT_URL_S3": store.url, **ANY_KEY})
        event = viewer_request("/simple/acme/", "alice:secret")
        decided = viewer.gate.decide(event["Records"][0]["cf"]["request"])
        viewer.gate.close()
        keys = {request["path"].split("/", 2)[2] for request in store.requests}

    assert decided["status"] == "302"
    assert keys == {"auth/htpasswd", "auth/policy.toml", "simple/acme/index.html", "simple/acme/index.json"}
    for key in keys:
        assert any(fnmatchcase(f"${{Bucket.Arn}}/{key}", pattern) for pattern in patterns)
        assert any(fnmatchcase(key, pattern) for pattern in listing["Condition"]["StringLike"]["s3:prefix"])


def test_the_alarm_for_refused_uploads_watches_what_the_indexer_counts(stack: Stack) -> None:
    """One is changed with the other."""
    alarm = properties(stack, "RejectedUploadsAlarm")
    batch = Path(indexer.batch.__file__).read_text()

    assert alarm["Namespace"] == metrics.namespace
    # Whose, the template says to both: see `alarms_watch_the_right_things` and `indexer_takes_batches`.
    assert [dimension["Name"] for dimension in alarm["Dimensions"]] == ["service"]
    assert f"{alarm['MetricName']}=" in batch[batch.index("count(") :]


# ---- Whole files -------------------------------------------------------------------------------------------


def test_sam_finds_nothing_to_say(repository: Path, sam_environment: dict[str, str]) -> None:
    """`sam validate --lint` is clean."""
    done = subprocess.run(
        ["sam", "validate", "--lint"],
        cwd=repository,
        env=sam_environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


@pytest.mark.parametrize("name", ["serverless-pypi", "abc", "team-7-index", "a" * 30])
def test_legal_names(name: str, stack: Stack) -> None:
    """A name that is taken leaves room for the rest of the bucket's, which has 63 characters at most."""
    assert accepts(stack["deployed"]["Parameters"]["ServiceName"], name)
    assert len(f"{name}-123456789012-us-east-1") <= 63


@pytest.mark.parametrize(
    "name",
    [
        *("", "ab", "a" * 31, "Index", "1st", "-a-b", "a-b-", "a--b", "a_b", "a.b", "a b", "é-index"),
        *("xn--abc", "sthree-index", "amzn-s3-demo-index"),
    ],
)
def test_illegal_names(name: str, stack: Stack) -> None:
    """What could not begin a bucket's name is refused before anything is made."""
    assert not accepts(stack["deployed"]["Parameters"]["ServiceName"], name)


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({}, False),
        ({"DomainName": "pypi.example.com"}, True),
        ({"HostedZoneId": "Z0123456789EXAMPLE"}, True),
        ({"CertificateArn": "arn"}, True),
        ({"DomainName": "pypi.example.com", "HostedZoneId": "Z0123456789EXAMPLE"}, False),
        ({"DomainName": "pypi.example.com", "CertificateArn": "arn"}, False),
        ({"CiProvider": "GitHub"}, True),
        ({"CiSubjects": "repo:acme/bolt:*"}, True),
        ({"CiProvider": "GitLab", "CiSubjects": "project_path:acme/bolt:*"}, False),
    ],
)
def test_parameters_that_need_each_other(parameters: dict[str, str], refused: bool, stack: Stack) -> None:
    """Half of an option is refused before anything is made."""
    assert bool(refusals(stack, **parameters)) is refused


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "DomainName",
            ["", "pypi.example.com", "a.b-c.io"],
            ["pypi", "Pypi.example.com", "-a.com", "https://a.com"],
        ),
        ("HostedZoneId", ["", "Z0123456789EXAMPLE"], ["example.com", "/hostedzone/Z01"]),
        ("CertificateArn", ["", GIVEN], [GIVEN.replace("us-east-1", "eu-west-1"), "certificate"]),
        (
            "PublisherProjects",
            ["", "acme", "acme-core", "acme-*", "acme*", "7-zip"],
            [
                *("*", "*-core", "a*b", "acme-*-core", "acme-**", "acme-?", "acme/*", "acme-*/x"),
                *("Acme", "acme_core", "acme--core", "-acme", "acme-", "acme,bolt", "${aws:username}"),
            ],
        ),
        ("AlarmEmail", ["", "operators@example.com"], ["operators", "a@b", "a b@example.com"]),
        ("RequestsPerFiveMinutes", ["0", "10", "10000"], ["", "1", "-5", "010", "1e3"]),
        ("ReplicaBucket", ["", "replica", "a.b-c"], ["Replica", "ab", "arn:aws:s3:::replica", "replica/"]),
        ("EdgeMemory", ["128", "256"], ["64", "1024"]),
        ("BackupDays", ["0", "35"], ["-1", "3651"]),
        ("PermissionsBoundary", ["", "arn:aws:iam::123456789012:policy/team/limit"], ["limit"]),
        (
            "CiSubjects",
            ["", "repo:acme/bolt:*", "repo:acme/*:ref:refs/tags/v*,repo:acme@1/bolt@2:environment:release"],
            ["*", "repo:*", "repo:*/bolt:*", "repo:ac?e/bolt:*", "repo:acme/bolt:*,*", "repo:acme/bolt:*,"],
        ),
    ],
)
def test_parameters_are_checked(name: str, good: list[str], bad: list[str], stack: Stack) -> None:
    """What could not work, or would let strangers in, is refused before anything is made."""
    parameter = stack["deployed"]["Parameters"][name]

    assert [value for value in good if not accepts(parameter, value)] == []
    assert [value for value in bad if accepts(parameter, value)] == []


def test_only_us_east_1(stack: Stack) -> None:
    """Anywhere else the deployment stops before it makes anything, and says why."""
    (assertion,) = stack["deployed"]["Rules"]["RegionIsUsEast1"]["Assertions"]

    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert "Lambda@Edge" in assertion["AssertDescription"]


def test_parameters_and_outputs_are_described(stack: Stack) -> None:
    """Each is explained, and each parameter has its group and its label."""
    template = stack["deployed"]
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    described = [*template["Parameters"].values(), *template["Outputs"].values()]

    assert sorted(grouped) == sorted(template["Parameters"])
    assert interface["ParameterLabels"].keys() == template["Parameters"].keys()
    assert all(each["Description"].endswith(".") for each in described)


def test_outputs_are_lines_to_copy(stack: Stack) -> None:
    """A reader of the outputs can publish and install without another page."""
    values = {
        name: output["Value"]
        for name, output in stack["deployed"]["Outputs"].items()
        if "Condition" not in output
    }
    install = "pip install --index-url https://NAME:PASSWORD@${Host}/simple/ PROJECT"

    assert values == {
        "IndexUrl": {"Fn::Sub": ["https://${Host}/simple/", {"Host": HOST}]},
        "InstallLine": {"Fn::Sub": [install, {"Host": HOST}]},
        "PublishLine": {"Fn::Sub": "aws s3 cp dist/ s3://${Bucket}/incoming/ --recursive"},
        "BucketName": {"Ref": "Bucket"},
        "IndexerQueueUrl": {"Ref": "IndexerQueue"},
        "IndexerDeadLetterQueueUrl": {"Ref": "IndexerDeadLetterQueue"},
        "DistributionId": {"Ref": "CloudFrontDistribution"},
        "DistributionDomainName": {"Fn::GetAtt": ["CloudFrontDistribution", "DomainName"]},
        "PublisherPolicyArn": {"Ref": "PublisherPolicy"},
        "ReaderPolicyArn": {"Ref": "ReaderPolicy"},
    }


def overrides(repository: Path, environment: str) -> dict[str, str]:
    """The parameters of an environment of samconfig.toml."""
    config = tomllib.loads((repository / "samconfig.toml").read_text())[environment]
    pairs = [text.partition("=") for text in config["deploy"]["parameters"]["parameter_overrides"]]
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("environment", ["default", "professional", "test"])
def test_samconfig_fits_the_template(environment: str, repository: Path, stack: Stack) -> None:
    """Each environment lints, builds afresh, deploys to us-east-1, and gives parameters that fit."""
    config = tomllib.loads((repository / "samconfig.toml").read_text())[environment]
    given = overrides(repository, environment)
    parameters = stack["deployed"]["Parameters"]

    assert config["global"]["parameters"]["region"] == "us-east-1"
    assert config["validate"]["parameters"]["lint"] is True
    assert config["build"]["parameters"]["cached"] is False
    assert config["sync"]["parameters"]["dependency_layer"] is False
    assert config["deploy"]["parameters"]["tags"]
    assert [name for name, value in given.items() if not accepts(parameters[name], value)] == []
    assert refusals(stack, **given) == []


def test_the_two_sets_of_parameters(repository: Path, stack: Stack) -> None:
    """The small set makes nothing that is optional, and the professional one the most."""
    everything = stack["deployed"]["Resources"]
    optional = {name for name, resource in everything.items() if "Condition" in resource}
    small = with_parameters(stack, **overrides(repository, "default"))["deployed"]["Resources"]
    professional = with_parameters(stack, **overrides(repository, "professional"))["deployed"]["Resources"]

    assert optional
    assert optional & small.keys() == set()
    assert optional - professional.keys() == {
        *("CiPublisherRole", "ProjectPublisherPolicy", "ReplicationRole", "ReplicationAlarm")
    }
