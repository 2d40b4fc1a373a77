"""Where the bucket is.

Lambda@Edge has neither environment nor origin headers to say it, so the bucket's name is a convention
on the function's own ARN.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from authenticator.errors import StoreUnavailableError
from authenticator.records import Record

__all__ = ["REGION", "Location", "locate"]

#: The bucket's Region. The function runs in whichever is near the viewer.
REGION = "us-east-1"
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:(?P<account>[0-9]{12}):function:"
    r"(?:us-east-1\.)?(?P<service>[a-z0-9-]+)-authenticator(?::[A-Za-z0-9$_-]+)?",
    re.ASCII,
)


class Location(Record, kw_only=True):
    """*base* is what stands before a key in a path."""

    scheme: str
    host: str
    base: str


def locate(function_arn: str, environment: Mapping[str, str]) -> Location:
    """The bucket of the service that the function with this ARN belongs to.

    Its endpoint is S3's own, or what the variables say that every AWS SDK reads; none is set at the
    edge. Raises `StoreUnavailableError` for an ARN that is not an authenticator's.
    """
    match = _ARN.fullmatch(function_arn)
    if match is None:
        raise StoreUnavailableError("the function's name does not end in -authenticator")
    bucket = f"{match['service']}-{match['account']}-{REGION}"
    # An empty variable counts as none, as with the SDKs.
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return Location(scheme="https", host=f"{bucket}.s3.{REGION}.amazonaws.com", base="")
    url = urlsplit(endpoint)
    return Location(scheme=url.scheme, host=url.netloc, base=f"{url.path.rstrip('/')}/{bucket}")
