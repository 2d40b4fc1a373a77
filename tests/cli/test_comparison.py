"""A look at a project: its pages against its objects, and the project list against the project."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from indexer.bucket import Bucket
from serverless_pypi.comparison import LIST, Comparison
from tests.distributions import make_wheel, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

ACME, BOLT = NormalizedName("acme"), NormalizedName("bolt")
WHEEL = f"simple/acme/{wheel_name('acme', '1')}"
LIST_JSON, LIST_HTML = "simple/index.json", "simple/index.html"


@pytest.fixture
def world() -> World:
    world = World(MemoryS3())
    world.handle(uploads=tuple(world.upload_wheel(project, "1") for project in (ACME, BOLT)))
    return world


def look(world: World, project: NormalizedName = ACME, **how: Any) -> list[str]:
    comparison = Comparison(world.bucket, **how)
    return [str(one) for one in comparison.look(project, comparison.read_list()).findings]


def put(world: World, key: str, body: bytes) -> None:
    world.s3.put_object(Bucket="b", Key=key, Body=body)


@pytest.mark.parametrize("project", [ACME, BOLT, NormalizedName("none"), LIST])
def test_an_index_that_nobody_touched_is_true(world: World, project: NormalizedName) -> None:
    assert look(world, project) == []


def test_drift_is_found_as_the_indexer_finds_it(world: World) -> None:
    """By the same judgement; what is counted are the files that are there."""
    put(world, f"simple/acme/{wheel_name('acme', '2')}", make_wheel("acme", "2"))
    comparison = Comparison(world.bucket)
    seen = comparison.look(ACME, comparison.read_list())
    assert [(one.project, one.kind) for one in seen.findings] == [("acme", "file")]
    assert seen.count == 2
    assert seen.page == world.s3.objects["simple/acme/index.json"].etag


def test_files_are_kept_where_they_are_asked_for(world: World) -> None:
    comparison = Comparison(world.bucket)
    assert comparison.look(ACME, comparison.read_list()).files == ()
    comparison = Comparison(world.bucket, files=True)
    assert [file.filename for file in comparison.look(ACME, comparison.read_list()).files] == [WHEEL[12:]]


def test_a_project_that_the_list_does_not_name_is_found(world: World) -> None:
    """It is installed by its name, and seen by nobody who looks for one."""
    comparison = Comparison(world.bucket)
    listing = comparison.read_list()
    del world.s3.objects[LIST_JSON], world.s3.objects[LIST_HTML]
    world.handle(uploads=(world.upload_wheel("nuts", "1"),))
    found = comparison.look(NormalizedName("nuts"), listing).findings
    assert [str(one) for one in found] == [f"{LIST_JSON} does not name nuts."]


def test_a_name_on_the_list_that_has_no_files_is_found(world: World) -> None:
    """Whether there is anything left of the project, or nothing."""
    comparison = Comparison(world.bucket)
    listing = comparison.read_list()
    for key in [key for key in world.s3.objects if key.startswith("simple/acme/")]:
        del world.s3.objects[key]
    found = comparison.look(ACME, listing).findings
    assert [str(one) for one in found] == [f"{LIST_JSON} names acme, which has no files."]


@pytest.mark.parametrize(
    ("key", "body", "sentence"),
    [
        (LIST_JSON, None, f"{LIST_JSON} is missing."),
        (LIST_JSON, b"?", f"{LIST_JSON} is no project list that the indexer wrote."),
        (LIST_HTML, None, f"{LIST_HTML} is missing."),
        (LIST_HTML, b"?", f"{LIST_HTML} is not the page that was written with index.json."),
    ],
)
def test_a_project_list_of_other_hands_is_found(
    world: World, key: str, body: bytes | None, sentence: str
) -> None:
    """Once, and not for each project."""
    if body is None:
        del world.s3.objects[key]
    else:
        put(world, key, body)
    assert look(world, LIST) == [sentence]
    assert look(world, ACME) == []


def test_links_are_compared_where_the_index_url_is_known(world: World) -> None:
    """The indexer writes them under the one that it was given."""
    put(world, f"{WHEEL}.provenance", b"{}")
    world.handle(projects=("acme",))
    assert look(world) == []
    world.bucket.index_url = "https://another.example/simple/"
    url = f"https://another.example/simple/acme/{wheel_name('acme', '1')}.provenance"
    assert look(world) == [f"{WHEEL}.provenance is not linked on the page as {url}."]


def test_links_are_left_alone_where_nobody_knows_it(world: World) -> None:
    """An operator without the right to look at the stack sees no drift that is none."""
    put(world, f"{WHEEL}.provenance", b"{}")
    world.handle(projects=("acme",))
    world.bucket.index_url = None
    assert look(world) == []


def _denied(operation: str) -> ClientError:
    error: Any = {"Error": {"Code": "InvalidObjectState"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(error, operation)


def test_a_page_that_s3_does_not_give_is_a_finding(world: World) -> None:
    """In cold storage, say: it stops no other, and a rebuild cannot read it either."""
    original = world.s3.get_object

    def get_object(**arguments: Any) -> Any:
        if arguments["Key"] == "simple/acme/index.json":
            raise _denied("GetObject")
        return original(**arguments)

    world.s3.get_object = get_object  # type: ignore[method-assign]  # this object alone
    comparison = Comparison(world.bucket)
    (found,) = comparison.look(ACME, comparison.read_list()).findings
    assert str(found).startswith("simple/acme/index.json is not given by S3 (")
    assert not found.by_rebuild


def test_an_s3_that_is_not_well_is_no_finding(world: World) -> None:
    """Whoever asked hears of it."""
    comparison = Comparison(Bucket(_BrokenS3(), "b"))  # type: ignore[arg-type]  # it obeys the interface
    with pytest.raises(ClientError):
        comparison.read_list()
    listing = Comparison(world.bucket).read_list()
    with pytest.raises(ClientError):
        comparison.look(ACME, listing)


class _BrokenS3(MemoryS3):
    def get_object(self, **_: Any) -> Any:
        error: Any = {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
        raise ClientError(error, "GetObject")


def test_a_finding_is_the_same_however_often_it_is_seen(world: World) -> None:
    """By which it is known again at the next look."""
    put(world, "simple/acme/index.html", b"?")
    comparison = Comparison(world.bucket)
    first, second = (comparison.look(ACME, comparison.read_list()) for _ in range(2))
    assert first == second
    assert replace(first, page="another") != second
