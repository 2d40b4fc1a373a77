"""AWS Signature Version 4 for the one kind of request made here: a GET or HEAD of an object.

Specification: "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference. Importing
botocore for this would cost seconds of a 128 MB function; a test holds this module to its signer.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from authenticator.records import Record

__all__ = ["AwsCredentials", "signed_headers"]

_EMPTY_BODY = hashlib.sha256(b"").hexdigest()


class AwsCredentials(Record, kw_only=True):
    """What AWS gives a function to sign with; none of it is ever shown."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def signed_headers(
    credentials: AwsCredentials,
    *,
    method: str,
    host: str,
    path: str,
    region: str,
    now: datetime,
    headers: Mapping[str, str],
) -> dict[str, str]:
    """*headers* and those that authenticate the request; names in lower case, all of them signed.

    *path* is percent-encoded as it is sent, and there is no query.
    """
    timestamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{timestamp[:8]}/{region}/s3/aws4_request"
    signed = {
        **headers,
        "host": host,
        "x-amz-content-sha256": _EMPTY_BODY,
        "x-amz-date": timestamp,
    }
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed))
    canonical_headers = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical_request = "\n".join([method, path, "", canonical_headers, names, _EMPTY_BODY])
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", timestamp, scope, hashlib.sha256(canonical_request.encode()).hexdigest()]
    )
    signature = hmac.new(
        _signing_key(credentials.secret_access_key, scope), to_sign.encode(), hashlib.sha256
    ).hexdigest()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
