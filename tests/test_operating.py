"""docs/operating.md names what is there, and each command on it is one that the AWS CLI takes.

So are those on docs/terraform.md.
"""

import gzip
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from packaging.utils import NormalizedName

from authenticator.htpasswd import parse_htpasswd
from authenticator.tokens import hash_token, is_token
from indexer.batch import process
from indexer.bucket import Bucket
from indexer.events import Work
from local.s3 import EmbeddedS3
from tests.distributions import make_wheel, wheel_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "operating.md").read_text()
TERRAFORM = (REPOSITORY / "docs" / "terraform.md").read_text()
TEMPLATE = (REPOSITORY / "template.yaml").read_text()
AWS = Path(sys.executable).with_name("aws")

_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def blocks(language: str, page: str = PAGE) -> list[str]:
    return [body for found, body in _BLOCK.findall(page) if found == language]


def spans(page: str = PAGE) -> list[str]:
    return _SPAN.findall(_BLOCK.sub("", page))


def commands(page: str = PAGE) -> list[str]:
    """The `aws …` lines of the page, but for the loop, which has a test of its own."""
    lines = [line.strip() for body in blocks("sh", page) for line in body.splitlines()]
    found = [line for line in (*lines, *spans(page)) if line.startswith("aws ")]
    return list(dict.fromkeys(found))


def section(name: str) -> set[str]:
    """The logical names in one section of the template."""
    match = re.search(rf"^{name}:$(.*?)(?=^\w|\Z)", TEMPLATE, re.MULTILINE | re.DOTALL)
    assert match is not None
    return set(re.findall(r"^  (\w+):$", match[1], re.MULTILINE))


