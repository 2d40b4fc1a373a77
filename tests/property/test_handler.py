"""A table of who asks for what in which spelling, held to a second reading of the policy."""

import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authenticator import handler as entry
from authenticator.handler import handler
from authenticator.policy_file import InvalidPolicyError, parse_policy
from authenticator.tokens import checksum, hash_token
from local.edge_rules import ContinuedRequest
from tests.authenticator.store_server import StoreServer, serve_store
from tests.property import auth_model
from tests.property.policies import POLICIES, PRINCIPALS, PROJECTS, write_policy
from tests.property.viewer import CONTEXT, Event, Verdict, ask, basic, viewer_event

#: Every name's, and one that is nobody's.
TOKENS = {name: f"spp_{name.encode().hex():a<43}".encode() for name in (*PRINCIPALS, "nobody")}
TOKENS = {name: start + checksum(start[4:]) for name, start in TOKENS.items()}
#: Those that this index has a page of, where another may have the rest.
PUBLISHED = ("acme", "b")
STORE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def store() -> Iterator[StoreServer]:
    """A bucket with a password file and some pages; each test writes its own policy."""
    with serve_store() as server, pytest.MonkeyPatch.context() as environment:
        server.body = "".join(f"{name}:{hash_token(TOKENS[name])}\n" for name in PRINCIPALS).encode()
        server.objects |= {f"simple/{project}/index.html": b"" for project in PUBLISHED}
        environment.setenv("AWS_ENDPOINT_URL_S3", server.url)
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield server
        close()


def start(store: StoreServer, policy: Mapping[str, Any]) -> None:
    """Begin with a new environment, which knows nothing but what *policy* says."""
    close()
    store.objects["auth/policy.toml"] = write_policy(policy).encode()


def close() -> None:
    """End the environment."""
    entry._gate(CONTEXT.invoked_function_arn).close()
    entry._gate.cache_clear()


def answer(asked: Event) -> Verdict:
    """What CloudFront makes of the handler's result; nothing secret is logged, and no failure of ours."""
    verdict, log = ask(asked)
    assert not any(token.decode() in log for token in TOKENS.values())
    assert all(json.loads(line)["level"] == "INFO" for line in log.splitlines()), log
    return verdict


def is_policy(policy: Mapping[str, Any]) -> bool:
    """Whether the authenticator takes it: some have rules that never decide."""
    try:
        parse_policy(write_policy(policy).encode())
    except InvalidPolicyError:
        return False
    return True


ACCEPTED = POLICIES.filter(is_policy)


@st.composite
def spellings(draw: st.DrawFn, project: str) -> str:
    """A name that is normalized to *project*; often it is already."""
    if draw(st.booleans()):
        return project
    separators = st.text("-_.", min_size=1, max_size=3)
    return "".join(
        draw(separators if each == "-" else st.sampled_from([each, each.upper()])) for each in project
    )


#: How it is asked for, where that leads, and what goes on if it is not led there.
PLACES = st.sampled_from(
    [
        ("/simple/{}/", "/simple/{}/", "/simple/{}/index.html"),
        ("/simple/{}", "/simple/{}/", ""),
        ("/project/{}/", "/project/{}/", "/project/{}/index.html"),
        ("/project/{}", "/project/{}/", ""),
        *(
            (f"/simple/{{}}/{asked}", f"/simple/{{}}/{canonical}", f"/simple/{{}}/{canonical}")
            for asked, canonical in (
                ("a-1+x.zip", "a-1%2Bx.zip"),
                ("a-1%2bx.zip", "a-1%2Bx.zip"),
                ("a-1!2.whl.metadata", "a-1%212.whl.metadata"),
            )
        ),
    ]
)


@STORE
@given(policy=ACCEPTED, data=st.data())
def test_every_spelling_is_answered_as_the_policy_says(
    store: StoreServer, policy: dict[str, Any], data: st.DataObject
) -> None:
    """To each principal and to nobody, for each project: let through, led to its one spelling, or refused."""
    start(store, policy)
    for principal in (*PRINCIPALS, "nobody", None):
        headers = {} if principal is None else {"authorization": [basic(principal, TOKENS[principal])]}
        known = principal in PRINCIPALS and not auth_model.has_expired(policy, principal, time.time())
        for project in PROJECTS:
            asked, location, forwarded = data.draw(PLACES)
            name = data.draw(spellings(project))
            if principal is not None and not known:
                expected: tuple[int, str] | str = (401, "")
            elif not auth_model.may_read(policy, principal, location.format(project)):
                expected = (401 if principal is None else 403, "")
            elif name != project or not forwarded:
                expected = (301, location.format(project))
            elif upstream := upstream_page(policy, asked, project):
                expected = (302, upstream)
            else:
                expected = forwarded.format(project)
            assert told(answer(viewer_event(asked.format(name), headers))) == expected


