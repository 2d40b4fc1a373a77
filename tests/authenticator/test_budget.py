import pytest

from authenticator.budget import Budget
from authenticator.errors import TooManyChecksError
from tests.authenticator.clocks import Clock


def taken(budget: Budget) -> int:
    """How many checks there is room for now; they are all taken."""
    count = 0
    try:
        while True:
            budget.take()
            count += 1
    except TooManyChecksError:
        return count


def test_there_is_room_for_twenty_in_a_row() -> None:
    """A person who mistypes a password is never held up."""
    assert taken(Budget(Clock())) == 20


@pytest.mark.parametrize(
    ("seconds", "room"), [(0, 0), (2.9, 0), (3.1, 1), (30.1, 10), (60.1, 20), (3600, 20)]
)
def test_it_fills_by_twenty_a_minute_and_no_further(seconds: float, room: int) -> None:
    """However long nobody came."""
    clock = Clock()
    budget = Budget(clock)
    taken(budget)
    clock.now = seconds
    assert taken(budget) == room


def test_asking_while_it_is_empty_does_not_keep_it_so() -> None:
    """Parts of one add up."""
    clock = Clock()
    budget = Budget(clock)
    taken(budget)
    total = 0
    for second in range(1, 61):
        clock.now = float(second)
        total += taken(budget)
    assert total in (19, 20)


def test_what_is_given_back_can_be_taken_again() -> None:
    """A check of a right password costs nothing in the end."""
    budget = Budget(Clock())
    for _ in range(1000):
        budget.take()
        budget.give_back()
    assert taken(budget) == 20
