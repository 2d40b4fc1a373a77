"""What the authenticator answers itself, in the form CloudFront takes from a viewer-request function.

Each body is one sentence for a person at a terminal. None is ever stored by a cache, but a redirect of
one spelling to another, which is true for ever and still asks for the credential each time.
"""

from typing import Any

__all__ = [
    "challenge",
    "forbidden",
    "healthy",
    "method_not_allowed",
    "not_acceptable",
    "not_found",
    "redirect",
    "redirect_upstream",
    "too_many_checks",
    "unavailable",
]

Response = dict[str, Any]


def challenge(realm: str) -> Response:
    """401. One answer for every reason, so that it tells nobody which part was wrong."""
    return _response(
        401,
        "Unauthorized",
        "This index needs a username and a password or token: check both, and that they are neither revoked "
        "nor expired.",
        **{"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'},
    )


def forbidden() -> Response:
    """403. The same whether or not there is such a project."""
    return _response(
        403,
        "Forbidden",
        "You are signed in, and the policy of this index does not let you read this: ask who looks after it.",
    )


def healthy() -> Response:
    return _response(200, "OK", "ok")


def not_found() -> Response:
    return _response(404, "Not Found", "There is nothing here: the index URL ends in /simple/.")


def method_not_allowed() -> Response:
    return _response(
        405,
        # twine and others show this, and not the body.
        "Method Not Allowed: publish with 'aws s3 cp FILE s3://BUCKET/incoming/'",
        "This index is only read here: publish with 'serverless-pypi publish dist/*', or with "
        "'aws s3 cp --recursive dist/ s3://BUCKET/incoming/'.",
        Allow="GET, HEAD",
    )


def not_acceptable() -> Response:
    return _response(
        406,
        "Not Acceptable",
        "This page comes as HTML, or as gzipped JSON: accept one of them (curl does with --compressed).",
    )


def redirect(location: str) -> Response:
    """301 to a path of this host."""
    return _response(
        301,
        "Moved Permanently",
        f"This page is at {location}.",
        **{"Location": location, "Cache-Control": "private, max-age=3600"},
    )


def redirect_upstream(url: str) -> Response:
    """302, for the project may be published here the next moment."""
    return _response(302, "Found", f"This index has no such project; another has: {url}.", Location=url)


def too_many_checks() -> Response:
    """503, and not 401: the credential was not looked at."""
    return _response(
        503,
        "Service Unavailable",
        "Too many wrong passwords were tried here just now; try again in some seconds, or use a token.",
        **{"Retry-After": "5"},
    )


def unavailable() -> Response:
    """503. The fault is ours, whatever the viewer offered."""
    return _response(
        503,
        "Service Unavailable",
        "This index cannot read its bucket just now; try again in some seconds.",
        **{"Retry-After": "5"},
    )


def _response(status: int, description: str, sentence: str, **headers: str) -> Response:
    fields = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **headers}
    return {
        # "The status must be a string"
        "status": str(status),
        "statusDescription": description,
        "headers": {name.lower(): [{"key": name, "value": value}] for name, value in fields.items()},
        "body": sentence + "\n",
    }
