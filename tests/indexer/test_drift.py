"""What drifted is named: the object, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from packaging.utils import NormalizedName

from indexer.drift import Drift, drift_of
from indexer.folder import Folder
from indexer.rebuild import pages_of
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

ACME = NormalizedName("acme")
FOLDER = "simple/acme/"
WHEEL = FOLDER + wheel_name("acme", "1")
SDIST = FOLDER + sdist_name("acme", "2")
GONE = FOLDER + sdist_name("acme", "0")
PAGE = FOLDER + "index.json"
HTML = FOLDER + "index.html"
#: None deletes; bytes are put.
Changes = dict[str, bytes | None]


@pytest.fixture
def world() -> World:
    """A wheel that is yanked and attested, an sdist that was removed, a status."""
    world = World(MemoryS3())
    world.put("acme", "0")
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    world.remove("acme", "0")
    change(
        world, {f"{WHEEL}.yanked": b"why", f"{WHEEL}.provenance": b"{}", f"{FOLDER}.status": b"deprecated"}
    )
    world.handle(projects=("acme",))
    return world


def change(world: World, changes: Changes) -> None:
    for key, body in changes.items():
        if body is None:
            del world.s3.objects[key]
        else:
            world.s3.put_object(Bucket="b", Key=key, Body=body)


def look(world: World, *, reading_first: Callable[[], None] = lambda: None) -> list[Drift]:
    reading = pages_of(ACME).read(world.bucket, trust_memory=True)
    reading_first()
    return list(drift_of(world.bucket, reading, Folder.of(world.bucket, ACME)))


def test_what_is_as_it_was_written_has_not_drifted(world: World) -> None:
    assert look(world) == []


def test_a_name_that_nothing_uses_has_not_drifted() -> None:
    """What lies there makes no project of it."""
    world = World(MemoryS3())
    change(world, {f"{FOLDER}README.txt": b"?", f"{WHEEL}.yanked": b"why"})
    assert look(world) == []


DRIFTS: list[tuple[str, Changes, dict[str, tuple[str, str]]]] = [
    ("a file came", {SDIST: make_sdist("acme", "2")}, {SDIST: ("file", "is not on the page")}),
    (
        "a file went",
        {WHEEL: None},
        {
            WHEEL: ("file", "is on the page, and is gone"),
            f"{WHEEL}.metadata": ("metadata", "has lost its file"),
        },
    ),
    (
        "a file was replaced",
        {WHEEL: make_wheel("acme", "1", Summary="another")},
        {WHEEL: ("file", "has another size or ETag than on the page")},
    ),
    ("its metadata went", {f"{WHEEL}.metadata": None}, {f"{WHEEL}.metadata": ("metadata", "is missing")}),
    (
        "its metadata was replaced",
        {f"{WHEEL}.metadata": b"?"},
        {f"{WHEEL}.metadata": ("metadata", "is not the one that the page promises")},
    ),
    (
        "its yank went",
        {f"{WHEEL}.yanked": None},
        {f"{WHEEL}.yanked": ("yanked", "shows on the page, and is gone")},
    ),
    (
        "its yank has another reason",
        {f"{WHEEL}.yanked": b"another"},
        {f"{WHEEL}.yanked": ("yanked", "is not the one that shows on the page")},
    ),
    (
        "its attestations went",
        {f"{WHEEL}.provenance": None},
        {f"{WHEEL}.provenance": ("provenance", "is linked on the page, and is gone")},
    ),
    (
        "the status went",
        {f"{FOLDER}.status": None},
        {f"{FOLDER}.status": ("status", "shows on the page, and is gone")},
    ),
    (
        "the status is another",
        {f"{FOLDER}.status": b"archived"},
        {f"{FOLDER}.status": ("status", "is not the one that shows on the page")},
    ),
    (
        "a removed name was forgotten",
        {f"{GONE}.removed": None},
        {f"{GONE}.removed": ("removed", "is remembered by the page, and is gone")},
    ),
    (
        "a removed name is remembered otherwise",
        {f"{GONE}.removed": b"?"},
        {f"{GONE}.removed": ("removed", "is not the one that the page remembers")},
    ),
    (
        "a removed name came",
        {f"{SDIST}.removed": b"?"},
        {f"{SDIST}.removed": ("removed", "is not remembered by the page")},
    ),
    ("the JSON page went", {PAGE: None}, {PAGE: ("page", "is missing")}),
    (
        "the JSON page is of other hands",
        {PAGE: b"?"},
        {PAGE: ("page", "is no page that the indexer wrote of this project")},
    ),
    ("the HTML page went", {HTML: None}, {HTML: ("page", "is missing")}),
    (
        "the HTML page is of other hands",
        {HTML: b"?"},
        {HTML: ("page", "is not the page that was written with index.json")},
    ),
]


@pytest.mark.parametrize(("changes", "found"), [row[1:] for row in DRIFTS], ids=[row[0] for row in DRIFTS])
def test_each_drift_is_named(world: World, changes: Changes, found: dict[str, tuple[str, str]]) -> None:
    """Its kind, its key, and a sentence; and nothing else is found."""
    change(world, changes)
    assert {one.key: (one.kind, one.problem) for one in look(world)} == found


def test_markers_that_came_do_not_show_yet() -> None:
    """Nobody has rebuilt the project since."""
    world = World(MemoryS3())
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    change(world, {f"{WHEEL}.yanked": b"", f"{FOLDER}.status": b"archived", f"{WHEEL}.provenance": b"{}"})
    url = f"https://index.example/simple/acme/{wheel_name('acme', '1')}.provenance"
    assert [str(one) for one in look(world)] == [
        f"{FOLDER}.status does not show on the page.",
        f"{WHEEL}.yanked does not show on the page.",
        f"{WHEEL}.provenance is not linked on the page as {url}.",
    ]


def test_a_wheel_that_promises_no_metadata_has_drifted(world: World) -> None:
    """S3 did not give it when that was to be read; the object may stand there all the same."""
    page = pages_of(ACME)
    reading = page.read(world.bucket, trust_memory=True)
    assert reading.content is not None
    (wheel,) = reading.content.files
    detail = replace(reading.content, files=(replace(wheel, core_metadata=None),))
    page.write(world.bucket, detail, over=reading)
    assert [str(one) for one in look(world)] == [f"{WHEEL}.metadata is not the one that the page promises."]


def test_a_page_that_is_written_meanwhile_is_told_of(world: World) -> None:
    """Whoever compares then compares again."""
    found = look(world, reading_first=lambda: world.handle(projects=("acme",)))
    assert f"{PAGE} changed while it was compared." in map(str, found)


def test_a_page_without_json_beside_it_has_drifted() -> None:
    """Its links lead nowhere."""
    world = World(MemoryS3())
    change(world, {HTML: b"?"})
    assert [str(one) for one in look(world)] == [f"{PAGE} is missing."]


def test_a_page_that_is_another_projects_has_drifted(world: World) -> None:
    """Copied by hand, with the files or without."""
    world.handle(uploads=(world.upload_wheel("bolt", "1"),))
    change(world, {PAGE: world.s3.objects["simple/bolt/index.json"].body})
    assert [str(one) for one in look(world)] == [f"{PAGE} is no page that the indexer wrote of this project."]
