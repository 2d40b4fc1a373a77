"""Yank, status, provenance, and names that are used once: what objects beside the files say."""

import json
from typing import Any, cast

import pytest

from indexer.reconcile import reconcile
from tests.distributions import make_wheel, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

ONE, TWO = wheel_name("acme", "1"), wheel_name("acme", "2")


@pytest.fixture
def world() -> World:
    """A project with two wheels."""
    world = World(MemoryS3())
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("acme", "2")))
    return world


def say(world: World, name: str, text: str) -> None:
    """What `echo TEXT | aws s3 cp - s3://BUCKET/simple/acme/NAME` does, and its event."""
    world.s3.put_object(Bucket="b", Key=f"simple/acme/{name}", Body=text.encode())
    world.handle(projects=("acme",))


def unsay(world: World, name: str) -> None:
    world.s3.delete_object(Bucket="b", Key=f"simple/acme/{name}")
    world.handle(projects=("acme",))


def entries(world: World) -> dict[str, dict[str, Any]]:
    files = cast(list[dict[str, Any]], world.page("simple/acme/index.json")["files"])
    return {file["filename"]: file for file in files}


def html(world: World) -> str:
    return world.s3.objects["simple/acme/index.html"].body.decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("it breaks logins\n", "it breaks logins"),
        ("", True),
        (" \n\t ", True),
        ('"><b>\x00\x1b[31m bold', '"><b> [31m bold'),
        ("x" * 9000, "x" * 500),
        ("\u202egrün", "grün"),
    ],
)
def test_an_object_beside_a_file_yanks_it(world: World, text: str, reason: str | bool) -> None:
    """PEP 592; its text is the reason, freed of what cannot be printed."""
    say(world, f"{ONE}.yanked", text)
    assert entries(world)[ONE]["yanked"] == reason
    assert "yanked" not in entries(world)[TWO]
    assert html(world).count("data-yanked=") == 1


def test_the_object_removed_the_file_is_as_before(world: World) -> None:
    """A yank must be reversible."""
    say(world, f"{ONE}.yanked", "why")
    unsay(world, f"{ONE}.yanked")
    assert "yanked" not in entries(world)[ONE]
    assert "data-yanked" not in html(world)


def test_a_reason_is_read_once_for_each_object(world: World) -> None:
    """A page of a thousand yanked files must not cost a thousand requests at each publish."""
    say(world, f"{ONE}.yanked", "why")
    calls: list[str] = []
    world.s3.at_call = calls.append
    world.handle(projects=("acme",))
    assert calls.count("GetObject") == 2  # the page, and the project list
    say(world, f"{ONE}.yanked", "why not")
    assert entries(world)[ONE]["yanked"] == "why not"


@pytest.mark.parametrize("status", ["active", "archived", "deprecated"])
def test_a_status_stands_on_both_pages(world: World, status: str) -> None:
    """PEP 792: the first line is the status, the rest the reason."""
    say(world, ".status", f"{status.upper()}\nuse bolt\n instead")
    page = world.page("simple/acme/index.json")
    assert page["project-status"] == {"status": status, "reason": "use bolt instead"}
    assert f'<meta name="pypi:project-status" content="{status}">' in html(world)
    assert '<meta name="pypi:project-status-reason" content="use bolt instead">' in html(world)
    assert len(entries(world)) == 2


@pytest.mark.parametrize("name", [".status", f"{ONE}.yanked"])
def test_a_byte_order_mark_is_no_part_of_a_text(world: World, name: str) -> None:
    """Editors on Windows write one; `archived` would be a word that does not exist."""
    say(world, name, "\ufeffarchived")
    page = world.page("simple/acme/index.json")
    said = page["project-status"] if name == ".status" else entries(world)[ONE]["yanked"]
    assert said in ({"status": "archived"}, "archived")


def test_a_quarantined_project_offers_no_files_and_keeps_its_memory(world: World) -> None:
    """ "The index MUST NOT offer any distribution files"; and lifting it costs no file a reading."""
    say(world, ".status", "quarantined")
    assert entries(world) == {}
    assert world.page("simple/acme/index.json")["versions"] == []
    assert "<a " not in html(world)
    assert world.projects_on_list() == ["acme"]
    calls: list[str] = []
    world.s3.at_call = calls.append
    unsay(world, ".status")
    assert set(entries(world)) == {ONE, TWO}
    assert "HeadObject" not in calls


def test_a_status_that_does_not_exist_hides_the_files_and_says_so(world: World) -> None:
    """Who mistyped "quarantined" meant that; who mistyped another sees it at once."""
    say(world, ".status", "quarantine\n")
    status = cast(dict[str, str], world.page("simple/acme/index.json")["project-status"])
    assert status["status"] == "quarantined"
    assert "'quarantine', which is none of active, archived" in status["reason"]


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_a_closed_project_takes_no_uploads(world: World, status: str) -> None:
    """ "The index MUST NOT accept uploads"; the upload is kept with that reason."""
    say(world, ".status", status)
    key = world.upload_wheel("acme", "3")
    world.handle(uploads=(key,))
    reason = json.loads(world.s3.objects[f"rejected/{key}.reason.json"].body)
    assert reason["error"] == "ClosedProjectError"
    unsay(world, ".status")
    world.handle(uploads=(world.upload_wheel("acme", "3"),))
    assert len(entries(world)) == 3


