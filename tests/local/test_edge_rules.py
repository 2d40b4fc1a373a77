import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from local.edge_rules import ContinuedRequest, GeneratedResponse, InvalidResultError, judge

SAMPLE = Path(__file__).parents[2] / "events" / "viewer-request.json"
ASKED: dict[str, Any] = json.loads(SAMPLE.read_text())["Records"][0]["cf"]["request"]
CHALLENGE = {
    "status": "401",
    "statusDescription": "Unauthorized",
    "headers": {
        "www-authenticate": [{"key": "WWW-Authenticate", "value": 'Basic realm="index", charset="UTF-8"'}],
        "cache-control": [{"value": "no-store"}],
    },
    "body": "Say who you are.\n",
}


def continued(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ASKED), **changes}


def with_header(name: Any, lines: Any) -> dict[str, Any]:
    return continued(headers={**ASKED["headers"], name: lines})


def generated(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CHALLENGE), **changes}


def complaint(result: object) -> str:
    with pytest.raises(InvalidResultError) as caught:
        judge(result, ASKED)
    return str(caught.value)


def test_a_rewritten_request_goes_on() -> None:
    """The function may change the URI, the query and most headers."""
    result = continued(uri="/simple/sample-project/index.json", querystring="")
    result["headers"]["x-principal"] = [{"value": "reader"}]
    del result["headers"]["user-agent"]
    verdict = judge(result, ASKED)
    assert isinstance(verdict, ContinuedRequest)
    assert (verdict.method, verdict.uri) == ("GET", "/simple/sample-project/index.json")
    assert verdict.headers["x-principal"] == "reader"
    assert "user-agent" not in verdict.headers


def test_a_generated_response_goes_to_the_viewer() -> None:
    """A key that is missing from a header's line is made up from its name."""
    verdict = judge(CHALLENGE, ASKED)
    assert isinstance(verdict, GeneratedResponse)
    assert (verdict.status, verdict.body) == (401, b"Say who you are.\n")
    assert verdict.headers["cache-control"] == "no-store"
    assert verdict.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_status_alone_is_a_response() -> None:
    """Only the status is required."""
    verdict = judge({"status": "200"}, ASKED)
    assert isinstance(verdict, GeneratedResponse)
    assert (verdict.body, len(verdict.headers)) == (b"", 0)


def test_a_line_each_is_kept() -> None:
    """Two lines of a header are two lines in the response."""
    verdict = judge(generated(headers={"link": [{"value": "<a>"}, {"value": "<b>"}]}), ASKED)
    assert verdict.headers.get_list("link") == ["<a>", "<b>"]


def test_a_body_may_come_in_base64() -> None:
    """bodyEncoding says how to read the body."""
    body = base64.b64encode(b"\x00\xff").decode()
    verdict = judge(generated(body=body, bodyEncoding="base64"), ASKED)
    assert isinstance(verdict, GeneratedResponse)
    assert verdict.body == b"\x00\xff"


@pytest.mark.parametrize("result", [None, "401", 401, [], [CHALLENGE], True])
def test_a_result_is_an_object(result: object) -> None:
    """A handler that forgets to return has returned None."""
    assert "must be an object" in complaint(result)


@pytest.mark.parametrize(
    "status", [401, 200.0, "199", "600", "099", "40", "4o1", "", " 401", "401\n", "٤٠١", None]
)
def test_a_status_is_a_string_from_200_to_599(status: object) -> None:
    """The commonest mistake of all: a number."""
    assert "'status' must be a string" in complaint(generated(status=status))


@pytest.mark.parametrize("status", ["200", "204", "301", "401", "503", "599"])
def test_every_status_in_range_is_taken(status: str) -> None:
    """None of them needs a description."""
    judge({"status": status}, ASKED)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        "x-a: b",
        None,
        {"x-a": "b"},
        {"x-a": {"value": "b"}},
        {"x-a": []},
        {"x-a": ["b"]},
        {"x-a": [{}]},
        {"x-a": [{"key": "X-A"}]},
        {"x-a": [{"value": 1}]},
        {"x-a": [{"value": None}]},
        {"x-a": [{"key": "X-B", "value": "b"}]},
        {"x-a": [{"key": 1, "value": "b"}]},
        {"x-a": [{"key": "X-A", "value": "b", "values": "c"}]},
        {"x-a": [{"value": "b\r\nset-cookie: c"}]},
        {"x-a": [{"value": "b\nc"}]},
        {"x-a": [{"value": "b\x00"}]},
        {"x-a": [{"value": "\ud800"}]},
        {"X-A": [{"key": "X-A", "value": "b"}]},
        {"x a": [{"value": "b"}]},
        {"x-a:": [{"value": "b"}]},
        {"x-ä": [{"value": "b"}]},
        {"": [{"value": "b"}]},
        {1: [{"value": "b"}]},
    ],
)
def test_headers_that_are_none_are_refused(headers: object) -> None:
    """In a request as in a response, headers map lower-case names to lists of lines."""
    assert "header" in complaint(generated(headers=headers))
    assert "header" in complaint(continued(headers=headers))


