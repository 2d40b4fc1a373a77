"""Whatever became of the bucket behind the indexer's back: one walk makes every page true."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from indexer.batch import process
from indexer.events import Work, reconcile_message, work_of
from indexer.reconcile import reconcile
from tests.distributions import make_sdist, sdist_name, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

PROJECTS = ("acme", "acme-core", "acme2", "bolt")


@pytest.fixture
def world() -> World:
    """Four projects whose names an S3 listing and a dictionary order differently."""
    world = World(MemoryS3())
    world.handle(uploads=tuple(world.upload_wheel(project, "1") for project in PROJECTS))
    return world


def put(world: World, key: str, body: bytes) -> None:
    world.s3.put_object(Bucket="b", Key=key, Body=body)


def drop(world: World, key: str) -> None:
    del world.s3.objects[key]


WHEEL = f"simple/acme/{wheel_name('acme', '1')}"


def _forget_a_name(world: World) -> None:
    world.remove("acme", "1")
    world.handle(projects=("acme",))
    drop(world, f"{WHEEL}.removed")


#: What other hands do: the key they put something under, or delete where there is nothing to put.
DRIFTS: dict[str, Callable[[World], None] | tuple[str, bytes | None]] = {
    "a file came": (f"simple/acme/{sdist_name('acme', '2')}", make_sdist("acme", "2")),
    "a file went": (WHEEL, None),
    "its metadata went": (f"{WHEEL}.metadata", None),
    "its metadata was changed": (f"{WHEEL}.metadata", b"?"),
    "it was yanked": (f"{WHEEL}.yanked", b"why"),
    "attestations came": (f"{WHEEL}.provenance", b"{}"),
    "a status came": ("simple/acme/.status", b"archived"),
    "the JSON page went": ("simple/acme/index.json", None),
    "the JSON page was changed": ("simple/acme/index.json", b"?"),
    "the HTML page went": ("simple/acme/index.html", None),
    "the HTML page was changed": ("simple/acme/index.html", b"?"),
    "a metadata lost its file": ("simple/acme/acme-9-py3-none-any.whl.metadata", b"?"),
    "its memory of a name went": _forget_a_name,
    "a new project came": (f"simple/new/{sdist_name('new', '1')}", make_sdist("new", "1")),
}


def drift_away(world: World, drift: str) -> None:
    match DRIFTS[drift]:
        case (str(key), None):
            drop(world, key)
        case (str(key), bytes(body)):
            put(world, key, body)
        case change:
            change(world)  # type: ignore[operator]


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_walk_heals_what_drifted_and_nothing_else(world: World, drift: str) -> None:
    """One project is rebuilt; a second walk finds nothing to do and writes nothing."""
    drift_away(world, drift)
    walked = reconcile(world.bucket, may_go_on=lambda: True)
    assert walked.healed == (("new",) if drift == "a new project came" else ("acme",))
    for project in PROJECTS:
        world.check_pages(project)
    world.check_list(*PROJECTS, "new")
    calls: list[str] = []
    world.s3.at_call = calls.append
    assert reconcile(world.bucket, may_go_on=lambda: True).healed == ()
    assert "PutObject" not in calls


def test_a_folder_that_was_copied_is_no_project_of_that_name(world: World) -> None:
    """Its pages are another project's, and so are its files: none of them is offered under the new name."""
    for key in [key for key in world.s3.objects if key.startswith("simple/bolt/")]:
        put(world, key.replace("simple/bolt/", "simple/nuts/"), world.s3.objects[key].body)
    reconcile(world.bucket, may_go_on=lambda: True)
    assert world.page("simple/nuts/index.json")["name"] == "nuts"
    assert world.files_on_page("nuts") == []
    world.check_pages("bolt")
    assert reconcile(world.bucket, may_go_on=lambda: True).healed == ()


def test_a_wheel_listed_without_its_metadata_is_looked_at_again(world: World) -> None:
    """S3 did not give the wheel when its `.metadata` was to be written again, and does now."""
    drop(world, f"{WHEEL}.metadata")
    original = world.s3.get_object

    def get_object(**arguments: Any) -> Any:
        if arguments["Key"] == WHEEL:
            error: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(error, "GetObject")
        return original(**arguments)

    world.s3.get_object = get_object  # type: ignore[method-assign]
    world.handle(projects=("acme",))
    assert f"{WHEEL}.metadata" not in world.s3.objects
    world.s3.get_object = original  # type: ignore[method-assign]
    assert reconcile(world.bucket, may_go_on=lambda: True).healed == ("acme",)
    world.check_pages("acme")


