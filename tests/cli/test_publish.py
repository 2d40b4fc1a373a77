"""``publish``: looked at as a whole, sent as a whole, and waited for."""

import hashlib
import json
import os
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.publishing import write_release, write_sdist, write_wheel
from tests.cli.running import COMMAND, Command, stack_environment
from tests.distributions import make_sdist, make_wheel, wheel_name
from tests.road.faulty_endpoint import (
    DENIED,
    NO_RIGHT,
    FaultyEndpoint,
    serve_faulty_endpoint,
)
from tests.road.road import Road, clean_environment


@pytest.fixture
def endpoint(road: Road) -> Iterator[FaultyEndpoint]:
    with serve_faulty_endpoint(road.s3_endpoint) as server:
        yield server


def states(document: dict[str, Any]) -> dict[str, str]:
    return {file["filename"]: file["state"] for file in document["files"]}


def test_a_folder_is_published_and_installed(command: Command, tmp_path: Path) -> None:
    """When the command ends, the index lists every file: what comes next in a job finds it."""
    dist = write_release(tmp_path / "dist", "pub-road", "1.0")

    done = command("publish", "dist/")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "published 2 files of pub-road 1.0"
    assert sorted(command.road.files("pub-road")) == sorted(path.name for path in dist.iterdir())
    installed = command.road.pip("pub-road==1.0", target=tmp_path / "site")
    assert installed.returncode == 0, installed.stderr


def test_what_is_there_already_is_not_sent_again(
    command: Command, endpoint: FaultyEndpoint, tmp_path: Path
) -> None:
    """A job that failed half-way is run once more, and succeeds."""
    write_wheel(tmp_path / "dist", "pub-again", "1.0")
    assert command.ok("publish", "dist") == "published 1 file of pub-again 1.0\n"
    write_sdist(tmp_path / "dist", "pub-again", "1.0")
    assert command.ok("publish", "dist") == "published 1 file of pub-again 1.0 (1 was there already)\n"

    with endpoint.holding_uploads() as held:
        third = command("publish", "dist", "--quiet", AWS_ENDPOINT_URL=endpoint.url)

    assert (third.returncode, third.stderr) == (0, "")
    assert third.stdout == "nothing to publish (2 files of pub-again 1.0 were there already)\n"
    assert not held.is_set()


def test_a_program_reads_what_became_of_each(command: Command, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "dist", "pub-json", "1.0")
    expected = {
        "filename": wheel.name,
        "project": "pub-json",
        "version": "1.0",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "size": wheel.stat().st_size,
    }

    dry = command.read_json("publish", wheel, "--dry-run")
    assert dry == {"files": [{**expected, "state": "pending", "reason": "not sent: this is a dry run"}]}
    assert command.road.files("pub-json") == []
    document = command.read_json("publish", wheel)
    assert document == {"files": [{**expected, "state": "published", "reason": None}]}
    assert command.read_json("publish", wheel)["files"][0]["state"] == "present"


def test_nothing_is_sent_if_anything_would_be_refused(command: Command, tmp_path: Path) -> None:
    """And all that is wrong is told at once."""
    good = write_wheel(tmp_path / "dist", "pub-good", "1.0")
    published = write_sdist(tmp_path, "pub-taken", "1.0")
    command.ok("publish", published)
    published.write_bytes(make_sdist("pub-taken", "1.0", Summary="built again"))
    (tmp_path / "pub_empty-1.0.tar.gz").touch()

    done = command("publish", "dist", published.name, "pub_empty-1.0.tar.gz", "gone.whl", "--json")

    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert len(told) == 4
    assert "ERROR: 'gone.whl' does not exist: build first, or check the name." in told
    assert any("'simple/pub-taken/pub_taken-1.0.tar.gz' was already published" in line for line in told)
    assert any("'pub_empty-1.0.tar.gz' cannot be read: it is empty" in line for line in told)
    assert told[-1] == (
        "ERROR: Nothing was sent, for 3 of 4 distributions would be refused, as said above: mend that, and "
        "run the same command again."
    )
    assert states(json.loads(done.stdout)) == {
        "gone.whl": "refused",
        good.name: "pending",
        "pub_empty-1.0.tar.gz": "refused",
        published.name: "refused",
    }
    assert command.road.files("pub-good") == []
    assert not [key for key in command.road.keys("incoming/") if "pub" in key]


def test_a_refusal_by_the_indexer_is_told(command: Command, endpoint: FaultyEndpoint, tmp_path: Path) -> None:
    """Whoever cannot see the page, or was overtaken, learns it from the reason: exit code 3."""
    sdist = write_sdist(tmp_path, "pub-refused", "1.0")
    command.ok("publish", sdist)
    sdist.write_bytes(make_sdist("pub-refused", "1.0", Summary="other bytes"))
    wheel = write_wheel(tmp_path, "pub-other", "1.0")

    with endpoint.failing(DENIED, "simple/pub-refused/index.json"):
        done = command("publish", sdist, wheel, AWS_ENDPOINT_URL=endpoint.url)

    assert done.returncode == 3, done.stderr
    assert done.stdout == "published 1 file of pub-other 1.0; 1 was refused\n"
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ERROR: pub_refused-1.0.tar.gz was refused: 'simple/pub-refused/")
    assert last.endswith("a published file never changes, so publish a new version.")
    (reason,) = [key for key in command.road.keys("rejected/") if "pub-refused" in key and "reason" in key]
    assert reason.startswith("rejected/incoming/project/pub-refused/publish-")


