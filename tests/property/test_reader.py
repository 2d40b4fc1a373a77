"""A read is signed with what the environment holds, over what is sent."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from authenticator.deadline import Deadline
from authenticator.location import Location
from authenticator.reader import ObjectReader
from authenticator.sigv4 import AwsCredentials, signed_headers
from tests.authenticator.store_server import serve_store

TEXTS = st.text("abcXYZ019+/=", min_size=1, max_size=40)


@settings(deadline=None, max_examples=30)
@given(TEXTS, TEXTS, st.none() | TEXTS, st.sampled_from([None, '"other"']))
def test_the_store_can_verify_it(key_id: str, secret: str, token: str | None, etag: str | None) -> None:
    """By the secret, the session token and the Region alone."""
    environment = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
    if token is not None:
        environment["AWS_SESSION_TOKEN"] = token
    with serve_store() as store:
        store.body = b"x"
        host = store.url.removeprefix("http://")
        reader = ObjectReader(Location(scheme="http", host=host, base="/bucket"), environment)
        assert reader.read("auth/htpasswd", etag, Deadline(5)) is not None
        reader.close()
        (sent,) = store.requests
    expected = signed_headers(
        AwsCredentials(access_key_id=key_id, secret_access_key=secret, session_token=token),
        method="GET",
        host=host,
        path="/bucket/auth/htpasswd",
        region="us-east-1",
        now=datetime.strptime(sent["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        headers={} if etag is None else {"if-none-match": etag},
    )
    assert expected.items() <= sent.items()