@pytest.mark.parametrize(
    "name",
    ["connection", "keep-alive", "x-cache", "x-amz-cf-id", "x-amzn-requestid", "x-edge-resize", "x-real-ip"],
)
def test_disallowed_headers_are_refused(name: str) -> None:
    """A function may not set what is CloudFront's own."""
    assert f"{name!r} is one that a function may not set" in complaint(with_header(name, [{"value": "x"}]))
    assert name in complaint(generated(headers={name: [{"value": "x"}]}))


@pytest.mark.parametrize(
    "name", ["host", "content-length", "transfer-encoding", "via", "cdn-loop", "cloudfront-viewer-country"]
)
def test_read_only_headers_are_refused(name: str) -> None:
    """Neither a request nor a response may set what a function can only read."""
    assert f"{name!r} is read-only" in complaint(with_header(name, [{"value": "7"}]))
    assert f"{name!r} is read-only" in complaint(generated(headers={name: [{"value": "7"}]}))


def test_a_read_only_header_may_not_go() -> None:
    """To remove one is to change it."""
    result = continued()
    del result["headers"]["host"]
    assert "'host' is read-only" in complaint(result)


def test_a_response_may_have_40_kb() -> None:
    """Headers and body count, and not a byte more goes through."""
    headers = {"x-a": [{"value": "b" * 37}]}
    judge(generated(headers=headers, body="é" * 20_460), ASKED)
    assert "may have 40960" in complaint(generated(headers=headers, body="é" * 20_460 + "e"))


def test_a_body_counts_as_it_is_returned() -> None:
    """Base64 makes a body a third longer, and that is what is measured."""
    body = base64.b64encode(b"\x00" * 31_000).decode()
    assert "may have 40960" in complaint(generated(body=body, bodyEncoding="base64"))


@pytest.mark.parametrize("body", [b"x", 1, None, {"a": "b"}, "\ud800"])
def test_a_body_is_text(body: object) -> None:
    """An object is not made into JSON for the function."""
    assert "'body'" in complaint(generated(body=body))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [("x", "gzip"), ("x", None), ("x", 1), ("x", "base64"), ("=é", "base64"), ("YQ", "base64")],
)
def test_a_body_is_what_its_encoding_says(body: str, encoding: object) -> None:
    """There are two encodings, and base64 must be valid."""
    assert "bodyEncoding" in complaint(generated(body=body, bodyEncoding=encoding))


def test_204_has_no_body() -> None:
    """A body with No Content is an error, not ignored."""
    assert "204" in complaint(generated(status="204"))


@pytest.mark.parametrize(
    "uri",
    [None, 7, "", "simple/", "https://index.example/", "/a b", "/a\n", "/a\x00", "/é", "/a\x7f", "/\ud800"],
)
def test_a_uri_is_an_absolute_path_in_ascii(uri: object) -> None:
    """Anything else has to be percent-encoded first."""
    assert "'uri' must be a string" in complaint(continued(uri=uri))


def test_a_uri_has_no_query() -> None:
    """It would be read as part of the path."""
    assert "query" in complaint(continued(uri="/simple/?format=json"))


@pytest.mark.parametrize("querystring", [None, 1, "a b", "a#b", "a\nb"])
def test_a_querystring_is_text_without_spaces(querystring: object) -> None:
    """Nor with control characters or a fragment."""
    assert "'querystring'" in complaint(continued(querystring=querystring))


def test_a_querystring_that_was_sent_so_may_stay() -> None:
    """CloudFront checks what a function makes, not what a viewer sends."""
    asked = continued(querystring="a#b")
    judge(copy.deepcopy(asked), asked)


def test_a_url_stays_under_its_longest_length() -> None:
    """URI and query have less than 8,192 characters together."""
    judge(continued(uri="/" + "a" * 8190), ASKED)
    assert "shorter than 8192" in complaint(continued(uri="/" + "a" * 8190, querystring="b"))


@pytest.mark.parametrize(
    ("field", "value"), [("method", "HEAD"), ("clientIp", "127.0.0.1"), ("method", None)]
)
def test_method_and_address_are_read_only(field: str, value: object) -> None:
    """A HEAD cannot be made a GET."""
    assert f"{field!r} is read-only" in complaint(continued(**{field: value}))


@pytest.mark.parametrize("field", ["uri", "headers", "method", "clientIp", "querystring"])
def test_a_request_is_whole(field: str) -> None:
    """What is neither a response nor a whole request is refused."""
    result = continued()
    del result[field]
    assert field in complaint(result)


@pytest.mark.parametrize(
    "result", [generated(Status="401"), generated(statusCode=401), continued(path="/"), {"": 1}]
)
def test_unknown_fields_are_refused(result: object) -> None:
    """A misspelt field would otherwise be lost in silence."""
    assert "is no field of" in complaint(result)


def test_no_value_is_repeated() -> None:
    """A sentence goes to a log, and a header may hold a credential."""
    result = with_header("authorization", [{"value": "Basic c2VjcmV0\n"}])
    assert "c2VjcmV0" not in complaint(result)