def environment(endpoint_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "a secret that opens nothing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_MAX_ATTEMPTS": "1",
        "PATH": f"{AWS.parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="module")
def closed_endpoint() -> Iterator[str]:
    """Bound, so that nobody else takes it, and not listened at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are that the page's commands copy."""
    for name in ("htpasswd", "policy.toml", "acme-1.0-py3-none-any.whl"):
        (tmp_path / name).write_text("a line\n")
    (tmp_path / "packaged.yaml").write_text("Resources: {}\n")
    return tmp_path


def test_what_the_page_names_is_in_the_template() -> None:
    names = {span.partition("=")[0] for span in spans() if re.fullmatch(r"[A-Z]+[a-z]\w*(=\S+)?", span)}
    assert names
    assert names - section("Parameters") - section("Outputs") - section("Resources") == set()


def test_every_alarm_has_its_line() -> None:
    alarms = set(re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", TEMPLATE, re.MULTILINE))
    assert alarms
    assert set(re.findall(r"^\| `(\w+Alarm)` \|", PAGE, re.MULTILINE)) == alarms


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]*)\)", PAGE) + re.findall(r"\]\(operating\.md#([^)]*)\)", TERRAFORM)
    assert links
    assert set(links) <= anchors


@pytest.mark.parametrize("command", [*commands(), *commands(TERRAFORM)])
def test_the_aws_cli_takes_the_command(command: str, closed_endpoint: str, folder: Path) -> None:
    """What it does not understand it refuses before it asks anybody."""
    _, *arguments = shlex.split(command)
    finished = subprocess.run(
        [AWS, "--endpoint-url", closed_endpoint, *arguments],  # for SQS the variable is not enough
        check=False,
        capture_output=True,
        cwd=folder,
        env=environment(closed_endpoint),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )
    assert f'Could not connect to the endpoint URL: "{closed_endpoint}' in finished.stdout + finished.stderr


def test_a_command_that_is_wrong_does_not_get_so_far(closed_endpoint: str, folder: Path) -> None:
    with pytest.raises(AssertionError):
        test_the_aws_cli_takes_the_command("aws s3 ls --recursively s3://BUCKET/", closed_endpoint, folder)


def test_the_token_is_one_and_its_line_is_taken() -> None:
    (snippet,) = blocks("python")
    printed = subprocess.run(
        [sys.executable, "-c", snippet], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    token, line = printed.splitlines()
    assert is_token(token.encode())
    assert line == f"ci:{hash_token(token.encode())}"
    assert parse_htpasswd(line.encode()).bad_lines == ()


@pytest.fixture
def server() -> Iterator[EmbeddedS3]:
    with EmbeddedS3() as server:
        yield server


@pytest.fixture
def s3(server: EmbeddedS3) -> Iterator["S3Client"]:
    client = boto3.client(
        "s3",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="a secret that opens nothing",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
    )
    yield client
    client.close()


def index(s3: "S3Client", bucket: str, work: Work) -> None:
    """What the indexer of that bucket does."""
    sent: list[str] = []
    assert process(Bucket(s3, bucket), [work], send=sent.append) == [None]
    assert sent == []


def files(s3: "S3Client", bucket: str) -> dict[str, str]:
    """The files on acme's page, with their upload times."""
    page = s3.get_object(Bucket=bucket, Key="simple/acme/index.json")["Body"].read()
    return {file["filename"]: file["upload-time"] for file in json.loads(gzip.decompress(page))["files"]}


def test_an_index_comes_back_from_its_second_bucket(
    server: EmbeddedS3, s3: "S3Client", tmp_path: Path
) -> None:
    """By the page's lines: with the upload times, the credentials, and what was removed on purpose."""
    for bucket in ("first", "REPLICA", "BUCKET"):
        s3.create_bucket(Bucket=bucket)
    for version in ("1.0", "1.1"):
        key = f"incoming/{wheel_name('acme', version)}"
        s3.put_object(Bucket="first", Key=key, Body=make_wheel("acme", version))
        index(s3, "first", Work(uploads=frozenset({key})))
    s3.put_object(Bucket="first", Key="auth/htpasswd", Body=b"alice:hash")
    listed = files(s3, "first")
    s3.copy({"Bucket": "first", "Key": (gone := f"simple/acme/{wheel_name('acme', '1.0')}")}, "REPLICA", gone)
    s3.delete_object(Bucket="first", Key=gone)
    index(s3, "first", Work(projects=frozenset({NormalizedName("acme")})))
    for one in s3.list_objects_v2(Bucket="first")["Contents"]:
        s3.copy({"Bucket": "first", "Key": one["Key"]}, "REPLICA", one["Key"])
    lines = [command for command in commands() if command.startswith("aws s3 sync s3://REPLICA/")]
    assert len(lines) == 2
    for line in lines:
        _, *arguments = shlex.split(line)
        called = environment(server.endpoint_url)
        subprocess.run([AWS, *arguments], check=True, cwd=tmp_path, env=called, timeout=60)
    index(s3, "BUCKET", Work(reconcile_after=""))
    assert files(s3, "BUCKET") == listed
    assert s3.get_object(Bucket="BUCKET", Key="auth/htpasswd")["Body"].read() == b"alice:hash"
    removed = [one["Key"] for one in s3.list_objects_v2(Bucket="REPLICA")["Contents"]]
    assert f"{gone}.removed" in removed


def test_the_loop_empties_a_bucket_of_all_versions(
    server: EmbeddedS3, s3: "S3Client", tmp_path: Path
) -> None:
    """More than one round of it, with delete markers."""
    (loop,) = (body for body in blocks("sh") if body.lstrip().startswith("while "))
    s3.create_bucket(Bucket="doomed")
    s3.put_bucket_versioning(Bucket="doomed", VersioningConfiguration={"Status": "Enabled"})
    for number in range(160):
        s3.put_object(Bucket="doomed", Key=f"simple/acme/{number}", Body=b"old")
        s3.put_object(Bucket="doomed", Key=f"simple/acme/{number}", Body=b"new")
    s3.delete_object(Bucket="doomed", Key="simple/acme/1")
    subprocess.run(
        ["sh", "-c", loop.replace("BUCKET", "doomed")],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env=environment(server.endpoint_url),
        timeout=60,
    )
    left = s3.list_object_versions(Bucket="doomed")
    assert not {"Versions", "DeleteMarkers"} & left.keys()
    s3.delete_bucket(Bucket="doomed")
