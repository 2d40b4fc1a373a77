"""The bucket as operators write it: nothing is lost between two of them."""

import threading
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local.s3 import EmbeddedS3
from serverless_pypi.errors import NoRightToReadError, ObjectChangedError
from serverless_pypi.store import Store, Stored

KEY = "auth/htpasswd"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with EmbeddedS3() as s3:
        yield s3.endpoint_url


@pytest.fixture
def store(endpoint: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A bucket of the test's own."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    bucket = f"bucket-{abs(hash(request.node.name))}"
    client.create_bucket(Bucket=bucket)
    yield Store(client, bucket)
    client.close()


def test_an_edit_makes_what_was_missing(store: Store) -> None:
    store.edit(KEY, lambda before: b"new" if before is None else b"wrong")

    stored = store.read(KEY)
    assert stored is not None
    assert stored.body == b"new"


def test_an_edit_that_changes_nothing_writes_nothing(store: Store) -> None:
    store.client.put_bucket_versioning(Bucket=store.bucket, VersioningConfiguration={"Status": "Enabled"})
    store.put(KEY, b"same")
    store.edit(KEY, lambda before: before or b"")

    versions = store.client.list_object_versions(Bucket=store.bucket, Prefix=KEY)["Versions"]
    assert len(versions) == 1


def test_edits_at_the_same_time_lose_nothing(store: Store) -> None:
    """Sixteen hands, each with a line of its own."""
    lines = [b"%d\n" % number for number in range(16)]
    hands = [
        threading.Thread(target=store.edit, args=(KEY, lambda before, line=line: (before or b"") + line))
        for line in lines
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    stored = store.read(KEY)
    assert stored is not None
    assert sorted(stored.body.splitlines(keepends=True)) == sorted(lines)


def test_an_edit_that_is_always_too_late_gives_up(store: Store) -> None:
    """And says so; what the others wrote stands."""
    pauses: list[float] = []

    def change(before: bytes | None) -> bytes:
        store.put(KEY, (before or b"") + b"theirs ")
        return b"ours"

    with pytest.raises(ObjectChangedError, match="changed by somebody else"):
        store.edit(KEY, change, pause=pauses.append)
    stored = store.read(KEY)
    assert stored is not None
    assert stored.body == b"theirs " * 10
    assert len(pauses) == 10


def test_an_object_that_goes_while_it_is_edited_is_made_again(store: Store) -> None:
    """The second try sees that there is none."""
    store.put(KEY, b"old")
    seen: list[bytes | None] = []

    def change(before: bytes | None) -> bytes:
        seen.append(before)
        if before is not None:
            store.delete(KEY)
        return b"new"

    store.edit(KEY, change, pause=lambda _: None)
    assert seen == [b"old", None]


def test_only_a_missing_object_is_missing(store: Store) -> None:
    """A bucket that is not there is an error."""
    assert store.read("none") is None
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Store(store.client, "no-such-bucket").read("none")


def test_a_list_goes_on_behind_a_key(store: Store) -> None:
    for key in ("a/1", "a/2", "a/3", "b/1"):
        store.put(key, b"body")

    assert [one.key for one in store.list("a/", after="a/1")] == ["a/2", "a/3"]
    (one,) = store.list("b/")
    assert one.size == 4
    assert store.read("b/1") == Stored(body=b"body", etag=one.etag)


@pytest.mark.parametrize(
    ("message", "absent"),
    [
        ("Access Denied", True),
        ('User: arn:aws:iam::1:user/ci is not authorized to perform: s3:ListBucket on resource: "b"', True),
        ('User: arn:aws:iam::1:user/ci is not authorized to perform: s3:GetObject on resource: "b"', False),
        ('User: arn:aws:iam::1:user/ci is not authorized to perform: kms:Decrypt on resource: "k"', False),
    ],
)
def test_who_may_not_list_is_denied_what_is_not_there(message: str, absent: bool, store: Store) -> None:
    """S3 names the right that is missing, where it says more than "denied"."""
    with Stubber(store.client) as answers:
        answers.add_client_error("get_object", "AccessDenied", message)
        if absent:
            assert store.read(KEY, denied_is_missing=True) is None
        else:
            with pytest.raises(NoRightToReadError, match="to read 'auth/htpasswd'"):
                store.read(KEY, denied_is_missing=True)
        answers.add_client_error("get_object", "AccessDenied", message)
        with pytest.raises(ClientError):
            store.read(KEY)
