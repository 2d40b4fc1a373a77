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


def test_there_is_room_for_three_in_a_row() -> None:
    """A person may mistype a password."""
    assert taken(Budget(Clock())) == 3


@pytest.mark.parametrize(("seconds", "room"), [(0, {0}), (5, {0, 1}), (10, {1}), (20, {2}), (3600, {3})])
def test_it_fills_by_six_a_minute_and_no_further(seconds: float, room: set[int]) -> None:
    """However long nobody came."""
    clock = Clock()
    budget = Budget(clock)
    taken(budget)
    clock.now = seconds + 0.001
    assert taken(budget) in room


def test_asking_while_it_is_empty_does_not_keep_it_so() -> None:
    """Parts of one add up."""
    clock = Clock()
    budget = Budget(clock)
    taken(budget)
    total = 0
    for second in range(1, 601):
        clock.now = float(second)
        total += taken(budget)
    assert total in (59, 60)


def test_environments_do_not_let_a_check_through_at_the_same_moment() -> None:
    """Those that a flood has emptied together; else they were all busy at once, and none for the others."""
    clock = Clock()
    budgets = [Budget(clock) for _ in range(100)]
    for budget in budgets:
        taken(budget)
    ready = []
    for second in range(11):
        clock.now = float(second)
        ready.append(sum(taken(budget) for budget in budgets))
    # A hundred of them, spread over ten seconds by chance.
    assert sum(ready) in range(95, 111)
    assert max(ready) < 40


def test_what_is_given_back_can_be_taken_again() -> None:
    """A check of a right password costs nothing in the end."""
    budget = Budget(Clock())
    for _ in range(1000):
        budget.take()
        budget.give_back()
    assert taken(budget) == 3
