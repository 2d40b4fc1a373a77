import pytest

from authenticator.errors import StoreUnavailableError
from authenticator.location import Location, locate

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:us-east-1.acme-pypi-authenticator:7"
S3 = Location(scheme="https", host="acme-pypi-123456789012-us-east-1.s3.us-east-1.amazonaws.com", base="")


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
    assert locate(arn, {}) == S3


def test_an_endpoint_is_taken_from_the_variables_that_every_sdk_reads() -> None:
    """The one for S3 first; buckets are then part of the path."""
    urls = {"AWS_ENDPOINT_URL_S3": "http://s3.example:9000/", "AWS_ENDPOINT_URL": "http://x.example"}
    base = "/acme-pypi-123456789012-us-east-1"
    assert locate(ARN, urls) == Location(scheme="http", host="s3.example:9000", base=base)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
def test_an_empty_endpoint_is_none(name: str) -> None:
    """An empty variable is as good as no variable, as with every SDK."""
    assert locate(ARN, {name: ""}) == S3


@pytest.mark.parametrize("arn", ["", "arn:aws:lambda:us-east-1:123456789012:function:other", ARN + "\n"])
def test_another_function_has_no_bucket(arn: str) -> None:
    """A doubt about where the credentials are is a failure of ours."""
    with pytest.raises(StoreUnavailableError):
        locate(arn, {})
