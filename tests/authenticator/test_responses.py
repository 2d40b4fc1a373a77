from http import HTTPStatus
from typing import Any

import pytest

from authenticator import responses

ANSWERS = {
    "401": responses.challenge("Acme's index"),
    "403": responses.forbidden(),
    "200": responses.healthy(),
    "404": responses.not_found(),
    "405": responses.method_not_allowed(),
    "406": responses.not_acceptable(),
    "301": responses.redirect("/simple/acme-core/"),
    "302": responses.redirect_upstream("https://index.example/simple/acme/"),
    "503": responses.unavailable(),
    "503 of many": responses.too_many_checks(),
}
#: What each has besides those that all have.
OWN_HEADERS = {
    "401": {"WWW-Authenticate": 'Basic realm="Acme\'s index", charset="UTF-8"'},
    "405": {"Allow": "GET, HEAD"},
    "301": {"Location": "/simple/acme-core/", "Cache-Control": "private, max-age=3600"},
    "302": {"Location": "https://index.example/simple/acme/"},
    "503": {"Retry-After": "5"},
    "503 of many": {"Retry-After": "5"},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_the_form_that_cloudfront_takes(name: str) -> None:
    """The status is a string; a header is a list under its name in lower case."""
    answer: dict[str, Any] = ANSWERS[name]
    assert answer.keys() == {"status", "statusDescription", "headers", "body"}
    assert answer["status"] == name[:3]
    assert answer["statusDescription"].partition(":")[0] == HTTPStatus(int(name[:3])).phrase
    for key, lines in answer["headers"].items():
        (line,) = lines
        assert line.keys() == {"key", "value"}
        assert line["key"].lower() == key


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_these_headers_and_no_others(name: str) -> None:
    """None is kept by a cache, but where one spelling means the other for ever."""
    headers = {lines[0]["key"]: lines[0]["value"] for lines in ANSWERS[name]["headers"].values()}
    assert headers == {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        **OWN_HEADERS.get(name, {}),
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_a_body_is_one_sentence_for_a_person(name: str) -> None:
    """On one line of a terminal, in plain ASCII."""
    body = ANSWERS[name]["body"]
    assert body.isascii()
    assert body.endswith("\n")
    assert len(body.splitlines()) == 1
    assert name == "200" or body.endswith(".\n")


def test_who_uploads_is_told_how_to_publish() -> None:
    """In the body, and in the status line, since most clients show that alone."""
    answer = ANSWERS["405"]
    for text in (answer["statusDescription"], answer["body"]):
        assert "aws s3 cp" in text
        assert "s3://BUCKET/incoming/" in text


def test_too_many_checks_and_a_failure_of_ours_tell_each_their_own() -> None:
    """Who holds a token can do something about the one, and nothing about the other."""
    assert "token" in responses.too_many_checks()["body"]
    assert responses.too_many_checks()["body"] != responses.unavailable()["body"]
