"""docs/terraform.md, as far as it goes without Terraform: what is packaged, and what its HCL says."""

import re
import shlex
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import hcl2
import pytest
from hcl2.utils import SerializationOptions

from local.s3 import EmbeddedS3
from tests.stack.conditions import accepts, refusals, with_parameters
from tests.stack.synthesized import Stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACTS = "ARTIFACTS"
#: Bytes: what CloudFormation takes of a template in the request itself, and from S3.
_IN_REQUEST, _FROM_S3 = 51_200, 1_048_576
#: Bytes: what Lambda takes of a viewer-request function, and of any.
_AT_THE_EDGE, _ANYWHERE = 1_000_000, 50_000_000


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "terraform.md").read_text()


@pytest.fixture(scope="module")
def configuration(page: str) -> dict[str, Any]:
    """What its HCL says, by block."""
    (block,) = re.findall(r"^```hcl\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    options = SerializationOptions(strip_string_quotes=True, explicit_blocks=False, with_comments=False)
    found: dict[str, Any] = hcl2.loads(block, serialization_options=options)
    return found


@pytest.fixture(scope="module")
def index(configuration: dict[str, Any]) -> dict[str, Any]:
    """The stack as a resource."""
    (found,) = [one for one in configuration["resource"] if "aws_cloudformation_stack" in one]
    stack: dict[str, Any] = found["aws_cloudformation_stack"]["index"]
    return stack


@pytest.fixture(scope="module")
def packaged(
    page: str, build: Path, sam_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, "S3Client"]]:
    """The template that the page's line writes, and the S3 where the code is then."""
    line = next(line for line in page.splitlines() if line.startswith("sam build && sam package "))
    _, _, package = line.partition("&& ")
    folder = tmp_path_factory.mktemp("packaged")
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    with EmbeddedS3() as server:
        # SAM takes an endpoint for a local one by this word.
        url = server.endpoint_url.replace("127.0.0.1", "localhost")
        s3 = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
        )
        s3.create_bucket(Bucket=ARTIFACTS.lower())
        done = subprocess.run(
            [
                *shlex.split(package.replace(ARTIFACTS, ARTIFACTS.lower())),
                "--template-file",
                build / "template.yaml",
            ],
            cwd=folder,
            env=sam_environment | keys | {"AWS_ENDPOINT_URL": url, "NO_PROXY": "localhost"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield (folder / "packaged.yaml").read_text(), s3
        s3.close()


def test_the_code_is_where_the_packaged_template_says(packaged: tuple[str, "S3Client"], build: Path) -> None:
    """The two functions and the layer, each with what was built, and small enough for Lambda."""
    template, s3 = packaged
    found = dict(
        re.findall(
            r"^  (\w+):\n(?:    .*\n)*?      (?:Code|Content)Uri: s3://artifacts/(\S+)$",
            template,
            re.MULTILINE,
        )
    )
    assert found.keys() == {"AuthenticatorFunction", "IndexerFunction", "SimpleIndexLayer"}
    for name, key in found.items():
        archive = s3.get_object(Bucket=ARTIFACTS.lower(), Key=key)["Body"].read()
        assert len(archive) < (_AT_THE_EDGE if name == "AuthenticatorFunction" else _ANYWHERE)
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            names = {one for one in opened.namelist() if not one.endswith("/")}
        folder = build / name
        assert names == {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_packaged_template_must_lie_in_s3_and_may(
    packaged: tuple[str, "S3Client"], index: dict[str, Any]
) -> None:
    """It is too long for the request itself, so the resource says where it is; changed, it is elsewhere."""
    template, _ = packaged
    assert _IN_REQUEST < len(template.encode()) < _FROM_S3
    assert "template_body" not in index
    place = "${aws_s3_object.template.bucket}.s3.us-east-1.amazonaws.com/${aws_s3_object.template.key}"
    assert index["template_url"] == f"https://{place}"


def test_the_template_is_uploaded_under_its_hash(configuration: dict[str, Any]) -> None:
    """From the file that is packaged, in the Region that the template asks for."""
    (found,) = [one["aws_s3_object"] for one in configuration["resource"] if "aws_s3_object" in one]
    assert found["template"]["source"] == "packaged.yaml"
    assert '${filesha256("packaged.yaml")}' in found["template"]["key"]
    assert configuration["provider"] == [{"aws": {"region": "us-east-1"}}]


def test_it_is_let_make_what_the_template_makes(
    packaged: tuple[str, "S3Client"], index: dict[str, Any], stack: Stack
) -> None:
    """Roles and a transform; no names of roles or policies, which would ask for a third capability."""
    template, _ = packaged
    assert "\nTransform: AWS::Serverless-2016-10-31\n" in template
    assert index["capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    iam = [one for one in stack["deployed"]["Resources"].values() if one["Type"].startswith("AWS::IAM::")]
    assert iam
    assert not [one for one in iam if {"RoleName", "ManagedPolicyName"} & one["Properties"].keys()]


def test_its_parameters_are_the_templates(index: dict[str, Any], stack: Stack) -> None:
    """Each is there, as a string that the template takes, and they fit together."""
    given = index["parameters"]
    parameters = stack["deployed"]["Parameters"]
    assert all(isinstance(value, str) for value in given.values())
    assert all(given.values())  # to the provider an empty one is no change
    assert given.keys() <= parameters.keys()
    assert [name for name, value in given.items() if not accepts(parameters[name], value)] == []
    assert refusals(stack, **given) == []


def test_its_outputs_are_the_templates(page: str, index: dict[str, Any], stack: Stack) -> None:
    """Those that there are with its parameters."""
    used = set(re.findall(r'aws_cloudformation_stack\.index\.outputs\["(\w+)"\]', page))
    assert used
    assert used <= with_parameters(stack, **index["parameters"])["deployed"]["Outputs"].keys()
    # An output of another option is seen.
    assert "DashboardUrl" not in with_parameters(stack, **index["parameters"])["deployed"]["Outputs"]


def test_no_upgrade_takes_a_policy_away(configuration: dict[str, Any]) -> None:
    """The provider knows no output while the stack is to change; and another ARN is another attachment."""
    attachments = [
        attachment
        for one in configuration["resource"]
        for attachment in one.get("aws_iam_role_policy_attachment", {}).values()
    ]
    assert attachments
    for attachment in attachments:
        (lifecycle,) = attachment["lifecycle"]
        assert lifecycle["ignore_changes"] == ["policy_arn"]