def test_attestations_beside_a_file_are_linked(world: World) -> None:
    """PEP 740: "a fully qualified URL", which parsers insist on."""
    say(world, f"{ONE}.provenance", "{}")
    url = f"https://index.example/simple/acme/{ONE}.provenance"
    assert entries(world)[ONE]["provenance"] == url
    assert f'data-provenance="{url}"' in html(world)
    assert "provenance" not in entries(world)[TWO]


def test_a_removed_name_takes_no_other_bytes_ever(world: World) -> None:
    """It is remembered by an object, so also when the pages are gone; the same bytes may come back."""
    world.remove("acme", "1")
    world.handle(projects=("acme",))
    for page in ("index.json", "index.html"):
        del world.s3.objects[f"simple/acme/{page}"]
    world.handle(projects=("acme",))
    key = world.upload(ONE, make_wheel("acme", "1", Summary="other bytes"))
    world.handle(uploads=(key,))
    reason = json.loads(world.s3.objects[f"rejected/{key}.reason.json"].body)
    assert reason["error"] == "AlreadyPublishedError"
    assert set(entries(world)) == {TWO}
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    assert set(entries(world)) == {ONE, TWO}
    world.check_pages("acme")


def lose_the_pages(world: World) -> None:
    for page in ("index.json", "index.html"):
        del world.s3.objects[f"simple/acme/{page}"]


def test_a_removed_name_takes_no_other_bytes_while_no_page_says_so(world: World) -> None:
    """The pages were lost, and the upload is what brings them back."""
    world.remove("acme", "1")
    world.handle(projects=("acme",))
    lose_the_pages(world)
    key = world.upload(ONE, make_wheel("acme", "1", Summary="other bytes"))
    world.handle(uploads=(key,))
    assert f"rejected/{key}" in world.s3.objects
    world.handle(projects=("acme",))
    assert set(entries(world)) == {TWO}


def test_a_closed_project_takes_no_uploads_while_no_page_says_so(world: World) -> None:
    """The same, of its status."""
    say(world, ".status", "archived")
    lose_the_pages(world)
    key = world.upload_wheel("acme", "3")
    world.handle(uploads=(key,))
    assert f"rejected/{key}" in world.s3.objects


def test_a_file_whose_name_was_removed_while_it_was_filed_is_not_listed(world: World) -> None:
    """Filed by a handler that read the page before the name was published, and removed, by others."""
    other = world.upload(wheel_name("acme", "3"), make_wheel("acme", "3", Summary="other bytes"))
    original = world.s3.copy_object

    def copy_object(**arguments: Any) -> Any:
        world.s3.copy_object = original  # type: ignore[method-assign]
        world.handle(uploads=(world.upload_wheel("acme", "3"),))
        world.remove("acme", "3")
        world.handle(projects=("acme",))
        world.s3.put_object(Bucket="b", Key=other, Body=make_wheel("acme", "3", Summary="other bytes"))
        return original(**arguments)

    world.s3.copy_object = copy_object  # type: ignore[method-assign]
    world.handle(uploads=(other,))
    assert set(entries(world)) == {ONE, TWO}
    world.handle(projects=("acme",))
    assert set(entries(world)) == {ONE, TWO}


@pytest.mark.parametrize("whole_bucket", [True, False])
def test_a_remembered_name_keeps_its_project_claimed(world: World, whole_bucket: bool) -> None:
    """The pages are made again from the memory of its files; strangers' packages stay out."""
    for version in ("1", "2"):
        world.remove("acme", version)
    world.handle(projects=("acme",))
    lose_the_pages(world)
    if whole_bucket:
        reconcile(world.bucket, may_go_on=lambda: True)
    else:
        world.handle(projects=("acme",))
    assert world.files_on_page("acme") == []
    assert world.projects_on_list() == []


def test_a_name_is_not_taken_over_before_its_removal_was_noticed(world: World) -> None:
    """The event of the removal may be late, or lost; the page still knows."""
    world.remove("acme", "1")
    key = world.upload(ONE, make_wheel("acme", "1", Summary="other bytes"))
    world.handle(uploads=(key,))
    assert f"rejected/{key}" in world.s3.objects


def test_a_file_that_was_overwritten_by_hand_is_left_out(world: World) -> None:
    """What clients have locked by hash is not silently replaced; the reason is said."""
    key = f"simple/acme/{ONE}"
    world.s3.put_object(Bucket="b", Key=key, Body=make_wheel("acme", "1", Summary="other bytes"))
    world.handle(projects=("acme",))
    assert set(entries(world)) == {TWO}
    assert "AlreadyPublishedError" in world.s3.objects[f"rejected/{key}.reason.json"].body.decode()
    assert key in world.s3.objects
