from collections.abc import Iterator

import pytest
from authenticator.errors import StoreUnavailableError
from authenticator.store import KeptObject, ObjectReader, locate

from tests.authenticator.store_server import StoreServer, serve_store

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:us-east-1.acme-pypi-authenticator:7"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
FAULTS: list[int | str] = [301, 400, 403, 404, 429, 500, 503, "reset", "silent"]


@pytest.fixture
def store() -> Iterator[StoreServer]:
    with serve_store() as server:
        server.body = b"one"
        yield server


@pytest.fixture
def reader(store: StoreServer) -> ObjectReader:
    return locate(ARN, {**KEYS, "AWS_ENDPOINT_URL": store.url})


class Kept:
    """A kept object with a clock to turn and the reports it made."""

    def __init__(self, reader: ObjectReader) -> None:
        self.now = 1000.0
        self.reports: list[str] = []
        self.object = KeptObject(
            reader, "auth/htpasswd", self.parse, report=self.reports.append, clock=lambda: self.now
        )

    @staticmethod
    def parse(body: bytes) -> str:
        if body == b"broken":
            raise ValueError("it does not parse")
        return body.decode()

    def at(self, now: float) -> str:
        self.now = 1000.0 + now
        return self.object.get()


@pytest.fixture
def kept(reader: ObjectReader) -> Kept:
    return Kept(reader)


@pytest.mark.parametrize(
    "arn",
    [
        ARN,
        "arn:aws:lambda:us-east-1:123456789012:function:acme-pypi-authenticator:7",
        "arn:aws:lambda:us-east-1:123456789012:function:acme-pypi-authenticator",
    ],
)
def test_the_bucket_follows_from_the_functions_own_name(arn: str) -> None:
    """At the edge of another Region the name carries its home Region in front."""
    reader = locate(arn, KEYS)
    assert (reader.scheme, reader.host, reader.base) == (
        "https",
        "acme-pypi-123456789012-us-east-1.s3.us-east-1.amazonaws.com",
        "",
    )


def test_an_endpoint_is_taken_from_the_variables_that_every_sdk_reads() -> None:
    """The one for S3 first; buckets are then part of the path."""
    urls = {"AWS_ENDPOINT_URL_S3": "http://s3.example:9000/", "AWS_ENDPOINT_URL": "http://x.example"}
    reader = locate(ARN, {**KEYS, **urls})
    assert (reader.scheme, reader.host) == ("http", "s3.example:9000")
    assert reader.base == "/acme-pypi-123456789012-us-east-1"


@pytest.mark.parametrize("arn", ["", "arn:aws:lambda:us-east-1:123456789012:function:other", ARN + "\n"])
def test_another_function_has_no_bucket(arn: str) -> None:
    """A doubt about where the credentials are is a failure of ours."""
    with pytest.raises(StoreUnavailableError):
        locate(arn, KEYS)


def test_an_object_is_read_once_a_minute_and_by_its_etag(kept: Kept, store: StoreServer) -> None:
    """The second read costs a 304."""
    assert [kept.at(0), kept.at(30), kept.at(59)] == ["one"] * 3
    assert len(store.requests) == 1
    assert kept.at(61) == "one"
    assert store.requests[1]["if-none-match"] == store.etag
    assert store.requests[1]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")


def test_a_change_holds_within_a_minute(kept: Kept, store: StoreServer) -> None:
    """Never later, with the store up."""
    kept.at(0)
    store.body = b"two"
    assert kept.at(59.9) == "one"
    assert kept.at(60) == "two"


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_copy_a_fault_is_unavailability(kept: Kept, store: StoreServer, fault: int | str) -> None:
    """Also 404 and 403: no credentials is not an empty list of them."""
    store.fault = fault
    with pytest.raises(StoreUnavailableError):
        kept.at(0)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_last_good_copy_serves_for_five_minutes(kept: Kept, store: StoreServer, fault: int | str) -> None:
    """Counted from when it was last known to be true; and the fault is reported once."""
    kept.at(0)
    store.fault = fault
    assert [kept.at(now) for now in (61, 120, 299)] == ["one"] * 3
    with pytest.raises(StoreUnavailableError):
        kept.at(300)
    assert len(kept.reports) == 1


def test_a_copy_that_does_not_parse_is_not_taken(kept: Kept, store: StoreServer) -> None:
    """The one before it serves, as long as it may."""
    kept.at(0)
    store.body = b"broken"
    assert kept.at(61) == "one"
    with pytest.raises(StoreUnavailableError, match="does not parse"):
        kept.at(301)


def test_a_failing_store_is_not_asked_by_each_request(kept: Kept, store: StoreServer) -> None:
    """Each try holds a viewer up, so there is one in five seconds."""
    store.fault = 500
    for now in (0, 1, 2, 4.9):
        with pytest.raises(StoreUnavailableError):
            kept.at(now)
    assert len(store.requests) == 1
    store.fault = None
    assert kept.at(5) == "one"
    assert kept.reports[-1] == "auth/htpasswd can be read again"
