"""`serverless-pypi reindex`: pages written anew, and waited for."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, Command
from tests.cli.still_index import StillIndex, serve_still_index
from tests.distributions import make_wheel, wheel_name
from tests.road.road import clean_environment, run_road


@pytest.fixture
def still(tmp_path: Path) -> Iterator[StillIndex]:
    """Two projects, and nobody who writes their pages."""
    with serve_still_index(tmp_path, "still") as index:
        index.publish("acme", "bolt")
        yield index


def publish(command: Command, *projects: str) -> None:
    for project in projects:
        command.road.put(f"incoming/{wheel_name(project, '1')}", make_wheel(project, "1"))
    command.road.wait_for(lambda: all(command.road.files(project) for project in projects))


def test_each_page_is_written_anew(command: Command) -> None:
    """Though it says the same; when the command returns, it stands."""
    publish(command, "rewritten", "rewritten-too")
    keys = [f"simple/{project}/index.json" for project in ("rewritten", "rewritten-too")]
    before = [command.road.read(key) for key in keys]
    done = command("reindex", "Rewritten", "rewritten_too")
    assert done.returncode == 0
    assert done.stdout == "The indexer has written 2 pages.\n"
    assert done.stderr == "Waiting until the indexer has written 2 pages …\n"
    assert all(command.road.read(key) != old for key, old in zip(keys, before, strict=True))


def test_a_project_without_a_page_gets_one(command: Command) -> None:
    """Its event was lost, say; here the page itself was."""
    publish(command, "pageless")
    command.road.remove("simple/pageless/index.html")
    told = command.read_json("reindex", "pageless", "--quiet")
    assert told == {"projects": ["pageless"], "written": True}
    command.road.wait_for(lambda: bool(command.road.read("simple/pageless/index.html")))


def test_the_whole_index_is_walked_over(still: StillIndex) -> None:
    """Where all is true already, that is seen at once; the walk is asked for all the same."""
    done = still.run("reindex")
    assert done.returncode == 0
    assert done.stdout == "2 projects compared since the indexer was asked: nothing has drifted any more.\n"
    assert still.messages() == [{"reconcile": {"after": ""}}]


def test_the_walk_is_waited_for(tmp_path: Path) -> None:
    """What drifted before is true afterwards, all of it: so this has a stack of its own."""
    with run_road(tmp_path) as road:
        command = Command(road=road, home=tmp_path)
        publish(command, "drifted")
        road.put("simple/drifted/index.html", b"?")
        assert command.read_json("reindex") == {"projects": 2, "written": True}
        assert b"Links for drifted" in road.read("simple/drifted/index.html")


def test_a_page_that_does_not_come_is_one_sentence(still: StillIndex) -> None:
    """It is named; the message stays sent."""
    done = still.run("reindex", "acme", "--timeout", "0.5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "ERROR: No new page of acme after 0.5 s: it is asked for, and comes when the indexer has the time; "
        "if it does not, look at its log and at its dead letters."
    )
    assert still.messages() == [{"rebuild": {"project": "acme"}}]


def test_an_index_that_does_not_become_true_is_one_sentence(still: StillIndex) -> None:
    still.put("simple/acme/index.html", b"?")
    done = still.run("reindex", "--timeout", "0.5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("ERROR: 1 page did not become true in 0.5 s: ")


@pytest.mark.parametrize(
    ("projects", "line"),
    [
        ([], "The indexer is asked to walk over the index.\n"),
        (["bolt"], "The indexer is asked for 1 page.\n"),
    ],
)
def test_nobody_has_to_wait(still: StillIndex, projects: list[str], line: str) -> None:
    done = still.run("reindex", *projects, "--no-wait")
    assert (done.returncode, done.stdout, done.stderr) == (0, line, "")
    assert json.loads(still.run("reindex", *projects, "--no-wait", "--json").stdout)["written"] is False
    assert len(still.messages()) == 2


@pytest.mark.parametrize(
    ("project", "hint"),
    [("bold", "did you mean bolt?"), ("none", "check its name."), ("a b", "check its name.")],
)
def test_a_project_that_is_none_is_one_sentence(still: StillIndex, project: str, hint: str) -> None:
    """With the names that are close; nothing is asked for, not for the others either."""
    done = still.run("reindex", "acme", project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"ERROR: The index has no project {project!r}: {hint}\n"
    assert still.messages() == []


def test_a_project_that_nobody_has_listed_yet_is_one(still: StillIndex) -> None:
    """A file is there, and no page: that is what the command is for."""
    still.put(f"simple/lost/{wheel_name('lost', '1')}", make_wheel("lost", "1"))
    assert still.run("reindex", "lost", "--no-wait").returncode == 0
    assert still.messages() == [{"rebuild": {"project": "lost"}}]


def test_a_name_that_is_nothing_else_is_not_waited_for(still: StillIndex) -> None:
    """It stands on the project list by mistake: it leaves that, and there will be no page."""
    for suffix in ("", ".metadata"):
        still.delete(f"simple/bolt/{wheel_name('bolt', '1')}{suffix}")
    for page in ("json", "html"):
        still.delete(f"simple/bolt/index.{page}")
    assert still.run("reindex", "bolt").returncode == 0
    assert still.messages() == [{"rebuild": {"project": "bolt"}}]


def test_without_a_queue_it_is_one_sentence(tmp_path: Path) -> None:
    """An S3 of somebody else behind the local stack has none."""
    with serve_still_index(tmp_path, "alone", queue=False) as index:
        index.publish("acme")
        for arguments in (["reindex"], ["reindex", "acme"]):
            done = index.run(*arguments)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.startswith("ERROR: There is no queue 'alone-indexer' here that you may see")
            assert "A local stack over another S3 has none" in done.stderr


def test_an_interrupt_leaves_the_indexer_asked(still: StillIndex, tmp_path: Path) -> None:
    """The same command asks once more, which does no harm."""
    process = subprocess.Popen(
        [COMMAND, "reindex", "acme"],
        env=clean_environment(tmp_path, **still.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert (
        errors
        == "ERROR: Interrupted: what was done stays done; the same command once more goes on from there.\n"
    )
    assert still.messages() == [{"rebuild": {"project": "acme"}}]
    assert still.run("reindex", "acme", "--no-wait").returncode == 0
