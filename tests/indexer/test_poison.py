"""What S3 does not give, what fails for good and what takes too long stops nothing but itself."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from indexer.batch import process
from indexer.errors import ContentionError
from indexer.events import Work, rebuild_message, reconcile_message, work_of
from indexer.rebuild import rebuild
from indexer.reconcile import reconcile
from indexer.texts import Texts
from tests.distributions import make_wheel, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

ACME = NormalizedName("acme")
ONE = wheel_name("acme", "1")


@pytest.fixture
def world() -> World:
    world = World(MemoryS3())
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")))
    return world


def deny(world: World, holds: Callable[[str], bool], *, method: str = "get_object") -> Callable[[], None]:
    """Have S3 refuse the objects whose keys are such; gives the way back."""
    original = getattr(world.s3, method)

    def call(**arguments: Any) -> Any:
        if holds(arguments["Key"]):
            error: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(error, method)
        return original(**arguments)

    setattr(world.s3, method, call)
    return lambda: setattr(world.s3, method, original)


def say(world: World, name: str, text: bytes) -> str:
    key = f"simple/acme/{name}"
    world.s3.put_object(Bucket="b", Key=key, Body=text)
    return key


def do(world: World, *works: Work, seconds_left: Callable[[], float] = lambda: 900) -> list[Exception | None]:
    return process(
        world.bucket, works, send=world.sent.append, seconds_left=seconds_left, pause=lambda _seconds: None
    )


def event_of(key: str) -> Work:
    return Work(projects=frozenset({ACME}), causes=frozenset({key}))


@pytest.mark.parametrize("name", [".status", f"{ONE}.yanked", f"{ONE}.removed"])
def test_a_marker_that_cannot_be_read_holds_up_nothing_else(world: World, name: str) -> None:
    """Under a key that we may not use, or in cold storage: its own message fails, and the rest is listed."""
    key = say(world, name, b"archived")
    deny(world, lambda asked: asked == key)
    new = world.put("acme", "2")
    errors = do(world, event_of(key), event_of(new))
    assert [type(error) for error in errors] == [ClientError, type(None)]
    page: Any = world.page("simple/acme/index.json")
    listed = page.get("_files", page["files"])
    assert {file["filename"] for file in listed} == {ONE, new.rpartition("/")[2]}


def test_a_marker_that_cannot_be_read_counts_until_it_can(world: World) -> None:
    """It stands there: the file is yanked for no reason, the project hidden. Then its text is read."""
    yanked, status = say(world, f"{ONE}.yanked", b"why"), say(world, ".status", b"archived")
    give = deny(world, lambda asked: asked in (yanked, status))
    do(world, event_of(yanked))
    page: Any = world.page("simple/acme/index.json")
    assert page["project-status"]["status"] == "quarantined"
    assert page["_files"][0]["yanked"] is True
    give()
    assert reconcile(world.bucket, may_go_on=lambda: True).healed == (ACME,)
    page = world.page("simple/acme/index.json")
    assert page["project-status"] == {"status": "archived"}
    assert page["files"][0]["yanked"] == "why"


def test_a_removed_name_that_cannot_be_read_stays_closed(world: World) -> None:
    """Whose bytes it stood for is not known then."""
    world.remove("acme", "1")
    do(world, event_of(f"simple/acme/{ONE}"))
    del world.s3.objects["simple/acme/index.json"]
    deny(world, lambda asked: asked.endswith(".removed"))
    key = world.upload(ONE, make_wheel("acme", "1", Summary="other bytes"))
    do(world, Work(uploads=frozenset({key})))
    assert f"rejected/{key}" in world.s3.objects


def test_an_empty_marker_that_goes_while_it_is_read_is_no_failure(world: World) -> None:
    """`touch`, as it were, and undone: S3 gives no range of it, and a HEAD finds it gone."""
    key = say(world, f"{ONE}.yanked", b"")
    asked: list[str] = []

    def at_call(call: str) -> None:
        asked.append(call)
        if asked[-2:] == ["GetObject", "HeadObject"]:
            world.s3.objects.pop(key, None)

    world.s3.at_call = at_call
    assert do(world, event_of(key)) == [None]
    world.check_pages("acme")


def test_a_walk_goes_on_behind_a_project_that_fails(world: World) -> None:
    """It is asked for by a message of its own, which alone goes to the dead letters."""
    world.put("acme", "2")
    world.put("bolt", "2")
    give = deny(world, lambda asked: asked == "simple/acme/index.html", method="put_object")
    assert do(world, work_of(reconcile_message(""))) == [None]
    world.check_pages("bolt")
    assert world.sent == [rebuild_message(ACME)]
    assert isinstance(do(world, work_of(world.sent[0]))[0], ClientError)
    give()
    assert do(world, work_of(world.sent[0])) == [None]
    world.check_pages("acme")
    world.check_list("acme", "bolt")


def test_a_walk_goes_on_behind_a_project_that_never_stands_still(world: World) -> None:
    """The same, where other writers are always faster."""
    world.put("acme", "2")
    world.put("bolt", "2")
    original = world.s3.put_object

    def put_object(**arguments: Any) -> Any:
        if arguments["Key"] == "simple/acme/index.html":
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        return original(**arguments)

    world.s3.put_object = put_object  # type: ignore[method-assign]
    walked = reconcile(world.bucket, may_go_on=lambda: True, pause=lambda _seconds: None)
    assert (walked.healed, list(walked.failed)) == (("bolt",), ["acme"])
    assert isinstance(walked.failed[ACME], ContentionError)


def test_a_walk_ends_where_s3_is_not_well(world: World) -> None:
    """Each project behind would fail as well; the message brings the walk back."""
    world.put("acme", "2")

    def put_object(**_arguments: Any) -> Any:
        error: Any = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
        raise ClientError(error, "PutObject")

    world.s3.put_object = put_object  # type: ignore[method-assign]
    (error,) = do(world, work_of(reconcile_message("")))
    assert isinstance(error, ClientError)
    assert world.sent == []


def test_files_that_cannot_be_read_are_asked_for_once_in_a_rebuild(world: World) -> None:
    """However many: else each writing of the pages would begin with them again, without end."""
    for version in range(2, 12):
        world.put("acme", str(version))
    hidden = {f"simple/acme/acme-{version}.tar.gz" for version in range(3, 10)}
    deny(world, lambda asked: asked in hidden)
    done = rebuild(world.bucket, ACME, at_once=2, pause=lambda _seconds: None)
    assert (set(done.failed), done.left) == (hidden, 0)
    assert set(world.files_on_page("acme")) == {
        ONE,
        "acme-2.tar.gz",
        "acme-10.tar.gz",
        "acme-11.tar.gz",
    }


def test_files_whose_metadata_was_lost_stay_on_the_page_until_they_are_read_again(world: World) -> None:
    """However many: no page is shorter meanwhile, and none of them is remembered as removed."""
    world.handle(uploads=tuple(world.upload_wheel("acme", str(version)) for version in range(2, 10)))
    for key in [key for key in world.s3.objects if key.endswith(".metadata")]:
        del world.s3.objects[key]
    shortest = 9
    original = world.s3.put_object

    def put_object(**arguments: Any) -> Any:
        nonlocal shortest
        answer = original(**arguments)
        if arguments["Key"] == "simple/acme/index.json":
            shortest = min(shortest, len(world.files_on_page("acme")))
        return answer

    world.s3.put_object = put_object  # type: ignore[method-assign]
    rebuild(world.bucket, ACME, at_once=2, pause=lambda _seconds: None)
    assert shortest == 9
    assert not any(key.endswith(".removed") for key in world.s3.objects)
    world.check_pages("acme")


def test_a_rebuild_that_takes_long_is_gone_on_with_by_a_message(world: World) -> None:
    """The function would be killed else, and with it whatever stands behind it in the batch."""
    for version in range(2, 502):
        world.put("acme", str(version))
    key = world.put("bolt", "2")
    bolt = Work(projects=frozenset({NormalizedName("bolt")}), causes=frozenset({key}))
    assert do(world, event_of("simple/acme/"), bolt, seconds_left=lambda: 60) == [None, None]
    world.check_pages("bolt")
    assert len(world.files_on_page("acme")) == 201
    deliveries = 0
    while world.sent:
        deliveries += 1
        assert do(world, work_of(world.sent.pop()), seconds_left=lambda: 60) == [None]
    assert deliveries == 2
    world.check_pages("acme")


def test_a_rebuild_that_learns_nothing_is_not_gone_on_with_for_ever(world: World) -> None:
    """More files than are described at once, of which S3 gives none: the message goes to the dead letters."""
    for version in range(2, 302):
        world.put("acme", str(version))
    deny(world, lambda asked: asked.endswith(".tar.gz"))
    (error,) = do(world, event_of("simple/acme/"), seconds_left=lambda: 60)
    assert isinstance(error, ClientError)
    assert world.sent == []


def test_markers_by_the_thousand_are_read_a_part_at_a_time(world: World) -> None:
    """Meanwhile each counts, without its text; no conflict has one read twice."""
    for version in range(2, 7):
        world.put("acme", str(version))
        say(world, f"acme-{version}.tar.gz.yanked", b"why")
    asked: list[str] = []
    original = world.s3.get_object

    def get_object(**arguments: Any) -> Any:
        asked.append(arguments["Key"])
        return original(**arguments)

    world.s3.get_object = get_object  # type: ignore[method-assign]
    texts = Texts(world.bucket, at_once=2)
    markers = [one for one in world.bucket.list("simple/acme/") if one.key.endswith(".yanked")]
    rounds = []
    for _ in range(3):
        texts.begin()
        rounds.append([texts.find(one) for one in markers].count(b"why"))
    assert (rounds, texts.left) == ([2, 4, 5], 0)
    assert len(asked) == 5
