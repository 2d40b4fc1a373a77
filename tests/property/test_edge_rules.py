"""Whatever a handler returns, CloudFront has an answer to it."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.edge_rules import ContinuedRequest, GeneratedResponse, InvalidResultError, judge

ASKED: dict[str, Any] = {
    "clientIp": "203.0.113.178",
    "headers": {"host": [{"key": "Host", "value": "index.example"}]},
    "method": "GET",
    "querystring": "",
    "uri": "/simple/",
}
# Surrogates too: JSON can carry them into any string.
texts = st.text(st.characters(), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["host", "x-a", "via", "X-A", "connection", "x-edge-a", "accept"]) | texts
lines = st.fixed_dictionaries({"value": texts | anything}, optional={"key": names | anything, "x": anything})
headers = st.dictionaries(names, st.lists(lines, max_size=2) | anything, max_size=3)
statuses = st.integers(100, 700).map(str) | anything
encodings = st.sampled_from(["text", "base64"]) | anything
responses = st.fixed_dictionaries(
    {"status": statuses},
    optional={
        "statusDescription": anything,
        "headers": headers | anything,
        "body": texts | anything,
        "bodyEncoding": encodings,
    },
)


@st.composite
def changed_requests(draw: st.DrawFn) -> dict[str, Any]:
    """The request of the event, with one or two fields made anything."""
    request = copy.deepcopy(ASKED)
    for field in draw(st.lists(st.sampled_from(sorted(ASKED)), max_size=2)):
        request[field] = draw(texts.map(lambda text: f"/{text}") | headers | anything)
    return request


@given(anything | responses | changed_requests())
def test_every_result_is_accepted_or_refused(result: object) -> None:
    """The judge never fails in another way, and what it accepts can be sent."""
    try:
        verdict = judge(result, ASKED)
    except InvalidResultError:
        return
    assert all(b"\n" not in value for _, value in verdict.headers.raw)
    if isinstance(verdict, GeneratedResponse):
        assert 200 <= verdict.status <= 599
        return
    assert isinstance(verdict, ContinuedRequest)
    assert verdict.headers["host"] == "index.example"
    assert verdict.uri.startswith("/")
    assert verdict.uri.isascii()
