"""Scenarios for several handlers, written as steps.

``+acme 1``  a file comes, and its event is handled        ``=acme``  an event of before is handled again
``-acme 1``  it goes, and its event is handled             ``*``      the whole bucket is walked over
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from indexer.rebuild import rebuild
from indexer.reconcile import reconcile
from tests.indexer.explorer import Prepare, Task
from tests.indexer.history import check_history
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

__all__ = ["Event", "MakeBucket", "Scenario", "pages_of", "real_bucket", "scenario", "whole_batches_of"]


@dataclass(frozen=True)
class Event:
    """What a handler is told of: the object that came or went, if any did."""

    key: str | None = None
    removed: bool = False


#: The bucket as the handler of one event sees it.
MakeBucket = Callable[[MemoryS3, Event], Bucket]


@dataclass(frozen=True)
class Scenario:
    """*handlers* run at once, in a bucket to which the steps of *first* were done one after the other."""

    first: tuple[str, ...]
    handlers: tuple[str, ...]

    @property
    def projects(self) -> list[str]:
        names = {step[1:].partition(" ")[0] for step in (*self.first, *self.handlers)}
        return sorted(names - {""})


def scenario(handlers: str, *, first: str = "") -> Scenario:
    """
    >>> scenario("+acme 1, -acme 1", first="+acme 1").handlers
    ('+acme 1', '-acme 1')
    """

    def split(steps: str) -> tuple[str, ...]:
        return tuple(step.strip() for step in steps.split(",")) if steps else ()

    return Scenario(first=split(first), handlers=split(handlers))


def real_bucket(s3: MemoryS3, _event: Event) -> Bucket:
    return Bucket(s3, "bucket")  # type: ignore[arg-type]


def pages_of(scenario: Scenario, make_bucket: MakeBucket = real_bucket) -> Prepare:
    """The pages of one project, all its files described beforehand: no call but those of the protocol."""

    def handle(world: World, project: str, event: Event) -> None:
        bucket = make_bucket(world.s3, event)
        rebuild(bucket, NormalizedName(project), world.described, pause=lambda _seconds: None)

    return _prepare(scenario, handle)


def whole_batches_of(scenario: Scenario) -> Prepare:
    """All that a handler does for an event, to the project list."""
    return _prepare(scenario, lambda world, project, _event: world.handle(projects=(project,)), lists=True)


Handle = Callable[[World, str, Event], None]


def _prepare(scenario: Scenario, handle: Handle, *, lists: bool = False) -> Prepare:
    start = _start(scenario.first)
    before = {key: stored.body for key, stored in start.s3.objects.items()}

    def prepare(at_call: Callable[[str], None]) -> tuple[Sequence[Task], Callable[[], None]]:
        world = start.twin()
        world.s3.at_call = at_call

        def check() -> None:
            for project in scenario.projects:
                if world.files_in_bucket(project) or world.has_pages(project):
                    world.check_pages(project)
                    world.check_hashes(project)
            if lists:
                world.check_list(*scenario.projects)
            check_history(before, world.s3.changes)

        return [_task(world, step, handle) for step in scenario.handlers], check

    return prepare


def _start(steps: tuple[str, ...]) -> World:
    """The bucket after *steps*."""
    world = World(MemoryS3())
    world.know("acme", "1", "2", "3")
    for step in steps:
        _task(world, step, lambda world, project, _event: world.handle(projects=(project,)))()
    return world


def _task(world: World, step: str, handle: Handle) -> Task:
    project, _, version = step[1:].partition(" ")

    def come() -> None:
        handle(world, project, Event(world.put(project, version)))

    def go() -> None:
        handle(world, project, Event(world.remove(project, version), removed=True))

    def walk() -> None:
        reconcile(world.bucket, may_go_on=lambda: True, pause=lambda _seconds: None)

    return {"+": come, "-": go, "=": lambda: handle(world, project, Event()), "*": walk}[step[0]]
