"""The bucket's place, of any service and below any endpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator.errors import StoreUnavailableError
from authenticator.location import Location, locate

SERVICES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)
VARIABLES = st.sampled_from(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
PATHS = st.sampled_from(["", "/", "/s3", "/s3/", "/a/X"])


@given(SERVICES, ACCOUNTS, VARIABLES, st.sampled_from(["http", "https"]), PATHS, st.sampled_from(["", ":7"]))
def test_each_service_of_an_account_has_its_bucket(
    service: str, account: str, variable: str, scheme: str, path: str, version: str
) -> None:
    """At S3's own endpoint, or in path style at the one that either variable names."""
    arn = f"arn:aws:lambda:eu-west-1:{account}:function:us-east-1.{service}-authenticator{version}"
    bucket = f"{service}-{account}-us-east-1"
    assert locate(arn, {}) == Location(scheme="https", host=f"{bucket}.s3.us-east-1.amazonaws.com", base="")
    found = locate(arn, {variable: f"{scheme}://localhost:9000{path}"})
    assert found == Location(scheme=scheme, host="localhost:9000", base=f"{path.rstrip('/')}/{bucket}")


@given(st.text(st.characters(), max_size=20).map(lambda text: f"arn:aws:lambda:us-east-1:{text}"))
def test_another_name_is_no_authenticators(arn: str) -> None:
    """And told so."""
    with pytest.raises(StoreUnavailableError) as refusal:
        locate(arn, {})
    assert str(refusal.value) == "the function's name does not end in -authenticator"
