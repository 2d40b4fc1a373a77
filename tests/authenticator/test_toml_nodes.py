from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from authenticator.toml_nodes import Node, NotAllowedError


def refusal(read: Callable[[], object]) -> tuple[tuple[str | int, ...], str]:
    """Where what is read is not allowed, and the sentence."""
    with pytest.raises(NotAllowedError) as caught:
        read()
    return caught.value.path, str(caught.value)


def test_a_table_gives_its_values_with_their_paths() -> None:
    """From the outside in."""
    rule = Node([{"read": ["alice"]}], ("rules",)).items()[0]
    (reader,) = rule.record("read")["read"].items(at_least=1)
    assert reader == Node("alice", ("rules", 0, "read", 0))
    assert Node({}).table() == {}


@pytest.mark.parametrize(
    ("read", "path", "sentence"),
    [
        (lambda: Node(5, ("a",)).table(), ("a",), "a must be a table, and is 5"),
        (lambda: Node([], ("a",)).table(), ("a",), "a must be a table, and is an array"),
        (lambda: Node({}, ("a",)).items(), ("a",), "a must be an array, and is a table"),
        (lambda: Node([], ("a",)).items(at_least=1), ("a",), "a must not be empty"),
        (lambda: Node({"c": 1}).fields("a", "b"), ("c",), "unknown key 'c': allowed are a, b"),
        (
            lambda: Node({"c": 1}, ("x", 0)).fields("a", "b"),
            ("x", 0, "c"),
            "unknown key 'c' in x: allowed are a, b",
        ),
        (lambda: Node({"a": 1}, ("x", 0)).record("a", "b"), ("x", 0), "each of x must have a and b"),
        (lambda: Node("é", ("a",)).text("ASCII", str.isascii), ("a",), "a must be ASCII, and is '\\xe9'"),
        (lambda: Node(1, ("a", 3)).text("ASCII", str.isascii), ("a", 3), "each of a must be ASCII, and is 1"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(
    read: Callable[[], object], path: tuple[str | int, ...], sentence: str
) -> None:
    """And with what is."""
    assert refusal(read) == (path, sentence)


@pytest.mark.parametrize("value", [1, 2, 3])
def test_a_whole_number_within_its_bounds(value: int) -> None:
    """Both of them are allowed."""
    assert Node(value, ("n",)).whole_number(1, 3) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (4, "4"),
        (2.0, "2.0"),
        (float("nan"), "nan"),
        (True, "true"),
        ("2", "'2'"),
        ("a\nb", "'a\\nb'"),
        (date(2027, 1, 31), "2027-01-31"),
        ([2], "an array"),
        ({"n": 2}, "a table"),
        (2**200, "a very long number"),
        (-(2**200), "a very long number"),
        (2**199, "803469022129495137770981046170581301261101496891396417650688"),
        ("x" * 100, "'" + "x" * 59 + "…"),
    ],
)
def test_anything_else_is_shown_in_one_short_line(value: Any, shown: str) -> None:
    """A bool is no number, and a file of one line floods no log."""
    expected = f"n must be a whole number from 1 to 3, and is {shown}"
    assert refusal(lambda: Node(value, ("n",)).whole_number(1, 3)) == (("n",), expected)
