"""docs/clients.md says what each client asks of the index; `make clients` writes it."""

import pytest

from benchmarks.clients import page, rows_of
from tests.clients.clients import REPRESENTATIVE
from tests.clients.counting import ROWS, count, publish_tree
from tests.clients.index import Index
from tests.clients.person import Person
from tests.clients.settings import PAGE

ON_PAGE = rows_of(PAGE.read_text())


@pytest.fixture(scope="module")
def tree(index: Index) -> Index:
    publish_tree(index)
    return index


def test_the_page_counts_for_every_client() -> None:
    assert ON_PAGE.keys() == ROWS.keys()


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=() if row in REPRESENTATIVE else pytest.mark.every_client) for row in ROWS],
)
def test_the_page_is_right(tree: Index, person: Person, row: str) -> None:
    """To the request; and to a twentieth of the bytes, for pages are packed, and hold random numbers."""
    counted, told = count(row, tree, person), ON_PAGE[row]
    for one, other in ((counted.first, told.first), (counted.again, told.again)):
        assert (one.requests, one.refused_first) == (other.requests, other.refused_first)
        assert one.size == pytest.approx(other.size, rel=0.05)
    assert counted.again.unchanged == told.again.unchanged


def test_who_reads_metadata_takes_no_wheel() -> None:
    """A tree of 200 MB is resolved by some kilobytes."""
    assert {row for row, told in ON_PAGE.items() if told.first.size < 20_000} >= {
        "pip",
        "uv",
        "Poetry",
        "PDM",
    }


def test_the_rest_of_the_page_is_left_alone() -> None:
    text = PAGE.read_text()
    again = page(text, "| other |\n")
    assert again.partition("<!--")[0] == text.partition("<!--")[0]
    assert again.rpartition("-->")[2] == text.rpartition("-->")[2]
