"""``remove``: files go for good, and only after somebody has agreed to that."""

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.publishing import publish_releases, publish_sdist, write_sdist
from tests.cli.running import COMMAND, Command, stack_environment
from tests.road.faulty_endpoint import serve_faulty_endpoint
from tests.road.road import clean_environment


def test_a_release_is_removed_for_good(command: Command, tmp_path: Path) -> None:
    """Its names stand for no other bytes, and for the same ones again."""
    publish_releases(command.road, "remove-road", "1.0", "1.1")

    done = command("remove", "remove-road", "1.0", "--yes")

    assert (done.returncode, done.stdout) == (0, "removed 2 files of remove-road 1.0\n")
    assert "remove_road-1.0-py3-none-any.whl" in done.stderr
    assert "No other bytes are ever published under a removed name." in done.stderr
    assert "To yank first" in done.stderr
    left = {"remove_road-1.1-py3-none-any.whl", "remove_road-1.1.tar.gz"}
    assert set(command.road.files("remove-road")) == left
    other = write_sdist(tmp_path, "remove-road", "1.0", Summary="other bytes")
    assert "was already published" in command("publish", other).stderr
    same = write_sdist(tmp_path, "remove-road", "1.0")
    assert command.ok("publish", same) == "published 1 file of remove-road 1.0\n"


def test_what_is_gone_already_is_no_failure(command: Command) -> None:
    """But there is nothing to yank any more."""
    publish_sdist(command.road, "remove-twice", "1.0")
    assert command.read_json("remove", "remove-twice", "1.0", "--yes")["files"][0]["changed"] is True
    assert command.ok("remove", "remove-twice", "1.0", "--yes") == "nothing to remove (1 removed already)\n"
    assert command.fails("yank", "remove-twice", "1.0").startswith(
        "remove_twice-1.0.tar.gz of remove-twice was removed before: first publish the same bytes again"
    )


def test_nobody_removes_without_having_been_asked(command: Command) -> None:
    publish_sdist(command.road, "remove-asked", "1.0")
    dry = command.ok("remove", "remove-asked", "1.0", "--dry-run").splitlines()
    assert dry[0] == "would remove 1 file of remove-asked 1.0"
    assert dry[2].startswith("remove_asked-1.0.tar.gz  1.")
    assert command.fails("remove", "remove-asked", "1.0", typed="y\n") == (
        "Nothing was done: answer the question with y, or say --yes where nobody can be asked."
    )
    assert len(command.road.files("remove-asked")) == 1


@pytest.mark.parametrize(("answer", "code", "left"), [(b"n\n", 1, 1), (b"y\n", 0, 0)])
def test_whoever_is_there_is_asked(answer: bytes, code: int, left: int, command: Command) -> None:
    """At a real terminal."""
    project = f"remove-tty-{left}"
    publish_sdist(command.road, project, "1.0")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        done = subprocess.run(
            [COMMAND, "remove", project, "1.0"],
            env=clean_environment(command.home, **stack_environment(command.road)),
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert f"Remove 1 file of {project} 1.0? [y/N]" in done.stderr
    assert done.returncode == code
    assert len(command.road.files(project)) == left


def test_an_interrupted_removal_goes_on(command: Command) -> None:
    """What is gone is gone, and the same command once more ends well."""
    publish_sdist(command.road, "remove-halt", "1.0")
    page = "simple/remove-halt/index.json"
    with (
        serve_faulty_endpoint(command.road.s3_endpoint) as endpoint,
        endpoint.failing(command.road.read(page), page),
        subprocess.Popen(
            [COMMAND, "remove", "remove-halt", "1.0", "--yes"],
            env=clean_environment(
                command.home, **{**stack_environment(command.road), "AWS_ENDPOINT_URL": endpoint.url}
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        while "Waiting until" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().startswith("ERROR: Interrupted: what was done stays done")
    assert process.returncode == 130
    again = command.ok("remove", "remove-halt", "1.0", "--yes")
    assert again in ("removed 1 file of remove-halt 1.0\n", "nothing to remove (1 removed already)\n")
    assert command.road.files("remove-halt") == []
