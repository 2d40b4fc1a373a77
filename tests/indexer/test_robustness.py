"""What must hold when S3, other handlers and operators are at their worst. Each was a defect once."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from indexer.batch import process
from indexer.events import Work
from indexer.rebuild import rebuild
from tests.distributions import make_wheel, wheel_name
from tests.indexer.explorer import Task, explore
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World


@pytest.fixture
def world() -> World:
    return World(MemoryS3())


def refuse(world: World, method: str, suffix: str, code: str, status: int, *, after: bool = False) -> None:
    """Have S3 answer one method with an error for keys with this ending; *after* the effect if so wanted."""
    original = getattr(world.s3, method)

    def call(**arguments: Any) -> Any:
        if not arguments["Key"].endswith(suffix):
            return original(**arguments)
        if after:
            original(**arguments)
        error: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(error, method)

    setattr(world.s3, method, call)


def test_a_write_whose_answer_was_lost_still_corrects_the_list() -> None:
    """The SDK tries again and gets 412 against our own write; what the page was before is forgotten then."""

    def prepare(at_call: Callable[[str], None]) -> tuple[Sequence[Task], Callable[[], None]]:
        world = World(MemoryS3())
        world.know("acme", "1", "2")
        world.put("acme", "1")
        world.handle(projects=("acme",))
        original = world.s3.put_object
        armed = {"answer is lost": False}

        def put_object(**arguments: Any) -> Any:
            answer = original(**arguments)
            if armed["answer is lost"] and arguments["Key"] == "simple/acme/index.json":
                armed["answer is lost"] = False
                error: Any = {"Error": {"Code": "PreconditionFailed"}}
                raise ClientError(error, "PutObject")
            return answer

        def publish() -> None:
            world.put("acme", "2")
            armed["answer is lost"] = True
            world.handle(projects=("acme",))

        def withdraw() -> None:
            world.remove("acme", "1")
            world.handle(projects=("acme",))

        def check() -> None:
            world.check_pages("acme")
            world.check_list("acme")

        world.s3.put_object = put_object  # type: ignore[method-assign]
        world.s3.at_call = at_call
        return (withdraw, publish), check

    assert explore(prepare, preemptions=2).wrong is None


@pytest.mark.parametrize(
    ("method", "code"),
    [("get_object", "InvalidObjectState"), ("get_object", "AccessDenied"), ("head_object", "403")],
)
def test_a_file_that_s3_does_not_give_keeps_no_other_from_being_listed(
    world: World, method: str, code: str
) -> None:
    """In cold storage, or under a key that we may not use: only the message that names it fails."""
    bad, good = world.put("acme", "1"), world.put("acme", "2")
    refuse(world, method, "acme-1.tar.gz", code, 403)
    project = frozenset({"acme"})
    works = [Work(projects=project, causes=frozenset({key})) for key in (bad, good)]  # type: ignore[arg-type]
    errors = process(world.bucket, works, send=world.sent.append, pause=lambda _seconds: None)
    assert isinstance(errors[0], ClientError)
    assert errors[1] is None
    assert world.files_on_page("acme") == ["acme-2.tar.gz"]


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "ServiceUnavailable"])
def test_an_s3_that_is_not_well_leaves_the_pages_as_they_are(world: World, code: str) -> None:
    """Nothing is left out because of a failure that passes."""
    world.put("acme", "1")
    world.handle(projects=("acme",))
    before = world.s3.objects["simple/acme/index.json"]
    world.put("acme", "2")
    refuse(world, "get_object", "acme-2.tar.gz", code, 503)
    (error,) = process(world.bucket, [Work(projects=frozenset({"acme"}))], send=world.sent.append)  # type: ignore[arg-type]
    assert isinstance(error, ClientError)
    assert world.s3.objects["simple/acme/index.json"] is before


def test_a_long_description_goes_on_where_it_was_killed(world: World) -> None:
    """The pages are the memory: each pass writes what is known by then."""
    for version in range(10):
        world.put("acme", str(version))
    calls = 0

    def die_at(call: str) -> None:
        nonlocal calls
        calls += 1
        if calls > 25:
            raise KeyboardInterrupt(call)

    world.s3.at_call = die_at
    deliveries = 0
    while True:
        calls, deliveries = 0, deliveries + 1
        assert deliveries < 10
        try:
            rebuild(world.bucket, "acme", at_once=3)  # type: ignore[arg-type]
            break
        except KeyboardInterrupt:
            continue
    world.s3.at_call = lambda _call: None
    world.check_pages("acme")
    assert deliveries > 1


def test_a_conflict_has_no_file_read_again(world: World) -> None:
    """What was described once stays known for the whole of a rebuild."""
    for version in range(5):
        world.put("acme", str(version))
    conflicts = 3
    original = world.s3.put_object
    heads: list[str] = []

    def put_object(**arguments: Any) -> Any:
        nonlocal conflicts
        if arguments["Key"].endswith("index.html") and conflicts:
            conflicts -= 1
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        return original(**arguments)

    world.s3.put_object = put_object  # type: ignore[method-assign]
    world.s3.at_call = lambda call: heads.append(call) if call == "HeadObject" else None
    done = rebuild(world.bucket, "acme", pause=lambda _seconds: None)  # type: ignore[arg-type]
    assert done.conflicts == 3
    assert len(heads) == 5 + 3  # each file once; the HTML page's ETag at each attempt after the first


@pytest.mark.parametrize("delivered", [1, 2])
def test_a_refused_upload_claims_no_name(world: World, delivered: int) -> None:
    """However often its event comes: a page would shut the name out for ever."""
    key = world.upload(wheel_name("requests", "99"), b"junk")
    for _ in range(delivered):
        world.handle(uploads=(key,))
    world.handle(projects=("never-was",))
    assert not any(stored.startswith("simple/") and "requests" in stored for stored in world.s3.objects)
    assert not any("never-was" in stored for stored in world.s3.objects)
    assert world.projects_on_list() == []


def test_a_metadata_that_is_not_as_written_is_written_again(world: World) -> None:
    """Else its hash on the page would be wrong, which is a hard error in pip and uv."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    key = f"simple/acme/{wheel_name('acme', '1')}.metadata"
    right = world.s3.objects[key].body
    world.s3.put_object(Bucket="b", Key=key, Body=b"Name: other\n")
    world.handle(projects=("acme",))
    assert world.s3.objects[key].body == right