def test_what_is_none_of_ours_is_no_drift(world: World) -> None:
    """Beside an sdist, or deeper than the files: it is left alone, and nothing is rebuilt for it each day."""
    put(world, f"simple/acme/{sdist_name('acme', '2')}", make_sdist("acme", "2"))
    world.handle(projects=("acme",))
    foreign = {
        f"simple/acme/{sdist_name('acme', '2')}.metadata": b"?",
        "simple/acme/docs/site-1.zip.metadata": b"?",
        f"simple/acme/docs/{wheel_name('acme', '3')}.removed": b"?",
    }
    for key, body in foreign.items():
        put(world, key, body)
    assert reconcile(world.bucket, may_go_on=lambda: True).healed == ()
    world.handle(projects=("acme",), uploads=(world.upload_wheel("acme", "3"),))
    assert foreign.keys() <= world.s3.objects.keys()
    assert wheel_name("acme", "3") in world.files_on_page("acme")


@pytest.mark.parametrize("name", ["../../evil", "-", "", "Bolt", 'x"><b>', "\ud800"])
def test_a_name_that_cannot_be_leaves_the_project_list(world: World, name: str) -> None:
    """Put there by other hands. Some stand before every name that a walk asks for."""
    page: Any = world.page("simple/index.json")
    page["projects"].append({"name": name, "_since": "0"})
    put(world, "simple/index.json", gzip.compress(json.dumps(page).encode()))
    reconcile(world.bucket, may_go_on=lambda: True)
    world.check_list(*PROJECTS)


def test_a_project_that_came_during_a_walk_leaves_the_list_by_its_own_event(world: World) -> None:
    """The walk knows nothing of its page, and must not say that the list was made true for none."""
    original = world.s3.list_objects_v2

    def list_objects_v2(**arguments: Any) -> Any:
        answer = original(**arguments)
        if arguments["Prefix"] == "simple/":
            world.s3.list_objects_v2 = original  # type: ignore[method-assign]
            world.handle(uploads=(world.upload_wheel("late", "1"),))
        return answer

    world.s3.list_objects_v2 = list_objects_v2  # type: ignore[method-assign]
    reconcile(world.bucket, may_go_on=lambda: True)
    assert "late" in world.projects_on_list()
    for key in [key for key in world.s3.objects if key.startswith("simple/late/")]:
        drop(world, key)
    world.handle(projects=("late",))
    world.check_list(*PROJECTS, "late")


def test_a_walk_over_what_is_true_reads_one_page_a_project(world: World) -> None:
    """And one LIST page a thousand objects, and the list."""
    calls: list[str] = []
    world.s3.at_call = calls.append
    walked = reconcile(world.bucket, may_go_on=lambda: True)
    assert (walked.checked, walked.healed, walked.after) == (4, (), None)
    assert calls == ["ListObjectsV2", *["GetObject"] * 5, "HeadObject"]


@pytest.mark.parametrize("page", ["simple/index.json", "simple/index.html"])
def test_the_project_list_is_made_true(world: World, page: str) -> None:
    """Also where it was deleted, or names projects that are not there."""
    for key in [key for key in world.s3.objects if key.startswith("simple/bolt/")]:
        drop(world, key)
    drop(world, page)
    reconcile(world.bucket, may_go_on=lambda: True)
    world.check_list(*PROJECTS)


def test_a_walk_is_taken_up_where_its_time_ran_out(world: World) -> None:
    """Project by project, in the order of a LIST; each stretch corrects the list for itself."""
    for key in [key for key in world.s3.objects if key.startswith("simple/acme-core/")]:
        drop(world, key)
    put(world, f"simple/bolt/{sdist_name('bolt', '2')}", make_sdist("bolt", "2"))
    stretches = []
    after: str | None = ""
    while after is not None:
        walked = reconcile(world.bucket, after, may_go_on=lambda: False)
        after = walked.after
        stretches.append(after)
    assert stretches == ["acme", "acme2", None]
    world.check_pages("bolt")
    world.check_list(*PROJECTS)


def test_a_batch_sends_itself_the_rest_of_a_walk(world: World) -> None:
    """A message in the queue is what survives the end of a function's time."""
    seconds = iter([100.0, 100.0, 40.0])
    (error,) = process(
        world.bucket,
        [work_of(reconcile_message(""))],
        send=world.sent.append,
        seconds_left=lambda: next(seconds),
    )
    assert error is None
    assert [work_of(body) for body in world.sent] == [Work(reconcile_after="acme-core")]


def test_a_walk_files_the_uploads_that_were_forgotten(world: World) -> None:
    """Their events were lost, or given up."""
    key = world.upload_wheel("late", "1")
    (error,) = process(world.bucket, [work_of(reconcile_message(""))], send=world.sent.append)
    assert error is None
    assert key not in world.s3.objects
    world.check_list(*PROJECTS, "late")


def test_nothing_is_begun_when_the_time_is_nearly_over(world: World) -> None:
    """The messages return, and nothing is left half done."""
    key = world.upload_wheel("late", "1")
    works = [Work(uploads=frozenset({key})), work_of(reconcile_message(""))]
    before = dict(world.s3.objects)
    errors = process(world.bucket, works, send=world.sent.append, seconds_left=lambda: 20.0)
    assert [type(error).__name__ for error in errors] == ["NotBegunError", "NotBegunError"]
    assert world.s3.objects == before
