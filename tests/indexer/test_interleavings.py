"""No interleaving of two handlers loses a file or keeps a ghost; and a broken protocol is found out."""

from collections.abc import Callable, Sequence

import pytest

from tests.indexer.explorer import Exploration, Task, explore
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

Scenario = Callable[[World], Sequence[Task]]


def add_and_add(world: World) -> Sequence[Task]:
    """Two files come, each with its event."""
    return (
        lambda: (world.put("acme", "1"), world.rebuild("acme")),
        lambda: (world.put("acme", "2"), world.rebuild("acme")),
    )


def add_and_remove(world: World) -> Sequence[Task]:
    """One file comes while another goes."""
    world.put("acme", "1")
    world.rebuild("acme")
    return (
        lambda: (world.put("acme", "2"), world.rebuild("acme")),
        lambda: (world.remove("acme", "1"), world.rebuild("acme")),
    )


def remove_and_add_again(world: World) -> Sequence[Task]:
    """The last file goes and comes back, the same to the byte."""
    world.put("acme", "1")
    world.rebuild("acme")
    return (
        lambda: (world.remove("acme", "1"), world.rebuild("acme")),
        lambda: (world.put("acme", "1"), world.rebuild("acme")),
    )


def twice_the_same_event(world: World) -> Sequence[Task]:
    """SQS delivers at least once, and the page is not there yet."""
    world.put("acme", "1")
    return (lambda: world.rebuild("acme"), lambda: world.rebuild("acme"))


def run(scenario: Scenario, *, conditional: bool = True) -> Exploration:
    def prepare(at_call: Callable[[str], None]) -> tuple[Sequence[Task], Callable[[], None]]:
        world = World(MemoryS3(conditional=conditional))
        world.know("acme", "1", "2")
        tasks = scenario(world)
        world.s3.at_call = at_call
        return tasks, lambda: world.check_pages("acme")

    return explore(prepare)


SCENARIOS = [add_and_add, add_and_remove, remove_and_add_again, twice_the_same_event]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_two_handlers_interleaved_at_every_call_lose_nothing(scenario: Scenario) -> None:
    """Every schedule there is, to the end of both."""
    exploration = run(scenario)
    assert exploration.wrong is None
    assert exploration.schedules >= 70


@pytest.mark.parametrize("scenario", [add_and_add, add_and_remove, remove_and_add_again])
def test_the_same_schedules_find_an_unconditional_put_out(scenario: Scenario) -> None:
    """So the test above can fail."""
    assert run(scenario, conditional=False).wrong is not None


def run_whole(scenario: Scenario, projects: Sequence[str], *, conditional: bool = True) -> Exploration:
    def prepare(at_call: Callable[[str], None]) -> tuple[Sequence[Task], Callable[[], None]]:
        world = World(MemoryS3(conditional=conditional))
        tasks = scenario(world)
        world.s3.at_call = at_call

        def check() -> None:
            for project in projects:
                world.check_pages(project)
            world.check_list(*projects)

        return tasks, check

    return explore(prepare, preemptions=2)


def publish_two_projects(world: World) -> Sequence[Task]:
    """Both are new, so both change the project list."""
    one, other = world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")
    return (lambda: world.handle(uploads=(one,)), lambda: world.handle(uploads=(other,)))


def publish_twice_to_one_project(world: World) -> Sequence[Task]:
    """Filing, `.metadata`, pages and list, all of it at once."""
    one, other = world.upload_wheel("acme", "1"), world.upload_wheel("acme", "2")
    return (lambda: world.handle(uploads=(one,)), lambda: world.handle(uploads=(other,)))


def deliver_one_upload_twice(world: World) -> Sequence[Task]:
    """At least once may be twice at once."""
    key = world.upload_wheel("acme", "1")
    return (lambda: world.handle(uploads=(key,)), lambda: world.handle(uploads=(key,)))


def last_goes_while_first_comes(world: World) -> Sequence[Task]:
    """The project leaves the list and returns to it."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    key = world.upload_wheel("acme", "2")
    return (
        lambda: (world.remove("acme", "1"), world.handle(projects=("acme",))),
        lambda: world.handle(uploads=(key,)),
    )


@pytest.mark.parametrize(
    ("scenario", "projects"),
    [
        (publish_two_projects, ["acme", "bolt"]),
        (publish_twice_to_one_project, ["acme"]),
        (deliver_one_upload_twice, ["acme"]),
        (last_goes_while_first_comes, ["acme"]),
    ],
)
def test_two_whole_batches_with_two_preemptions_end_true(scenario: Scenario, projects: list[str]) -> None:
    """From the upload to the project list; each schedule with at most two forced changes."""
    exploration = run_whole(scenario, projects)
    assert exploration.wrong is None
    assert exploration.schedules >= 100


@pytest.mark.parametrize(
    ("scenario", "projects"),
    [(publish_two_projects, ["acme", "bolt"]), (publish_twice_to_one_project, ["acme"])],
)
def test_the_whole_batches_find_an_unconditional_put_out(scenario: Scenario, projects: list[str]) -> None:
    """So the test above can fail."""
    assert run_whole(scenario, projects, conditional=False).wrong is not None