def test_a_copy_whose_answer_was_lost_is_known_as_our_own(world: World) -> None:
    """Without a byte of a two-gigabyte wheel being read for its hash."""
    key = world.upload_wheel("acme", "1")
    refuse(world, "copy_object", ".whl", "PreconditionFailed", 412, after=True)
    calls: list[str] = []
    world.s3.at_call = calls.append
    world.handle(uploads=(key,))
    world.check_pages("acme")
    expected = [
        "GetObject",
        "GetObject",
        "ListObjectsV2",
        "CopyObject",
        "HeadObject",
        "PutObject",
        "DeleteObject",
    ]
    assert calls[:7] == expected


def test_a_deletion_that_s3_cannot_decide_is_tried_again(world: World) -> None:
    """409: a writer is at it. The upload must not be left behind with its message gone."""
    key = world.upload_wheel("acme", "1")
    original = world.s3.delete_object
    answers = ["ConditionalRequestConflict"]

    def delete_object(**arguments: Any) -> Any:
        if answers:
            raise ClientError({"Error": {"Code": answers.pop()}}, "DeleteObject")
        return original(**arguments)

    world.s3.delete_object = delete_object  # type: ignore[method-assign]
    world.handle(uploads=(key,))
    assert key not in world.s3.objects
    world.check_pages("acme")


@pytest.mark.parametrize("page", ["simple/index.json", "simple/index.html"])
def test_a_project_list_that_was_deleted_is_written_again(world: World, page: str) -> None:
    """By the event of its own removal."""
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")))
    del world.s3.objects[page]
    (error,) = process(world.bucket, [Work(project_list=True)], send=world.sent.append)
    assert error is None
    world.check_list("acme", "bolt")
    assert b">acme<" in world.s3.objects["simple/index.html"].body


def test_a_reason_is_kept_also_for_the_longest_key(world: World) -> None:
    """S3 takes 1,024 bytes; `rejected/` and the ending must fit in."""
    key = world.upload("d/" * 490 + wheel_name("acme", "1"), make_wheel("other", "1"))
    assert len(key) > 1000
    world.handle(uploads=(key,))
    kept = [stored for stored in world.s3.objects if stored.startswith("rejected/")]
    assert len(kept) == 2
    assert all(len(stored) <= 1024 for stored in kept)
