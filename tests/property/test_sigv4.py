"""Our signature is botocore's."""

from datetime import UTC, datetime
from unittest import mock
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from authenticator.sigv4 import AwsCredentials, signed_headers

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


@given(
    secret=SECRETS,
    token=st.none() | SECRETS,
    key=KEYS,
    now=MOMENTS,
    etag=st.none() | st.from_regex(r'"[0-9a-f]{32}"', fullmatch=True),
    method=st.sampled_from(["GET", "HEAD"]),
)
def test_our_signature_is_botocores(
    secret: str, token: str | None, key: str, now: datetime, etag: str | None, method: str
) -> None:
    """Over random secrets, session tokens, keys, dates and conditions."""
    path = "/bucket/" + quote(key, safe="/~")
    extra = {} if etag is None else {"if-none-match": etag}
    ours = signed_headers(
        AwsCredentials(access_key_id="AKIAEXAMPLE", secret_access_key=secret, session_token=token),
        method=method,
        host="s3.example:9000",
        path=path,
        region="us-east-1",
        now=now,
        headers=extra,
    )
    request = AWSRequest(method, f"http://s3.example:9000{path}", headers=extra)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        S3SigV4Auth(Credentials("AKIAEXAMPLE", secret, token), "s3", "us-east-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]
