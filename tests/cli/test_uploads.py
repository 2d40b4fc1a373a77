"""Uploads: what was looked at is what is put, or nothing is."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from serverless_pypi.candidates import Candidate, examine
from serverless_pypi.store import Store
from serverless_pypi.uploads import ChangedFileError, plan_uploads, send
from tests.cli.publishing import write_sdist, write_wheel
from tests.cli.running import run_command
from tests.road.road import Finished, Road
from tests.stack.guarded_account import open_account

BUCKET = "acme-123456789012-us-east-1"


@pytest.fixture
def store(road: Road) -> Iterator[Store]:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=road.s3_endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    yield Store(client, road.bucket)
    client.close()


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    return examine(write_wheel(tmp_path, "sent", "1.0"))


def test_each_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """In that of the project, so that publishers of that project alone may write it."""
    candidates = [examine(write_sdist(tmp_path, name, "1.0")) for name in ("Acme.Core", "bolt")]
    first, second = plan_uploads(candidates), plan_uploads(candidates)

    place, project, run, filename = first[0].key.removeprefix("incoming/").split("/")
    assert (place, project, filename) == ("project", "acme-core", candidates[0].filename)
    assert run.startswith("publish-")
    assert first[1].key == f"incoming/project/bolt/{run}/bolt-1.0.tar.gz"
    assert run not in second[0].key


def test_bytes_are_counted_as_they_go(store: Store, candidate: Candidate) -> None:
    steps: list[int] = []
    send(store, plan_uploads([candidate]), jobs=4, advance=steps.append)
    assert sum(steps) == candidate.size


def test_s3_refuses_other_bytes_than_those_looked_at(store: Store, tmp_path: Path, road: Road) -> None:
    """A build that runs on would else use up the version with what nobody has looked at."""
    candidate = examine(write_sdist(tmp_path, "sent-early", "1.0"))
    write_sdist(tmp_path, "sent-early", "1.0", Summary="built on")

    with pytest.raises(ChangedFileError, match="was written to while it was sent: let the build end"):
        send(store, plan_uploads([candidate]), jobs=1)
    assert not [key for key in road.keys("incoming/") if "sent-early" in key]
    assert road.files("sent-early") == []


PROJECT_PUBLISHER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": f"arn:aws:s3:::{BUCKET}/incoming/project/acme-*",
        }
    ],
}
ADMINISTRATOR = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


def test_publishers_of_a_project_need_no_option(tmp_path: Path) -> None:
    """On an S3 that asks who may: what is theirs goes where they may write, and nothing else goes."""
    own, other = write_sdist(tmp_path, "acme-core", "1.0"), write_sdist(tmp_path, "bolt", "1.0")
    with open_account(tmp_path) as account:
        account.root.client("s3").create_bucket(Bucket=BUCKET)
        limited = account.add("limited", [PROJECT_PUBLISHER])
        everything = account.add("administrator", [ADMINISTRATOR]).client("s3")
        account.guard()

        def publish(path: Path) -> Finished:
            options = ("--no-wait", "--bucket", BUCKET)
            return run_command(tmp_path, "publish", path, *options, **limited.environment)

        assert publish(own).stdout == "sent 1 file of acme-core 1.0\n"
        refused = publish(other)
        listed = [found["Key"] for found in everything.list_objects_v2(Bucket=BUCKET)["Contents"]]

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith(
        "ERROR: AWS does not allow who you are to write 'incoming/project/bolt/publish-"
    )
    (key,) = listed
    assert key.startswith("incoming/project/acme-core/publish-")
