"""A walk looks at every project once, in stretches that end where it can be left off."""

from collections.abc import Iterator

import pytest
from packaging.utils import NormalizedName

from serverless_pypi import walking
from serverless_pypi.comparison import LIST, Comparison, Look
from serverless_pypi.walking import Scope, Stretch
from serverless_pypi.workers import Workers
from tests.distributions import make_wheel
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

#: In the order of a LIST, which is that of "acme-core/" and "acme/".
PROJECTS = ["acme-core", "acme", "acme2", "bolt"]


@pytest.fixture
def world() -> World:
    world = World(MemoryS3(page_size=3))
    world.handle(uploads=tuple(world.upload_wheel(project, "1") for project in PROJECTS))
    return world


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(3) as threads:
        yield threads


def walked(
    world: World, workers: Workers, *, most_bytes: float = float("inf"), after: str = ""
) -> list[Stretch]:
    return list(Scope(after=after).stretches(Comparison(world.bucket), workers, most_bytes=most_bytes))


def projects_in(stretches: list[Stretch]) -> list[str]:
    return [look.project for stretch in stretches for look in stretch.looks]


def test_every_project_is_looked_at_once_and_the_list_at_the_end(world: World, workers: Workers) -> None:
    (stretch,) = walked(world, workers)
    assert sorted(projects_in([stretch])) == sorted([*PROJECTS, LIST])
    assert stretch.after is None
    assert not any(look.findings for look in stretch.looks)


def test_stretches_end_in_the_order_of_the_keys(world: World, workers: Workers) -> None:
    """With one file in each, each project is one; together they are the whole, in order."""
    stretches = walked(world, workers, most_bytes=1)
    assert [one.after for one in stretches] == [*PROJECTS, None]
    assert projects_in(stretches) == [*PROJECTS, LIST]


@pytest.mark.parametrize("after", PROJECTS)
def test_a_walk_is_taken_up_behind_any_project(world: World, workers: Workers, after: str) -> None:
    """As many as were not looked at before, whatever their names have in common."""
    left = PROJECTS[PROJECTS.index(after) + 1 :]
    assert projects_in(walked(world, workers, most_bytes=1, after=after)) == [*left, LIST]


def test_what_only_the_list_knows_is_looked_at(world: World, workers: Workers) -> None:
    """In the stretch in which it would be."""
    for key in [key for key in world.s3.objects if key.startswith("simple/acme/")]:
        del world.s3.objects[key]
    stretches = walked(world, workers, most_bytes=1)
    assert projects_in(stretches) == ["acme-core", "acme2", "acme", "bolt", LIST]
    (ghost,) = [look for stretch in stretches for look in stretch.looks if look.findings]
    assert [str(one) for one in ghost.findings] == ["simple/index.json names acme, which has no files."]


def test_a_stretch_has_no_more_projects_and_files_than_it_should(
    world: World, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small they are."""
    monkeypatch.setattr(walking, "_MOST_PROJECTS", 3)
    assert [one.after for one in walked(world, workers)] == ["acme2", None]
    monkeypatch.setattr(walking, "_MOST_FILES", 2)
    assert [one.after for one in walked(world, workers)] == ["acme", "bolt", None]


def test_named_projects_alone_are_looked_at(
    world: World, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "_MOST_PROJECTS", 1)
    scope = Scope(projects=[NormalizedName("bolt"), NormalizedName("acme")])
    stretches = list(scope.stretches(Comparison(world.bucket), workers))
    assert projects_in(stretches) == ["bolt", "acme", LIST]
    assert {one.after for one in stretches} == {None}


def test_an_empty_index_needs_no_project_list(workers: Workers) -> None:
    """Nor does one in which nothing but strangers' objects lie."""
    world = World(MemoryS3())
    assert projects_in(walked(world, workers)) == []
    world.s3.put_object(Bucket="b", Key="simple/README.txt", Body=b"?")
    assert projects_in(walked(world, workers)) == []


def test_an_index_with_files_needs_one(workers: Workers) -> None:
    world = World(MemoryS3())
    world.put("acme", "1")
    (stretch,) = walked(world, workers)
    assert [str(one) for look in stretch.looks for one in look.findings] == [
        "simple/acme/index.json is missing.",
        "simple/index.json is missing.",
    ]


def test_each_look_is_told_of(world: World, workers: Workers) -> None:
    seen: list[Look] = []
    (stretch,) = Scope().stretches(Comparison(world.bucket), workers, seen=seen.append)
    assert seen == [look for look in stretch.looks if look.project != LIST]


def test_how_much_there_is_to_do_is_known_beforehand(world: World) -> None:
    """For a bar: projects by the list, bytes by a LIST."""
    comparison = Comparison(world.bucket)
    assert Scope().count(comparison) == 4
    assert Scope(after="acme").count(comparison) == 2
    assert Scope(projects=[NormalizedName("bolt")]).count(comparison) == 1
    wheels = {project: len(make_wheel(project, "1")) for project in PROJECTS}
    assert Scope().size(comparison) == sum(wheels.values())
    assert Scope(after="acme2").size(comparison) == wheels["bolt"]
    assert Scope(projects=[NormalizedName("acme")]).size(comparison) == wheels["acme"]


def test_a_walk_over_what_is_true_reads_one_page_a_project(world: World, workers: Workers) -> None:
    """And one LIST page a thousand objects, and both pages of the list."""
    world = World(MemoryS3())
    world.handle(uploads=tuple(world.upload_wheel(project, "1") for project in PROJECTS))
    calls: list[str] = []
    world.s3.at_call = calls.append
    walked(world, workers)
    assert sorted(calls) == sorted(["ListObjectsV2", *["GetObject"] * 5, "HeadObject"])
