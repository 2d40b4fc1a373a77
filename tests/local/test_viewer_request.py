import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from local.edge_rules import ContinuedRequest, judge
from local.viewer_request import RefusedRequestError, viewer_request_event

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("viewer-request*.json"))
DOMAIN = "d111111abcdef8.cloudfront.net"


def scope(path: bytes = b"/", headers: Iterable[tuple[bytes, bytes]] = (), **others: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "raw_path": path,
        "query_string": b"",
        "headers": list(headers),
        "client": ("203.0.113.178", 50000),
        **others,
    }


def request_of(event: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return request


def request(*arguments: Any, **others: Any) -> dict[str, Any]:
    return request_of(viewer_request_event(scope(*arguments, **others), domain=DOMAIN))


def refusal(**others: Any) -> int:
    with pytest.raises(RefusedRequestError) as caught:
        viewer_request_event(scope(**others), domain=DOMAIN)
    return caught.value.status


def without_case(headers: dict[str, list[dict[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    return {name: [(line["key"].lower(), line["value"]) for line in lines] for name, lines in headers.items()}


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_is_rebuilt_from_its_own_request(path: Path) -> None:
    """Sent over HTTP, the request of each sample event gives that event again, all but the case of names."""
    sample = json.loads(path.read_text())
    asked = request_of(sample)
    headers = [
        (line["key"].lower().encode(), line["value"].encode())
        for lines in asked["headers"].values()
        for line in lines
    ]
    event = viewer_request_event(
        scope(
            asked["uri"].encode(),
            headers,
            method=asked["method"],
            query_string=asked["querystring"].encode(),
            client=(asked["clientIp"], 50000),
        ),
        domain=DOMAIN,
    )
    given = request_of(event)
    assert without_case(given.pop("headers")) == without_case(asked.pop("headers"))
    assert given == asked
    config, expected = (each["Records"][0]["cf"]["config"] for each in (event, sample))
    assert len(config.pop("requestId")) == 56
    del expected["requestId"]
    assert config == expected


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_sample_event_is_accepted_as_its_own_answer(path: Path) -> None:
    """A function that changes nothing breaks no rule."""
    asked = request_of(json.loads(path.read_text()))
    verdict = judge(json.loads(json.dumps(asked)), asked)
    assert isinstance(verdict, ContinuedRequest)
    assert verdict.uri == asked["uri"]


def test_uri_comes_as_it_was_sent() -> None:
    """Nothing in the path is decoded or resolved, and the query is not part of it."""
    path = b"/simple/../a%2Fb/./%2e%2e//x+y%2Bz"
    given = request(path, query_string=b"a=1&b=%20")
    assert (given["uri"], given["querystring"]) == (path.decode(), "a=1&b=%20")


def test_each_header_line_is_an_item() -> None:
    """Values are neither split at commas nor joined, and names are in lower case."""
    given = request(headers=[(b"Accept", b"text/html, */*"), (b"cookie", b"a=1"), (b"cookie", b"b=2")])
    assert given["headers"] == {
        "accept": [{"key": "accept", "value": "text/html, */*"}],
        "cookie": [{"key": "cookie", "value": "a=1"}, {"key": "cookie", "value": "b=2"}],
    }


def test_bytes_that_are_not_utf_8_are_read_as_latin_1() -> None:
    """CloudFront converts ISO-8859-1 to UTF-8, and leaves UTF-8 alone."""
    given = request(b"/caf\xe9", [(b"x-office", "Orléans".encode())])
    assert given["uri"] == "/café"
    assert given["headers"]["x-office"][0]["value"] == "Orléans"


@pytest.mark.parametrize(
    "name", [b"connection", b"expect", b"x-amz-cf-id", b"x-edge-location", b"x-forwarded-proto", b"x-cache"]
)
def test_disallowed_headers_are_not_shown(name: bytes) -> None:
    """What a function may not set, it does not see either."""
    assert list(request(headers=[(name, b"x"), (b"host", b"index.example")])["headers"]) == ["host"]


def test_an_address_is_made_up_for_a_viewer_without_one() -> None:
    """Over a Unix socket there is no address, but a function expects one."""
    assert request(client=None)["clientIp"] == "127.0.0.1"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_what_would_change_something_comes_to_the_function(method: str) -> None:
    """With its body, of which the function sees nothing: so it can say what to do instead."""
    asked = request(method=method, headers=[(b"content-length", b"4")])
    assert asked["method"] == method
    assert "body" not in asked


@pytest.mark.parametrize("method", ["PROPFIND", "get"])
def test_other_methods_do_not_come_through(method: str) -> None:
    """CloudFront knows no other, so says 403, and runs no function."""
    assert refusal(method=method) == 403


@pytest.mark.parametrize("header", [(b"content-length", b"4"), (b"transfer-encoding", b"chunked")])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_is_refused(method: str, header: tuple[bytes, bytes]) -> None:
    """CloudFront answers a GET with a body with 403."""
    assert refusal(method=method, headers=[header]) == 403


def test_an_announced_empty_body_is_none() -> None:
    """Content-Length: 0 is no body."""
    assert request(headers=[(b"content-length", b"0")])["headers"]["content-length"][0]["value"] == "0"


def test_a_url_has_a_longest_length() -> None:
    """Path and query together may have 8,192 bytes."""
    assert request(b"/" + b"a" * 4095, query_string=b"b" * 4096)
    assert refusal(path=b"/" + b"a" * 4096, query_string=b"b" * 4096) == 413


def test_a_request_has_a_largest_size() -> None:
    """Path, query and headers together may have 32,768 bytes."""
    assert request(headers=[(b"x-a", b"a" * (32_768 - 1 - 3 - 4))])
    assert refusal(headers=[(b"x-a", b"a" * (32_768 - 3 - 4))]) == 413


@pytest.mark.parametrize("others", [{"path": b"*"}, {"path": b""}, {"headers": [(b"x-a", b"a\x01b")]}])
def test_what_is_not_http_is_refused(others: dict[str, Any]) -> None:
    """A path without its slash and a control character in a header are bad requests."""
    assert refusal(**others) == 400
