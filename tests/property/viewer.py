"""A viewer: the events that come of it, and what CloudFront makes of the handler's answers."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

from authenticator.handler import handler
from local.edge_rules import ContinuedRequest, GeneratedResponse, judge
from tests.property.uris import FORWARDED, assert_servable

__all__ = ["CONTEXT", "Event", "Verdict", "ask", "basic", "viewer_event"]

CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:acme-authenticator:1",
    aws_request_id="5f9c",
)
Event = dict[str, Any]
Verdict = ContinuedRequest | GeneratedResponse


def viewer_event(
    uri: str, headers: Mapping[str, Sequence[str]], method: str = "GET", querystring: str = ""
) -> Event:
    """As CloudFront writes it, with lower-case names in *headers*."""
    lines = {name: [{"key": name, "value": value} for value in values] for name, values in headers.items()}
    request = {
        "clientIp": "203.0.113.178",
        "headers": {"host": [{"key": "Host", "value": "index.example"}], **lines},
        "method": method,
        "querystring": querystring,
        "uri": uri,
    }
    return {"Records": [{"cf": {"config": {}, "request": request}}]}


def basic(username: str, password: bytes) -> str:
    """The header that offers a credential."""
    return f"Basic {base64.b64encode(username.encode() + b':' + password).decode()}"


def ask(event: Event) -> tuple[Verdict, str]:
    """What CloudFront makes of the handler's result, and the log.

    A result that it would refuse, or that no authenticator may give, is an `AssertionError`.
    """
    log = io.StringIO()
    with redirect_stdout(log):
        result = handler(json.loads(json.dumps(event)), CONTEXT)
    verdict = judge(json.loads(json.dumps(result)), event["Records"][0]["cf"]["request"])
    for line in log.getvalue().splitlines():
        assert "unexpected" not in json.loads(line)["message"], line
    if isinstance(verdict, ContinuedRequest):
        assert FORWARDED.fullmatch(verdict.uri)
        assert_servable(verdict.uri)
        assert result["querystring"] == ""
        assert "authorization" not in verdict.headers
    else:
        # A sentence for a person at a terminal.
        assert verdict.body.decode().removesuffix("\n").isprintable()
        assert verdict.headers["cache-control"] == (
            "private, max-age=3600" if verdict.status == 301 else "no-store"
        )
    return verdict, log.getvalue()
