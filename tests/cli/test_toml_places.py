"""All lines at once are those that the authenticator finds one by one."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authenticator.toml_lines import line_of
from serverless_pypi.auth.toml_places import places_of
from tests.property.policies import POLICIES, write_policy
from tests.property.toml_documents import Document, documents


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_everything_in_a_document_has_its_line(document: Document) -> None:
    """However it is written, and with whatever between."""
    assert places_of(document.text) == document.lines


@settings(deadline=None)
@given(POLICIES, st.sampled_from(["", "\n"]))
def test_each_line_is_the_authenticators(policy: dict[str, Any], between: str) -> None:
    """Of a policy."""
    text = write_policy(policy, between)
    places = places_of(text)
    assert all(places[path] == line_of(text, path) for path in places)


def test_tables_within_arrays_of_tables_are_told_apart() -> None:
    text = "[[a]]\n[a.b]\nc = 1\n[[a.d]]\n[[a.d]]\ne = [{f = 1}]\n[[a]]\nb.c = 2\n"
    assert places_of(text) == {
        ("a",): 1,
        ("a", 0): 1,
        ("a", 0, "b"): 2,
        ("a", 0, "b", "c"): 3,
        ("a", 0, "d"): 4,
        ("a", 0, "d", 0): 4,
        ("a", 0, "d", 1): 5,
        ("a", 0, "d", 1, "e"): 6,
        ("a", 0, "d", 1, "e", 0): 6,
        ("a", 0, "d", 1, "e", 0, "f"): 6,
        ("a", 1): 7,
        ("a", 1, "b"): 8,
        ("a", 1, "b", "c"): 8,
    }
