"""What CloudFront takes from a viewer-request function, and what it answers with 502 instead.

Where the developer guide is silent, the stricter reading holds: what is taken here is taken there.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx

from local.edge_headers import READ_ONLY_HEADERS, is_disallowed

__all__ = ["MAX_GENERATED_BYTES", "ContinuedRequest", "GeneratedResponse", "InvalidResultError", "judge"]

MAX_GENERATED_BYTES = 40 * 1024
_MAX_URL_CHARACTERS = 8192
_REQUEST_FIELDS = {"clientIp", "headers", "method", "querystring", "uri"}
_RESPONSE_FIELDS = {"body", "bodyEncoding", "headers", "status", "statusDescription"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_URI = re.compile(r"/[!-~]*")
_STATUS = re.compile(r"[2-5][0-9]{2}")


class InvalidResultError(ValueError):
    """A handler's result that CloudFront refuses; ``str()`` is the sentence for the log.

    It names fields and headers, and never repeats a value.
    """


@dataclass(frozen=True, slots=True)
class ContinuedRequest:
    """A request that goes on, to the cache and then to the origin, with what the function made of it.

    Its query string is not here: the template's cache policy forwards none.
    """

    method: str
    uri: str
    headers: httpx.Headers


@dataclass(frozen=True, slots=True)
class GeneratedResponse:
    """A response that the function wrote itself; it goes to the viewer and into no cache."""

    status: int
    headers: httpx.Headers
    body: bytes


def judge(result: object, asked: Mapping[str, Any]) -> ContinuedRequest | GeneratedResponse:
    """Accept *result* as the function's answer to the event's request, *asked*, or say what is wrong.

    Raises:
        InvalidResultError: CloudFront would refuse it.
    """
    fields = _mapping(result, "The result")
    if "status" in fields:
        return _generated(fields)
    return _continued(fields, asked)


def _continued(fields: Mapping[str, Any], asked: Mapping[str, Any]) -> ContinuedRequest:
    _refuse_unknown(fields, _REQUEST_FIELDS, "a request")
    if missing := sorted(_REQUEST_FIELDS - set(fields)):
        _refuse(f"It has neither a status, as a response, nor {missing[0]!r}, as a request")
    for read_only in ("clientIp", "method"):
        if fields[read_only] != asked[read_only]:
            _refuse(f"{read_only!r} is read-only, and was changed")
    _check_url(fields["uri"], fields["querystring"], asked["querystring"])
    headers = _headers(fields["headers"])
    _refuse_read_only(headers, _headers(asked["headers"]))
    return ContinuedRequest(asked["method"], fields["uri"], httpx.Headers(headers, encoding="utf-8"))


def _check_url(uri: object, querystring: object, asked_querystring: str) -> None:
    if not isinstance(uri, str) or not _URI.fullmatch(uri):
        _refuse("'uri' must be a string that begins with a slash, in printable ASCII without spaces")
    if "?" in uri:
        _refuse("'uri' has a query in it, which belongs in 'querystring'")
    if not isinstance(querystring, str):
        _refuse("'querystring' must be a string")
    # "The query string can't include spaces, control characters, or the fragment identifier (#)."
    if querystring != asked_querystring and re.search(r"[\x00-\x20#\x7f]", querystring):
        _refuse("'querystring' has a space, a control character or '#' in it")
    if len(uri) + len(querystring) >= _MAX_URL_CHARACTERS:
        _refuse(f"'uri' and 'querystring' must be shorter than {_MAX_URL_CHARACTERS} characters together")


def _generated(fields: Mapping[str, Any]) -> GeneratedResponse:
    _refuse_unknown(fields, _RESPONSE_FIELDS, "a response")
    status, description = fields["status"], fields.get("statusDescription", "")
    if not isinstance(status, str) or not _STATUS.fullmatch(status):
        _refuse("'status' must be a string from '200' to '599'")
    if not isinstance(description, str) or _CONTROL.search(description):
        _refuse("'statusDescription' must be a string without control characters")
    if status == "204" and "body" in fields:
        _refuse("A response with status 204 may not have a body")
    headers = _headers(fields.get("headers", {}))
    _refuse_read_only(headers, [])
    body = fields.get("body", "")
    if not isinstance(body, str):
        _refuse("'body' must be a string")
    _check_size(headers, body)
    decoded = _decoded(body, fields.get("bodyEncoding", "text"))
    return GeneratedResponse(int(status), httpx.Headers(headers, encoding="utf-8"), decoded)


def _check_size(headers: Iterable[tuple[str, str]], body: str) -> None:
    # The body counts as it is returned, in base64 if that is what it is.
    size = len(_encoded(body, "'body'")) + sum(len(name) + len(value.encode()) for name, value in headers)
    if size > MAX_GENERATED_BYTES:
        _refuse(f"The response has {size} bytes of headers and body, and may have {MAX_GENERATED_BYTES}")


def _decoded(body: str, encoding: object) -> bytes:
    if encoding == "text":
        return body.encode()
    if encoding != "base64":
        _refuse("'bodyEncoding' must be 'text' or 'base64'")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        _refuse("'body' is not the base64 that 'bodyEncoding' says it is")


def _headers(value: object) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, lines in _mapping(value, "'headers'").items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            _refuse(f"The header name {name!r} must be one in lower case")
        if is_disallowed(name):
            _refuse(f"The header {name!r} is one that a function may not set")
        if not isinstance(lines, list) or not lines:
            _refuse(f"The header {name!r} must be a list of lines, with one at least")
        pairs += [(name, _header_value(name, line)) for line in lines]
    return pairs


def _header_value(name: str, line: object) -> str:
    fields = _mapping(line, f"A line of header {name!r}")
    _refuse_unknown(fields, {"key", "value"}, f"a line of header {name!r}")
    key, value = fields.get("key", name), fields.get("value")
    if not isinstance(key, str) or key.lower() != name:
        _refuse(f"A line of header {name!r} has another header's name as its key")
    if not isinstance(value, str) or _CONTROL.search(value):
        _refuse(f"A line of header {name!r} has no value, or one with a line break or control character")
    _encoded(value, f"The value of header {name!r}")
    return value


def _refuse_read_only(headers: list[tuple[str, str]], asked: list[tuple[str, str]]) -> None:
    for read_only in READ_ONLY_HEADERS:
        if [value for name, value in headers if name == read_only] != [
            value for name, value in asked if name == read_only
        ]:
            _refuse(f"The header {read_only!r} is read-only, and was added, changed or removed")


def _refuse_unknown(fields: Mapping[str, Any], known: set[str], what: str) -> None:
    if unknown := sorted(repr(name) for name in set(fields) - known):
        _refuse(f"{unknown[0]} is no field of {what}")


def _mapping(value: object, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        _refuse(f"{what} must be an object, not of type {type(value).__name__}")
    return value


def _encoded(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        _refuse(f"{what} is not Unicode text: it has half of a surrogate pair in it")


def _refuse(sentence: str) -> NoReturn:
    raise InvalidResultError(f"{sentence}.")