def upstream_page(policy: Mapping[str, Any], asked: str, project: str) -> str | None:
    """Where the project is looked for, if it is for the simple page of one that nobody claims."""
    upstream = policy.get("upstream")
    if upstream is None or asked != "/simple/{}/" or project in PUBLISHED:
        return None
    reserved = {"rules": [{"projects": upstream.get("reserved", []), "read": ["@anonymous"]}]}
    if auth_model.may_read(reserved, None, f"/simple/{project}/"):
        return None
    return f"{upstream['url']}{project}/"


def told(verdict: Verdict) -> tuple[int, str] | str:
    """The URI that goes on; or the status, and where it leads."""
    if isinstance(verdict, ContinuedRequest):
        return verdict.uri
    return verdict.status, verdict.headers.get("location", "")


# As CloudFront hands them on: no control characters.
VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
AUTHORIZATIONS = VALUES | st.builds(
    basic, st.sampled_from([*TOKENS, ""]), st.sampled_from([*TOKENS.values(), b"x" * 80])
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "authorization": st.lists(AUTHORIZATIONS, min_size=1, max_size=2),
        **{
            name: st.lists(VALUES, min_size=1, max_size=2)
            for name in ("accept", "accept-encoding", "cookie", "range", "x-forwarded-host", "x-a")
        },
    },
)
URIS = st.one_of(
    st.sampled_from(["/", "/simple/", "/simple", "/health", "/health/", "/assets/a.css", "/auth/htpasswd"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: f"/{text}"),
    st.text("/.%2efFsimpleproject+\\a", max_size=20).map(lambda text: f"/simple/{text}"),
)
METHODS = st.sampled_from(["GET", "GET", "HEAD", "POST", "get", "OPTIONS"])
EVENTS = st.builds(viewer_event, URIS, HEADERS, METHODS, st.text("a=&?%", max_size=5))


@STORE
@given(policy=ACCEPTED, events=st.lists(EVENTS, min_size=1, max_size=5))
def test_nothing_goes_on_without_a_right_to_it(
    store: StoreServer, policy: dict[str, Any], events: list[Event]
) -> None:
    """Whatever the event; and CloudFront takes every result."""
    start(store, policy)
    for event in events:
        request = event["Records"][0]["cf"]["request"]
        verdict = answer(event)
        if isinstance(verdict, ContinuedRequest):
            assert request["method"] in ("GET", "HEAD")
            offered = [line["value"] for line in request["headers"].get("authorization", [])]
            principals = [name for name in PRINCIPALS if offered == [basic(name, TOKENS[name])]]
            assert len(principals) == len(offered)
            principal = principals[0] if principals else None
            assert principal is None or not auth_model.has_expired(policy, principal, time.time())
            assert auth_model.may_read(policy, principal, verdict.uri)


_FIELDS = st.sampled_from(["Records", "cf", "request", "method", "uri", "headers", "authorization"])


@STORE
@given(
    event=st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(_FIELDS, inner) | st.lists(inner))
)
def test_an_event_that_is_none_is_a_failure_of_ours(store: StoreServer, event: object) -> None:
    """503, and told by the kind of what was raised alone."""
    start(store, {"realm": "x"})
    with redirect_stdout(io.StringIO()) as log:
        result = handler(event, CONTEXT)  # type: ignore[arg-type]
    assert result["status"] == "503"
    line = json.loads(log.getvalue())
    assert re.fullmatch(r"unexpected (?:KeyError|IndexError|TypeError)", line["message"])
    assert line["request_id"] == "5f9c"


BOB, ALICE = basic("bob", TOKENS["bob"]), basic("alice", TOKENS["alice"])


@pytest.mark.parametrize(
    ("uri", "authorization", "message"),
    [
        ("/simple/", "x", "InvalidAuthorizationError: an Authorization header that is not Basic"),
        ("/simple/", basic("bob", b"x"), "WrongCredentialError: the credential does not verify"),
        ("/none", BOB, "NotServedError: the path is none that this index serves"),
        ("/simple/b", BOB, "ForbiddenError: auth/policy.toml does not give /simple/b/ to 'bob'"),
        ("/", ALICE, "ExpiredPrincipalError: 'alice' has expired, as auth/policy.toml says"),
    ],
)
def test_a_refusal_is_one_line_of_the_log(
    store: StoreServer, uri: str, authorization: str, message: str
) -> None:
    """Its kind, what is to be known of it, and the request; so much is told."""
    rules = [{"projects": ["acme"], "read": ["bob"]}]
    start(store, {"rules": rules, "expires": {"alice": date(2026, 1, 1)}})
    _, log = ask(viewer_event(uri, {"authorization": [authorization]}))
    line = json.loads(log)
    del line["timestamp"]
    assert line == {"level": "INFO", "service": "authenticator", "message": message, "request_id": "5f9c"}
