"""What is explained is what the authenticator decides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator.authorization import Principal
from authenticator.policy_file import open_policy
from serverless_pypi.auth.decisions import Decider
from serverless_pypi.auth.written_policy import RefusedPolicyError, WrittenPolicy
from tests.property.policies import GLOBS, POLICIES, PRINCIPALS, PROJECTS, write_policy

NAMES = st.sampled_from([None, *PRINCIPALS, "nobody"])


def written(policy: dict[str, Any]) -> WrittenPolicy | None:
    """The policy; None for one with a rule that never decides."""
    try:
        return WrittenPolicy(write_policy(policy).encode(), "policy.toml")
    except RefusedPolicyError:
        return None


@given(POLICIES, NAMES, st.sampled_from(PROJECTS) | st.just("none"))
def test_a_decision_is_the_authenticators(policy: dict[str, Any], name: str | None, project: str) -> None:
    """Of a project and of the project list; and the rule, pattern and reader that are told do so."""
    read = written(policy)
    if read is None:
        return
    principal = None if name is None else Principal(name)
    decider = Decider(read, name)
    decision = decider.decide(project)

    assert decision.may_read == read.policy.rules.admit(principal, project)
    listed = decider.through(read.list_readers) is not None
    assert listed == read.policy.may_read_list(principal)
    if decision.rule is not None:
        rule = policy.get("rules", [{"projects": ["*"], "read": ["@signed-in"]}])[decision.rule - 1]
        assert decision.pattern in rule["projects"]
        assert decision.read == rule["read"]
        assert decision.through is None or decision.through in rule["read"]


@given(POLICIES, NAMES, GLOBS, st.sampled_from(["", "a", "-x"]))
def test_each_pattern_is_told_with_what_it_decides(
    policy: dict[str, Any], name: str | None, glob: str, run: str
) -> None:
    """For a project that it is the first to name."""
    read = written(policy)
    if read is None:
        return
    decider = Decider(read, name)
    by_pattern = {(each.rule, each.pattern): each for each in decider.decide_patterns()}
    decision = decider.decide(glob.replace("*", run))
    assert decision.rule is None or by_pattern[decision.rule, decision.pattern] == decision


@given(POLICIES, st.sets(st.sampled_from(PRINCIPALS)), st.integers(-(10**10), 10**11))
def test_whether_anybody_may_read_is_whether_somebody_may(
    policy: dict[str, Any], names: set[str], now: int
) -> None:
    """Who has expired is nobody; an anonymous reader is somebody."""
    read = written(policy)
    if read is None:
        return
    living: list[str | None] = [name for name in names if not read.policy.has_expired(name, now)]
    anybody = any(
        decision.may_read for name in [*living, None] for decision in Decider(read, name).decide_patterns()
    )
    assert read.admits_anybody(names, now) == anybody


def test_what_holds_without_a_policy_is_what_is_shown_for_it() -> None:
    """Whoever puts the shown one changes nothing."""
    shown, holds = WrittenPolicy.unwritten(), open_policy()
    assert not shown.exists
    for field in ("realm", "freshness", "list_readers", "expirations", "upstream"):
        assert getattr(shown.policy, field) == getattr(holds, field)
    for name in (None, Principal("alice")):
        assert shown.policy.may_read_project(name, "acme") == holds.may_read_project(name, "acme")


TEXT = """\
# A comment.
refresh_seconds = 5

[groups]
ops = [
    "alice",
]

[[rules]]
projects = ["acme-*"]
read = ["@ops", "zoe"]

[project_list]
read = ["bob"]

[expires]
dan = 2026-01-31
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("groups", "ops"), 5),
        (("rules", 0), 9),
        (("rules", 0, "read"), 11),
        (("project_list",), 13),
        (("expires", "dan"), 17),
        (("upstream",), None),
        (("rules", 1), None),
    ],
)
def test_a_policy_knows_its_lines(path: tuple[str | int, ...], line: int | None) -> None:
    """Also where lines end as on Windows, and behind a byte order mark."""
    for text in (TEXT, TEXT.replace("\n", "\r\n"), f"\ufeff{TEXT}"):
        assert WrittenPolicy(text.encode(), "x").line(*path) == line


def test_every_name_is_mentioned_where_it_stands_first() -> None:
    policy = WrittenPolicy(TEXT.encode(), "x")
    lines = {name: policy.line(*path) for name, path in policy.mentioned.items()}
    assert lines == {"alice": 5, "zoe": 11, "bob": 14, "dan": 17}
