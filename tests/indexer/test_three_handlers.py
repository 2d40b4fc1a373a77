"""No order of three handlers loses a file, keeps a ghost, or has a page forget what nobody deleted.

By default some 20,000 schedules; with EXPLORE=full more than 100,000.
"""

import pytest

from tests.indexer.explorer import FULL, explore, explore_at_random
from tests.indexer.quiet import be_quiet
from tests.indexer.scenarios import Scenario, pages_of, scenario, whole_batches_of

#: The same files all along, so that every schedule is one of the protocol and none of reading.
PAGES = {
    "three files come": scenario("+acme 1, +acme 2, +acme 3"),
    "one comes and two go": scenario("+acme 2, -acme 1, -acme 3", first="+acme 1, +acme 3"),
    "one goes and comes back, and an event is repeated": scenario(
        "-acme 1, +acme 1, =acme", first="+acme 1, +acme 2, -acme 1, +acme 1"
    ),
    "the only one goes and comes back, and an event is repeated": scenario(
        "-acme 1, +acme 1, =acme", first="+acme 1"
    ),
    "the first comes and goes, and an event is repeated": scenario("+acme 1, -acme 1, =acme"),
    "one comes, goes and comes back": scenario("+acme 1, -acme 1, +acme 1", first="+acme 1, -acme 1"),
}
#: A ``*`` is a walk over the bucket.
BATCHES = {
    "three projects come": scenario("+acme 1, +bolt 1, +core 1"),
    "two projects come, and a walk": scenario("+acme 1, +bolt 1, *"),
    "one project comes and goes, and a walk": scenario("+acme 1, -acme 1, *"),
    "one project changes its files, and another comes": scenario(
        "-acme 1, +acme 2, +bolt 1", first="+acme 1"
    ),
    "one project changes its files, and a walk": scenario("-acme 1, +acme 2, *", first="+acme 1"),
    "one project goes and comes back, and another goes": scenario(
        "-acme 1, +acme 1, -bolt 1", first="+acme 1, +bolt 1"
    ),
    "one project goes and comes back, and a walk": scenario("-acme 1, +acme 1, *", first="+acme 1"),
    "one project goes, another comes, and a walk": scenario("-acme 1, +bolt 1, *", first="+acme 1"),
    "two projects go, and a walk": scenario("-acme 1, -bolt 1, *", first="+acme 1, +bolt 1"),
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quiet(monkeypatch)


@pytest.mark.parametrize("steps", PAGES.values(), ids=PAGES)
def test_the_pages_are_true_after_each_schedule_with_two_preemptions(steps: Scenario) -> None:
    """All of them; and at no moment was a page worse than the one before."""
    exploration = explore(pages_of(steps), preemptions=2)
    assert exploration.wrong is None
    assert exploration.schedules > 700


@pytest.mark.parametrize("steps", PAGES.values(), ids=PAGES)
def test_the_pages_are_true_after_schedules_of_any_number_of_preemptions(steps: Scenario) -> None:
    """Drawn, for there are millions."""
    wanted = 8_000 if FULL else 1_000
    exploration = explore_at_random(pages_of(steps), schedules=wanted, seed=5)
    assert exploration.wrong is None
    assert exploration.schedules == wanted


@pytest.mark.parametrize("steps", BATCHES.values(), ids=BATCHES)
def test_whole_batches_end_true_after_each_schedule_with_few_preemptions(steps: Scenario) -> None:
    """To the project list, all of them: with one preemption, or two if there is time."""
    exploration = explore(whole_batches_of(steps), preemptions=2 if FULL else 1)
    assert exploration.wrong is None
    assert exploration.schedules > 100


@pytest.mark.parametrize("steps", BATCHES.values(), ids=BATCHES)
def test_whole_batches_end_true_after_schedules_of_any_number_of_preemptions(steps: Scenario) -> None:
    """Drawn, for there are millions."""
    wanted = 4_000 if FULL else 500
    exploration = explore_at_random(whole_batches_of(steps), schedules=wanted, seed=5)
    assert exploration.wrong is None
    assert exploration.schedules == wanted
