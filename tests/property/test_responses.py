"""Each answer, written out."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from authenticator import responses

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Acme", charset="UTF-8"'}
SOON = {"Retry-After": "5"}
#: The status lines that say more than the status.
DESCRIPTIONS = {405: "Method Not Allowed: publish with 'aws s3 cp FILE s3://BUCKET/incoming/'"}
ANSWERS = [
    (
        401,
        responses.challenge,
        "Acme",
        "This index needs a username and a password or token: check both, and that they are neither revoked "
        "nor expired.",
        CHALLENGE,
    ),
    (
        403,
        responses.forbidden,
        None,
        "You are signed in, and the policy of this index does not let you read this: ask who looks after it.",
        {},
    ),
    (200, responses.healthy, None, "ok", {}),
    (404, responses.not_found, None, "There is nothing here: the index URL ends in /simple/.", {}),
    (
        405,
        responses.method_not_allowed,
        None,
        "This index is only read here: publish with 'serverless-pypi publish dist/*', or with "
        "'aws s3 cp --recursive dist/ s3://BUCKET/incoming/'.",
        {"Allow": "GET, HEAD"},
    ),
    (
        406,
        responses.not_acceptable,
        None,
        "This page comes as HTML, or as gzipped JSON: accept one of them (curl does with --compressed).",
        {},
    ),
    (
        301,
        responses.redirect,
        "/simple/",
        "This page is at /simple/.",
        {"Location": "/simple/", "Cache-Control": "private, max-age=3600"},
    ),
    (
        302,
        responses.redirect_upstream,
        "https://a/b/",
        "This index has no such project; another has: https://a/b/.",
        {"Location": "https://a/b/"},
    ),
    (
        503,
        responses.too_many_checks,
        None,
        "Too many wrong passwords were tried here just now; try again in some seconds, or use a token.",
        SOON,
    ),
    (
        503,
        responses.unavailable,
        None,
        "This index cannot read its bucket just now; try again in some seconds.",
        SOON,
    ),
]


@pytest.mark.parametrize(("status", "answer", "argument", "sentence", "headers"), ANSWERS)
def test_an_answer_is_this(
    status: int,
    answer: Callable[..., dict[str, Any]],
    argument: str | None,
    sentence: str,
    headers: dict[str, str],
) -> None:
    """To the letter: a person reads it, or a client looks for it."""
    lines = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **headers}
    assert (answer() if argument is None else answer(argument)) == {
        "status": str(status),
        "statusDescription": DESCRIPTIONS.get(status, HTTPStatus(status).phrase),
        "headers": {name.lower(): [{"key": name, "value": value}] for name, value in lines.items()},
        "body": f"{sentence}\n",
    }
