"""Whatever stands in a policy, it is refused with the place of its mistake or decides as it says."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from authenticator.authorization import Principal
from authenticator.policy import Policy
from authenticator.policy_file import InvalidPolicyError, open_policy, parse_policy
from tests.property import auth_model
from tests.property.policies import GLOBS, POLICIES, PRINCIPALS, PROJECTS, nearly_policies, write_policy
from tests.property.toml_documents import VALUES, Document, documents

MOMENTS = st.integers(-(10**10), 10**11)


def parse(text: str) -> Policy | InvalidPolicyError:
    try:
        return parse_policy(text.encode(errors="surrogatepass"))
    except InvalidPolicyError as error:
        return error


def assert_told(outcome: Policy | InvalidPolicyError, text: str) -> None:
    """Assert that a refusal is one short line, and its line one of *text*."""
    if isinstance(outcome, InvalidPolicyError):
        sentence = str(outcome)
        assert sentence.isprintable()
        assert len(sentence) < 2000
        line = re.match(r"line ([0-9]+): ", sentence)
        assert line is None or 1 <= int(line[1]) <= text.count("\n") + 1


@given(st.text(st.characters(), max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
@example("a = " + "1" * 5000)
@example("refresh_seconds = 0x" + "f" * 5000)
@example("a = " + "[" * 5000 + "]" * 5000)
@example("expires = {a = 0001-01-01T00:00:00+23:59}")
@example("\ufeff")
def test_any_text_is_refused_or_a_policy(text: str) -> None:
    """Nothing else is raised."""
    assert_told(parse(text), text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_any_document_is_refused_or_a_policy(document: Document) -> None:
    """And told where: on the line of a key that is none of ours."""
    outcome = parse(document.text)
    assert_told(outcome, document.text)
    if document.lines:
        assert isinstance(outcome, InvalidPolicyError)
        line = int(str(outcome).removeprefix("line ").partition(":")[0])
        assert line in {document.lines[path] for path in document.lines if len(path) == 1}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    nearly_policies(VALUES | GLOBS | st.sampled_from(["@ops", "@none", [], {}])), st.sampled_from(["", "\n"])
)
def test_a_value_that_stands_elsewhere_is_refused_or_allowed(policy: dict[str, Any], between: str) -> None:
    """In a policy that is one otherwise."""
    text = write_policy(policy, between)
    assert_told(parse(text), text)


@given(st.integers(0, 9), st.integers(0, 9))
def test_what_is_no_utf8_is_told_by_its_line(before: int, after: int) -> None:
    """The first of them, if there are several."""
    with pytest.raises(InvalidPolicyError, match=rf"\Aline {before + 1}: it is not UTF-8\Z"):
        parse_policy(b"\n" * before + b"\xff" + b"\n\xff" * after)


def test_where_there_is_no_file_everyone_reads_who_is_signed_in() -> None:
    """And nobody else."""
    policy = open_policy()
    for name in ("alice", None):
        principal = None if name is None else Principal(name)
        assert policy.may_read_project(principal, "acme") == auth_model.may_read({}, name, "/simple/acme/")
        assert policy.may_read_list(principal) == auth_model.may_read({}, name, "/simple/")
        assert policy.may_read_assets(principal) == auth_model.may_read({}, name, "/assets/a.css")


@pytest.mark.parametrize("reader", ["@anonymous", "@signed-in"])
def test_who_has_a_page_to_read_has_what_it_is_drawn_with(reader: str) -> None:
    """Also if it is one project's."""
    policy = parse_policy(write_policy({"rules": [{"projects": ["acme"], "read": [reader]}]}).encode())
    assert policy.may_read_assets(None) == (reader == "@anonymous")


@given(POLICIES, st.data())
def test_a_key_that_is_none_is_told_by_its_line(policy: dict[str, Any], data: st.DataObject) -> None:
    """Wherever it stands, and however many lines stand before."""
    lines = write_policy(policy).splitlines()
    place = data.draw(st.integers(0, len(lines)))
    lines.insert(place, "reader = 1")
    assert str(parse("\n".join(lines))).startswith(f"line {place + 1}: unknown key 'reader'")


@given(POLICIES, st.sampled_from([None, *PRINCIPALS, "nobody"]), st.sampled_from(PROJECTS), MOMENTS)
def test_a_policy_decides_as_it_reads(
    written: dict[str, Any], name: str | None, project: str, now: int
) -> None:
    """As somebody would who reads it from top to bottom."""
    policy = parse(write_policy(written))
    if isinstance(policy, InvalidPolicyError):
        assert "this rule never decides on" in str(policy)
        return
    principal = None if name is None else Principal(name)
    for location, answer in (
        (f"/simple/{project}/", policy.may_read_project(principal, project)),
        ("/simple/", policy.may_read_list(principal)),
        ("/assets/style.css", policy.may_read_assets(principal)),
    ):
        assert answer == auth_model.may_read(written, name, location)
    if name is not None:
        assert policy.has_expired(name, now) == auth_model.has_expired(written, name, now)


@given(st.lists(GLOBS, min_size=1, max_size=5), st.lists(st.sampled_from(["", "a", "-core", "acme", "0-b"])))
def test_a_pattern_is_refused_just_if_it_can_never_decide(patterns: list[str], runs: list[str]) -> None:
    """The one that is named does not decide on any name; if none is, each decides on some."""
    rules = [{"projects": [pattern], "read": ["alice"]} for pattern in patterns]
    outcome = parse(write_policy({"rules": rules}))
    if isinstance(outcome, InvalidPolicyError):
        pattern = str(outcome).split("'")[1]
        place = len(patterns) - 1 - patterns[::-1].index(pattern)
        for run in runs:
            assert first(patterns, pattern.replace("*", run)) != place
    else:
        # No pattern has these letters, so where they stand for a star only a star meets them.
        assert [first(patterns, pattern.replace("*", "xyz")) for pattern in patterns] == list(
            range(len(patterns))
        )


def first(patterns: Sequence[str], name: str) -> int:
    return next(place for place, pattern in enumerate(patterns) if fnmatchcase(name, pattern))