def test_what_nobody_may_see_is_not_waited_for(
    command: Command, endpoint: FaultyEndpoint, tmp_path: Path
) -> None:
    """S3 says which right is missing, so it is known before anything is sent; --no-wait does not look."""
    wheel = write_wheel(tmp_path, "pub-blind", "1.0")

    with endpoint.failing(NO_RIGHT, "simple/pub-blind/index.json"):
        sentence = command.fails("publish", wheel, AWS_ENDPOINT_URL=endpoint.url)
        assert "to read 'simple/pub-blind/index.json'" in sentence
        assert "PublisherPolicy" in sentence
        assert command.road.files("pub-blind") == []
        done = command("publish", wheel, "--no-wait", AWS_ENDPOINT_URL=endpoint.url)

    assert (done.returncode, done.stdout) == (0, "sent 1 file of pub-blind 1.0\n")
    assert "WARNING: You may not read what is published already" in done.stderr
    command.road.wait_for(lambda: command.road.files("pub-blind") == [wheel.name])


def test_what_does_not_show_in_time_is_told(
    command: Command, endpoint: FaultyEndpoint, tmp_path: Path
) -> None:
    """It may still come: the same command once more waits on."""
    wheel = write_wheel(tmp_path, "pub-late", "1.0")

    with endpoint.failing(DENIED, "simple/pub-late/index.json"):
        sentence = command.fails("publish", wheel, "--timeout", "1", AWS_ENDPOINT_URL=endpoint.url)

    assert sentence.startswith(
        "After 1 s 1 of the files sent are neither listed nor refused, the first of them "
        "pub_late-1.0-py3-none-any.whl: run the same command again."
    )
    assert "'incoming/project/pub-late/publish-" in sentence
    command.ok("publish", wheel)


@contextmanager
def started(
    command: Command, *arguments: str | Path, **environment: str
) -> "Iterator[subprocess.Popen[str]]":
    """The command, which runs on until it has ended by itself or the block ends."""
    process = subprocess.Popen(
        [COMMAND, *arguments],
        cwd=command.home,
        env=clean_environment(command.home, **{**stack_environment(command.road), **environment}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def codes_of_both(command: Command, first: Path, second: Path) -> list[int]:
    """The exit codes of two runs at the same time."""
    with started(command, "publish", first) as one, started(command, "publish", second) as other:
        return sorted([one.wait(timeout=60), other.wait(timeout=60)])


def test_two_at_once_publish_one_file_once(command: Command, tmp_path: Path) -> None:
    """Of the same bytes both succeed; of others one is refused, and says so."""
    same, other = tmp_path / "same", tmp_path / "other"
    wheel = write_wheel(same, "pub-race", "1.0")
    assert codes_of_both(command, same, same) == [0, 0]
    assert command.road.files("pub-race") == [wheel.name]

    write_sdist(same, "pub-race", "1.0")
    write_sdist(other, "pub-race", "1.0", Summary="built elsewhere")
    # 3 where the indexer refuses it; 1 where the other was listed before this one looked.
    assert codes_of_both(command, same, other) in ([0, 3], [0, 1])


@pytest.mark.parametrize("megabytes", [0, 65], ids=["whole", "in parts"])
def test_an_interrupt_leaves_nothing_half_done(
    megabytes: int, command: Command, endpoint: FaultyEndpoint, tmp_path: Path
) -> None:
    """Neither an object nor parts of one; and the same command once more succeeds."""
    project = f"pub-interrupted-{megabytes}"
    wheel = tmp_path / wheel_name(project, "1.0")
    wheel.write_bytes(make_wheel(project, "1.0"))
    with zipfile.ZipFile(wheel, "a") as archive:  # stored, which costs no time
        archive.writestr("noise.bin", os.urandom(megabytes * 1024**2))

    with started(command, "publish", wheel, AWS_ENDPOINT_URL=endpoint.url) as process:
        with endpoint.holding_uploads(after=1 if megabytes else 0) as held:
            assert held.wait(60)
            process.send_signal(signal.SIGINT)
            read_until(process, "Giving up what is under way")
        read_until(process, "ERROR: Interrupted: what was done stays done")
        assert process.wait(timeout=60) == 130

    road = command.road
    assert not [key for key in road.keys("incoming/") if project in key]
    assert "UploadId" not in road.aws("s3api", "list-multipart-uploads", "--bucket", road.bucket).stdout
    assert command.ok("publish", wheel) == f"published 1 file of {project} 1.0\n"


def test_a_second_interrupt_waits_for_nothing(
    command: Command, endpoint: FaultyEndpoint, tmp_path: Path
) -> None:
    """An S3 that keeps silent holds nobody."""
    wheel = write_wheel(tmp_path, "pub-held", "1.0")
    with (
        endpoint.holding_uploads() as held,
        started(command, "publish", wheel, AWS_ENDPOINT_URL=endpoint.url) as process,
    ):
        assert held.wait(60)
        process.send_signal(signal.SIGINT)
        read_until(process, "Giving up what is under way")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130  # it is held for longer


def read_until(process: "subprocess.Popen[str]", beginning: str) -> None:
    """Read what the process says, up to a line that begins like that."""
    assert process.stderr is not None
    lines = []
    while not (line := process.stderr.readline()).startswith(beginning):
        lines.append(line)
        assert line, lines


def test_without_a_network_it_is_said(command: Command, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "pub-away", "1.0")
    sentence = command.fails("publish", wheel, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert sentence.startswith("AWS cannot be reached")
