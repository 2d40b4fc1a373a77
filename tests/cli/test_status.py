"""``status``: what a project is, and what it is called to be."""

import json

from tests.cli.publishing import publish_releases, publish_sdist, read_page
from tests.cli.running import Command


def test_a_project_is_shown(command: Command) -> None:
    """The newest release first; what was removed is no file."""
    road = command.road
    publish_releases(road, "status-road", "1.0", "1.10")
    road.put("simple/status-road/status_road-1.0.tar.gz.yanked", b"no licence\n")
    road.remove("simple/status-road/status_road-1.10.tar.gz")
    road.wait_for(lambda: len(road.files("status-road")) == 3)

    lines = command.ok("status", "Status_Road").splitlines()

    assert lines[0] == "status-road is active"
    assert lines[1].startswith("3 files of 2 releases, ")
    assert lines[1].endswith("; 1 yanked, 1 removed")
    assert [line.split()[:2] for line in lines[3:]] == [["VERSION", "FILES"], ["1.10", "1"], ["1.0", "2"]]
    assert lines[-1].endswith("1 of 2: no licence")
    shown = command.read_json("status", "status-road")
    assert (shown["status"], shown["files"], shown["yanked"]) == ("active", 3, 1)
    assert shown["removed"] == ["status_road-1.10.tar.gz"]
    assert [release["version"] for release in shown["releases"]] == ["1.10", "1.0"]


def test_a_status_is_set_and_taken_back(command: Command) -> None:
    """The page says it when the command ends, for each status that the indexer knows."""
    road = command.road
    publish_sdist(road, "status-set", "1.0")

    text = command.ok("status", "status-set", "archived", "--reason", "use bolt")
    assert text.splitlines()[0] == "status-set is archived: use bolt"
    assert read_page(road, "status-set")["project-status"] == {"status": "archived", "reason": "use bolt"}
    # The reason stays, as long as the status does.
    assert command.read_json("status", "status-set", "archived")["reason"] == "use bolt"
    for status in ("deprecated", "quarantined"):
        command.ok("status", "status-set", status)
        assert read_page(road, "status-set")["project-status"] == {"status": status}
    assert command.ok("status", "status-set", "active").splitlines()[0] == "status-set is active"
    assert "project-status" not in read_page(road, "status-set")
    assert road.read("simple/status-set/.status") == b""


def test_a_word_that_is_no_status_is_refused(command: Command) -> None:
    """On the page it would count as quarantined."""
    assert "invalid choice: 'archive'" in command.fails("status", "any", "archive", code=2)
    assert command.fails("status", "any", "active", "--reason", "why not").startswith("A --reason goes with")


def test_an_object_that_cannot_be_listed_is_shown(command: Command) -> None:
    road = command.road
    publish_sdist(road, "status-odd", "1.0")
    road.put("simple/status-odd/status_odd-2.0.tar.gz", b"no archive")
    road.put("simple/status-odd/status_odd-3.0\x1b[2J.tar.gz", b"no name")
    road.wait_for(lambda: "status_odd-3.0" in str(read_page(road, "status-odd").get("_unlisted")))
    text = command.ok("status", "status-odd")
    assert "not listed: status_odd-3.0\\x1b[2J.tar.gz: " in text
    assert "not listed: status_odd-2.0.tar.gz: 'status_odd-2.0.tar.gz' cannot be read" in text


def test_letters_that_a_terminal_has_not_are_written_in_others(command: Command) -> None:
    road = command.road
    publish_sdist(road, "status-ascii", "1.0")
    road.put("simple/status-ascii/.status", "deprecated\nprüfen".encode())
    road.wait_for(lambda: "project-status" in read_page(road, "status-ascii"))
    text = command.ok("status", "status-ascii", PYTHONIOENCODING="ascii")
    assert text.splitlines()[0] == "status-ascii is deprecated: pr\\xfcfen"
    document = json.loads(command.ok("status", "status-ascii", "--json", PYTHONIOENCODING="ascii"))
    assert document["reason"] == "prüfen"
