"""Policies, as dictionaries and as the TOML that gives them."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from tests.property.toml_documents import write_value

__all__ = ["GLOBS", "POLICIES", "PRINCIPALS", "PROJECTS", "nearly_policies", "write_policy"]

PRINCIPALS = ("alice", "bob", "ci/linux", "Zoë")
#: Few, so that patterns meet them.
PROJECTS = ("acme", "acme-core", "acme-web-ui", "b", "tool-acme", "0")
GLOBS = st.sampled_from(PROJECTS) | st.sampled_from(["*", "acme-*", "*acme*", "*-core", "a*-*e", "b*", "0*0"])
_GROUPS = ("ops", "team.1")
_READERS = st.lists(
    st.sampled_from([*PRINCIPALS, *(f"@{group}" for group in _GROUPS), "@signed-in", "@anonymous"]),
    max_size=3,
)
_RULES = st.lists(
    st.fixed_dictionaries({"projects": st.lists(GLOBS, min_size=1, max_size=3), "read": _READERS}),
    min_size=1,
    max_size=4,
)
_MOMENTS = st.dates() | st.datetimes(timezones=st.just(UTC))
#: Those that are accepted, but for rules that never decide.
POLICIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"groups": st.fixed_dictionaries({group: st.lists(st.sampled_from(PRINCIPALS)) for group in _GROUPS})},
    optional={
        "realm": st.text(" !#[]~az", min_size=1, max_size=100),
        "refresh_seconds": st.integers(1, 300),
        "stale_seconds": st.integers(300, 86_400),
        "rules": _RULES,
        "project_list": st.fixed_dictionaries({"read": _READERS}),
        "expires": st.dictionaries(st.sampled_from(PRINCIPALS), _MOMENTS, max_size=2),
        "upstream": st.fixed_dictionaries(
            {"url": st.sampled_from(["https://upstream.example/simple/", "http://localhost:8080/"])},
            optional={"reserved": st.lists(GLOBS)},
        ),
    },
)


@st.composite
def nearly_policies(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Policies in which one or two of *values* stand where others should."""
    policy = draw(POLICIES)
    for _ in range(draw(st.integers(1, 2))):
        _spoil(draw, policy, values)
    return policy


def write_policy(policy: Mapping[str, Any], between: str = "") -> str:
    """*policy* as TOML, a statement a key."""
    return "".join(f"{write_value(key)} = {write_value(value, between)}\n" for key, value in policy.items())


def _spoil(draw: st.DrawFn, value: Any, values: st.SearchStrategy[Any]) -> None:
    place: Any
    if isinstance(value, dict):
        place = draw(st.sampled_from([*value, "other", ""]))
    else:
        place = draw(st.integers(0, len(value) - 1))
    inner = value[place] if isinstance(value, list) else value.get(place)
    if isinstance(inner, dict | list) and inner and draw(st.booleans()):
        _spoil(draw, inner, values)
    else:
        value[place] = draw(values)
