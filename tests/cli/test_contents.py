"""A file that is read whole is held against what its page says of it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from packaging.utils import NormalizedName

from indexer.rebuild import pages_of
from serverless_pypi.contents import Contents, Reading
from serverless_pypi.store import Store
from simple_index.model import File, Sidecar
from tests.cli.still_index import StillIndex, serve_still_index
from tests.distributions import core_metadata, make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.faulty_endpoint import CUT, Fault, serve_faulty_endpoint

ACME = NormalizedName("acme")
WHEEL = f"simple/acme/{wheel_name('acme', '1')}"
OTHER = "0" * 64


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StillIndex]:
    with serve_still_index(tmp_path_factory.mktemp("contents"), "contents") as running:
        yield running


@pytest.fixture
def file(index: StillIndex) -> File:
    """The entry of a wheel that nobody touched."""
    index.publish("acme")
    content = pages_of(ACME).read(index.bucket, trust_memory=True).content
    assert content is not None
    return content.files[0]


def read(index: StillIndex, file: File, *, check: Callable[[], object] = lambda: None) -> Reading:
    contents = Contents(Store(index.s3, index.bucket.name), advance=lambda _: None, check=check)
    return contents.read(ACME, file)


def sentences(reading: Reading) -> list[str]:
    assert all(not one.by_rebuild for one in reading.findings)
    return [str(one) for one in reading.findings]


def test_what_is_as_the_page_says_is_right(index: StillIndex, file: File) -> None:
    """To the last byte, each of which is told of."""
    told: list[int] = []
    contents = Contents(Store(index.s3, index.bucket.name), advance=told.append, check=lambda: None)
    assert contents.read(ACME, file) == Reading(project=ACME, key=WHEEL)
    assert sum(told) == len(make_wheel("acme", "1"))


def test_other_bytes_than_the_page_says_are_found(index: StillIndex, file: File) -> None:
    """By their hash and by their number."""
    body = make_wheel("acme", "1")
    digest = hashlib.sha256(body).hexdigest()
    assert sentences(read(index, replace(file, sha256=OTHER, size=7))) == [
        f"{WHEEL} has {len(body)} bytes, and 7 on the page.",
        f"{WHEEL} has the SHA-256 {digest}, and {OTHER} on the page.",
    ]


def test_metadata_that_is_not_what_the_page_says_is_found(index: StillIndex, file: File) -> None:
    """An installer would refuse it."""
    assert file.core_metadata is not None
    promised = Sidecar(sha256=OTHER, etag=file.core_metadata.etag)
    assert sentences(read(index, replace(file, core_metadata=promised))) == [
        f"{WHEEL}.metadata has another SHA-256 than on the page."
    ]


def test_metadata_that_is_not_the_wheels_is_found(index: StillIndex, file: File) -> None:
    """An installer would resolve by it, and install something else."""
    body = core_metadata("acme", "1", Requires_Dist="evil")
    index.put(f"{WHEEL}.metadata", body)
    promised = Sidecar(sha256=hashlib.sha256(body).hexdigest(), etag="any")
    assert sentences(read(index, replace(file, core_metadata=promised))) == [
        f"{WHEEL}.metadata is not the METADATA that is in the wheel."
    ]
    index.put(f"{WHEEL}.metadata", core_metadata("acme", "1"))


def test_a_wheel_that_would_be_refused_today_is_found(index: StillIndex, file: File) -> None:
    """Listed long ago, by other rules or by other hands."""
    body = b"no archive"
    index.put(WHEEL, body)
    listed = replace(
        file, etag=index.bucket.etag(WHEEL) or "", size=len(body), sha256=hashlib.sha256(body).hexdigest()
    )
    (sentence,) = sentences(read(index, listed))
    assert sentence.startswith(f"{WHEEL} would be refused today: ")
    assert not sentence.endswith("..")
    index.put(WHEEL, make_wheel("acme", "1"))


def test_an_sdist_has_nothing_beside_it(index: StillIndex) -> None:
    key = f"simple/acme/{sdist_name('acme', '2')}"
    index.put(key, make_sdist("acme", "2"))
    index.rebuild("acme")
    content = pages_of(ACME).read(index.bucket, trust_memory=True).content
    assert content is not None
    (sdist,) = [one for one in content.files if one.filename == sdist_name("acme", "2")]
    assert read(index, sdist) == Reading(project=ACME, key=key)
    index.delete(key)


@pytest.mark.parametrize("what", ["removed", "replaced", "without metadata"])
def test_what_changes_meanwhile_is_told_of(index: StillIndex, file: File, what: str) -> None:
    """It is another file's turn, and the page says which."""
    match what:
        case "removed":
            index.delete(WHEEL)
        case "replaced":
            index.put(WHEEL, make_wheel("acme", "1", Summary="another"))
        case _:
            index.delete(f"{WHEEL}.metadata")
    assert read(index, file) == Reading(project=ACME, key=WHEEL, changed=True)
    index.put(WHEEL, make_wheel("acme", "1"))
    index.rebuild("acme")


def test_reading_is_ended_between_two_blocks(index: StillIndex, file: File) -> None:
    """By whoever is asked there."""

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read(index, file, check=check)


def through(index: StillIndex, file: File, fault: Fault) -> Reading:
    with serve_faulty_endpoint(index.endpoint_url) as endpoint:
        client = boto3.client(
            "s3",
            endpoint_url=endpoint.url,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            contents = Contents(Store(client, index.bucket.name), advance=lambda _: None, check=lambda: None)
            with endpoint.failing(fault, WHEEL):
                return contents.read(ACME, replace(file, core_metadata=None))
        finally:
            client.close()


def test_a_download_that_breaks_off_is_taken_up_where_it_was(index: StillIndex, file: File) -> None:
    """Each answer brings half of what is left: all of it comes, and nothing twice."""
    assert through(index, file, CUT) == Reading(project=ACME, key=WHEEL)


def test_a_file_that_s3_does_not_give_is_found(index: StillIndex, file: File) -> None:
    """In cold storage, say, or under a key that we may not use."""
    (sentence,) = sentences(through(index, file, 403))
    assert sentence.startswith(f"{WHEEL} is not given by S3 (")


def test_an_s3_that_is_not_well_is_no_finding(index: StillIndex, file: File) -> None:
    with pytest.raises(ClientError, match="SomeError"):
        through(index, file, 500)


class _Endless:
    """A client whose answers bring nothing."""

    def __init__(self) -> None:
        self.asked = 0

    def get_object(self, **_: Any) -> Any:
        self.asked += 1
        raise BotoCoreError


def test_a_download_that_brings_nothing_more_is_given_up(file: File) -> None:
    """The network is no property of the file."""
    client: Any = _Endless()
    contents = Contents(Store(client, "b"), advance=lambda _: None, check=lambda: None)
    with pytest.raises(BotoCoreError):
        contents.read(ACME, file)
    assert client.asked == 4
