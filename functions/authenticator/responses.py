"""What the authenticator answers itself, in the form CloudFront takes from a viewer-request function.

Each body is one sentence for a person at a terminal. None is ever stored by a cache, but a redirect of
one spelling to another, which is true for ever and still asks for the credential each time.
"""

from typing import Any

__all__ = [
    "challenge",
    "method_not_allowed",
    "not_acceptable",
    "not_found",
    "redirect",
    "unavailable",
]

Response = dict[str, Any]

_REALM = "serverless-pypi"


def challenge() -> Response:
    """401. One answer for every reason, so that it tells nobody which part was wrong."""
    return _response(
        401,
        "Unauthorized",
        "This index needs a username and a password or token: check both, and that they were not revoked.",
        **{"WWW-Authenticate": f'Basic realm="{_REALM}", charset="UTF-8"'},
    )


def not_found() -> Response:
    return _response(404, "Not Found", "There is nothing here: the index URL ends in /simple/.")


def method_not_allowed() -> Response:
    return _response(
        405,
        "Method Not Allowed",
        "This index is read with GET and HEAD; publish by copying files to its bucket.",
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


def unavailable() -> Response:
    """503. The fault is ours, whatever the viewer offered."""
    return _response(
        503,
        "Service Unavailable",
        "This index cannot check credentials just now; try again in some seconds.",
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
