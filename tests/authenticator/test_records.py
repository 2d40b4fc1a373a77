import pytest

from authenticator.records import Record


class Point(Record):
    x: int
    y: int = 0


class Pair(Record, kw_only=True):
    x: int
    y: int


def test_a_record_has_the_fields_it_was_given() -> None:
    """By place or by name, or else their defaults."""
    assert (Point(1, 2).x, Point(1, 2).y) == (1, 2)
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert (Pair(y=2, x=1).x, Pair(y=2, x=1).y) == (1, 2)


def test_a_record_cannot_be_changed() -> None:
    """Whoever holds one holds what he was given."""
    point = Point(1, 2)
    with pytest.raises(AttributeError, match=r"Point\.x cannot be changed"):
        point.x = 3  # type: ignore[misc]  # that is the question
    assert point.x == 1


def test_records_are_equal_by_class_and_fields() -> None:
    """And then their hashes are."""
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != Pair(x=1, y=2)
    assert Point(1, 2) != (1, 2)
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2


def test_a_record_is_matched_by_its_fields() -> None:
    """In their order."""
    match Point(1, 2):
        case Point(1, y):
            assert y == 2
        case _:
            pytest.fail("it is none")


def test_no_field_is_shown() -> None:
    """Some are secrets, and a repr reaches logs sooner or later."""
    assert repr(Pair(x=7, y=8)) == "<Pair>"
