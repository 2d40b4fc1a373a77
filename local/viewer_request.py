"""From an ASGI scope to the event that CloudFront hands to a viewer-request function."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from local.edge_headers import is_disallowed

__all__ = [
    "DISTRIBUTION_ID",
    "MAX_REQUEST_BYTES",
    "MAX_URL_BYTES",
    "RefusedRequestError",
    "viewer_request_event",
]

Event = dict[str, Any]
Lines = Iterable[tuple[bytes, bytes]]

# The identifier in the developer guide's own events.
DISTRIBUTION_ID = "EDFDVBD6EXAMPLE"
MAX_URL_BYTES = 8192
MAX_REQUEST_BYTES = 32_768
# The template's, which are all that CloudFront knows.
_ALLOWED_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"})
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class RefusedRequestError(Exception):
    """A request that CloudFront answers by itself, with *status*, before any function runs."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status = status
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def viewer_request_event(scope: MutableMapping[str, Any], *, domain: str) -> Event:
    """Write down the request as the viewer sent it: nothing decoded, one list item a header line.

    Header names are in lower case in *key* too, as from any HTTP/2 viewer: ASGI does not keep their case.

    Raises:
        RefusedRequestError: CloudFront would not have asked the function about this request.
    """
    _refuse_what_never_reaches_a_function(scope)
    config = {
        "distributionDomainName": domain,
        "distributionId": DISTRIBUTION_ID,
        "eventType": "viewer-request",
        "requestId": base64.urlsafe_b64encode(secrets.token_bytes(40)).decode(),
    }
    client = scope.get("client") or ("127.0.0.1", 0)
    request = {
        "clientIp": client[0],
        "headers": _headers(scope["headers"]),
        "method": scope["method"],
        "querystring": _text(scope["query_string"]),
        "uri": _text(scope["raw_path"]),
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def _headers(lines: Lines) -> dict[str, list[dict[str, str]]]:
    headers: dict[str, list[dict[str, str]]] = {}
    for raw_name, raw_value in lines:
        name = raw_name.decode("latin-1").lower()
        if not is_disallowed(name):
            headers.setdefault(name, []).append({"key": name, "value": _text(raw_value)})
    return headers


def _text(raw: bytes) -> str:
    # "When values in the request are ISO-8859-1 encoded, CloudFront converts the values to UTF-8."
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _refuse_what_never_reaches_a_function(scope: Mapping[str, Any]) -> None:
    _refuse_malformed(scope["raw_path"], scope["headers"])
    _refuse_oversized(scope["raw_path"], scope["query_string"], scope["headers"])
    if scope["method"] not in _ALLOWED_METHODS:
        raise RefusedRequestError(
            403, "This distribution is not configured to allow the HTTP request method that was used."
        )
    if scope["method"] in ("GET", "HEAD") and _has_body(scope["headers"]):
        # "If a viewer GET request includes a body, CloudFront returns an HTTP status code 403."
        raise RefusedRequestError(403, "A GET or HEAD request may not have a body.")


def _refuse_malformed(path: bytes, lines: Lines) -> None:
    if not path.startswith(b"/"):
        raise RefusedRequestError(400, "The path of a request begins with a slash.")
    if any(_CONTROL.search(value) for _, value in lines):
        raise RefusedRequestError(400, "A header has a control character in it.")


def _refuse_oversized(path: bytes, query: bytes, lines: Lines) -> None:
    # "If a request or a URL exceeds these maximums, CloudFront returns HTTP status code 413."
    url_size = len(path) + len(query)
    if url_size > MAX_URL_BYTES:
        raise RefusedRequestError(413, f"The URL is longer than {MAX_URL_BYTES} bytes.")
    # Each line as HTTP/1.1 writes it, with its colon, space and line end.
    if url_size + sum(len(name) + len(value) + 4 for name, value in lines) > MAX_REQUEST_BYTES:
        raise RefusedRequestError(413, f"The request is longer than {MAX_REQUEST_BYTES} bytes.")


def _has_body(lines: Lines) -> bool:
    headers = {name.lower(): value for name, value in lines}
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0").strip(b"0 ") != b""
