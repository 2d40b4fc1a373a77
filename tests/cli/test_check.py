"""`serverless-pypi check`: what drifted is told and mended; what is under way has not drifted."""

import json
import os
import pty
import signal
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from serverless_pypi.comparison import Comparison, Look
from serverless_pypi.index import Index
from serverless_pypi.indexer_queue import IndexerQueue
from serverless_pypi.settling import Settling
from serverless_pypi.walking import Scope
from serverless_pypi.workers import Workers
from tests.cli.aws_answers import REFUSALS, serve_refusing_aws
from tests.cli.running import COMMAND, Command, stack_environment
from tests.cli.still_index import StillIndex, serve_still_index
from tests.distributions import make_wheel, wheel_name
from tests.road.faulty_endpoint import SILENT, serve_faulty_endpoint
from tests.road.road import Road, clean_environment, run_road

CALM = ("--calm", "0.3")
HTML = "is not the page that was written with index.json."


@pytest.fixture
def still(tmp_path: Path) -> Iterator[StillIndex]:
    """Three projects, and nobody who mends them."""
    with serve_still_index(tmp_path, "still") as index:
        index.publish("acme", "bolt", "nuts")
        yield index


def test_an_index_that_nobody_touched_has_not_drifted(still: StillIndex) -> None:
    """One line says so; a program reads the numbers."""
    done = still.run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 projects with 3 files compared: nothing has drifted.\n"
    told = json.loads(still.run("check", "--json", "--deep").stdout)
    assert told == {"projects": 3, "files": 3, "drift": [], "after": None}


def test_an_empty_index_has_not_drifted(tmp_path: Path) -> None:
    with serve_still_index(tmp_path, "empty") as index:
        assert index.run("check").stdout == "0 projects with 0 files compared: nothing has drifted.\n"


def test_what_drifted_is_told_in_sentences(still: StillIndex) -> None:
    """Each begins with the key; the last line says what to do; nothing is changed."""
    wheel = f"simple/acme/{wheel_name('acme', '1')}"
    still.put(f"{wheel}.yanked", b"why")
    still.put("simple/bolt/index.html", b"?")
    still.delete("simple/index.html")
    done = still.run("check", *CALM)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "simple/index.html is missing.",
        f"{wheel}.yanked does not show on the page.",
        f"simple/bolt/index.html {HTML}",
        "3 projects with 3 files compared: 3 findings.",
    ]
    assert done.stderr == (
        "ERROR: Pages are not as the bucket is: `serverless-pypi check --repair` has them written.\n"
    )
    assert still.messages() == []


def test_a_program_reads_what_drifted(still: StillIndex) -> None:
    """With the project and the kind; news of it stay away."""
    still.put("simple/bolt/index.html", b"?")
    done = still.run("check", *CALM, "--json", "--quiet", "bolt")
    assert done.returncode == 3
    assert json.loads(done.stdout) == {
        "projects": 1,
        "files": 1,
        "drift": [
            {
                "project": "bolt",
                "kind": "page",
                "key": "simple/bolt/index.html",
                "problem": HTML.removesuffix("."),
                "mended": False,
            }
        ],
        "after": None,
    }
    assert done.stderr.startswith("ERROR: ")


def test_only_the_projects_that_are_meant_are_compared(still: StillIndex) -> None:
    """By any spelling of their names, or behind one of them."""
    still.put("simple/bolt/index.html", b"?")
    assert still.run("check", "Acme", "NUTS", "acme").stdout.startswith("2 projects with 2 files compared")
    assert still.run("check", "--after", "Bolt").stdout.startswith("1 project with 1 file compared")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["amce"], "The index has no project 'amce': did you mean acme?"),
        (["acme", "x"], "The index has no project 'x': check its name."),
        (["../evil"], "The index has no project '../evil': check its name."),
        (["acme", "--after", "bolt"], "Either name projects, or say --after which one to go on: not both."),
        (
            ["--after", "~~"],
            "'~~' is no project's name: give --after the one that the interrupted check has named.",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    still: StillIndex, arguments: list[str], sentence: str
) -> None:
    """And nothing is compared."""
    done = still.run("check", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"ERROR: {sentence}\n")


def test_what_is_not_a_time_is_one_sentence(still: StillIndex) -> None:
    done = still.run("check", "--calm", "soon")
    assert done.returncode == 2
    assert "'soon' is no time" in done.stderr


def test_repair_asks_for_what_drifted_and_says_what_did_not_come(still: StillIndex) -> None:
    """A message for each project, and a walk over nothing for the project list."""
    still.put("simple/bolt/index.html", b"?")
    still.put("simple/index.html", b"?")
    done = still.run("check", *CALM, "--repair", "--timeout", "1")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        "ERROR: 2 pages did not become true in 1 s: look at the indexer's log and at its dead letters, and "
        "check again."
    )
    asked = [{"rebuild": {"project": "bolt"}}, {"reconcile": {"after": "nuts"}}]
    assert still.messages() == asked
    done = still.run("check", *CALM, "--repair", "--no-wait")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith(
        "ERROR: What has drifted was asked for, and not waited for"
    )
    assert still.messages() == asked


def test_repair_without_anybody_to_ask_is_one_sentence(tmp_path: Path) -> None:
    """Before anything is compared; a check needs nobody."""
    with serve_still_index(tmp_path, "alone", queue=False) as index:
        index.publish("acme")
        assert index.run("check").returncode == 0
        done = index.run("check", "--repair")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ERROR: There is no queue 'alone-indexer' here that you may see")


def test_a_deep_check_reads_every_file(still: StillIndex) -> None:
    """What it finds no rebuild mends, so that is not tried, and not left unsaid."""
    still.falsify("acme", sha256="0" * 64)
    assert still.run("check").returncode == 0
    still.put("simple/acme/index.html", b"?")
    done = still.run("check", *CALM, "--deep", "acme")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "simple/acme/index.html",
        f"simple/acme/{wheel_name('acme', '1')}",
        "1",
    ]
    still.rebuild("acme")
    done = still.run("check", *CALM, "--deep", "--repair")
    assert done.returncode == 3
    assert done.stdout.startswith(f"simple/acme/{wheel_name('acme', '1')} has the SHA-256 ")
    assert done.stderr == "ERROR: No rebuild mends 1 finding: docs/command.md says what does.\n"
    assert still.messages() == []


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StillIndex]:
    """Folders for two stretches of a walk, of which the first and the last have a file without a page."""
    with serve_still_index(tmp_path_factory.mktemp("wide"), "wide") as index:
        for number in range(202):
            index.put(f"simple/p{number:03}/README.txt", b"?")
        for project in ("p000", "p201"):
            index.put(f"simple/{project}/{wheel_name(project, '1')}", b"?")
        yield index


def test_an_interrupted_check_says_where_to_go_on(wide: StillIndex) -> None:
    """All up to that project was judged; from there the rest is, and both together are the whole."""
    with serve_faulty_endpoint(wide.endpoint_url) as endpoint:
        environment = {**wide.environment, "AWS_ENDPOINT_URL": endpoint.url}
        with endpoint.failing(SILENT, "simple/p201/index.json"):
            process = subprocess.Popen(
                [COMMAND, "check", *CALM, "--json"],
                env=clean_environment(wide.home, **environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert endpoint.silenced.wait(60)
            process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "ERROR: Interrupted; compared up to p199: `--after p199` goes on from there.\n"
    first = json.loads(out)
    rest = json.loads(wide.run("check", *CALM, "--json", "--after", "p199").stdout)
    assert (first["projects"], first["after"]) == (200, "p199")
    assert (rest["projects"], rest["after"]) == (2, None)
    keys = [one["key"] for one in (*first["drift"], *rest["drift"])]
    assert keys == ["simple/p000/index.json", "simple/index.json", "simple/p201/index.json"]


def test_an_s3_that_fails_half_way_is_one_sentence_and_a_place_to_go_on(wide: StillIndex) -> None:
    """What was compared is told; what was not is not called well."""
    with (
        serve_faulty_endpoint(wide.endpoint_url) as endpoint,
        endpoint.failing(500, "simple/p201/index.json"),
    ):
        done = wide.run("check", *CALM, AWS_ENDPOINT_URL=endpoint.url)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "simple/p000/index.json is missing.",
        "200 projects with 1 file compared: 1 finding.",
    ]
    warning, error = done.stderr.splitlines()
    assert warning == "WARNING: Compared up to p199: `--after p199` goes on from there."
    assert error.startswith("ERROR: AWS refuses GetObject (SomeError")


def test_an_interrupt_before_the_first_stretch_says_so(still: StillIndex, tmp_path: Path) -> None:
    with serve_refusing_aws(None) as aws:
        process = subprocess.Popen(
            [COMMAND, "check"],
            env=clean_environment(tmp_path, **{**still.environment, "AWS_ENDPOINT_URL": aws.url}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert aws.asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert errors.startswith("ERROR: Interrupted")


def test_an_interrupt_while_the_indexer_is_waited_for_undoes_nothing(
    still: StillIndex, tmp_path: Path
) -> None:
    """It is asked already; what was found is told."""
    still.put("simple/bolt/index.html", b"?")
    process = subprocess.Popen(
        [COMMAND, "check", *CALM, "--repair"],
        env=clean_environment(tmp_path, **still.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "Waiting until the indexer has written 1 page …\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.startswith(
        "ERROR: Interrupted; all was compared, and is asked for where it is to be mended"
    )
    assert out.splitlines() == [
        f"simple/bolt/index.html {HTML}",
        "3 projects with 3 files compared: 1 finding.",
    ]
    assert still.messages() == [{"rebuild": {"project": "bolt"}}]


@pytest.mark.parametrize("refusal", ["denied", "expired"])
def test_who_may_not_look_is_told_so(still: StillIndex, refusal: str) -> None:
    with serve_refusing_aws(REFUSALS[refusal]) as aws:
        done = still.run("check", AWS_ENDPOINT_URL=aws.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("is_deep", [False, True])
def test_somebody_who_watches_sees_a_bar(still: StillIndex, tmp_path: Path, *, is_deep: bool) -> None:
    """Of projects, or of bytes; it knows how many there are."""
    size = sum(len(make_wheel(project, "1")) for project in ("acme", "bolt", "nuts"))
    title, total = ("Reading", f"0.00/{size / 1000:.2f}k") if is_deep else ("Comparing", "0/3 ")
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    process = subprocess.Popen(
        [COMMAND, "check", *(["--deep"] if is_deep else [])],
        env=clean_environment(tmp_path, **still.environment),
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    seen = b""
    with suppress(OSError):  # a terminal that nobody holds any more
        while chunk := os.read(controller, 4096):
            seen += chunk
    os.close(controller)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"3 projects with 3 files compared: nothing has drifted.\n")
    assert title in seen.decode()
    assert total in seen.decode()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A stack whose indexer works, for these tests alone."""
    with run_road(tmp_path_factory.mktemp("busy")) as running:
        yield running


def test_repair_mends_what_drifted(busy: Road, tmp_path: Path) -> None:
    """By the indexer, and only then is it done."""
    for project in ("broken", "whole"):
        busy.put(f"incoming/{wheel_name(project, '1')}", make_wheel(project, "1"))
    busy.wait_for(lambda: bool(busy.files("broken") and busy.files("whole")))
    busy.put("simple/broken/index.html", b"?")
    busy.put(f"simple/broken/{wheel_name('broken', '1')}.metadata", b"?")
    busy.put("simple/index.html", b"?")
    command = Command(road=busy, home=tmp_path)
    done = command("check", *CALM, "--repair")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Waiting until the indexer has written 2 pages …\n"
    assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()[:-1]] == ["(mended)"] * 3
    assert done.stdout.endswith("compared: 3 findings, 3 of them mended.\n")
    assert command("check", "--deep").returncode == 0


def test_the_local_stack_is_true(busy: Road, tmp_path: Path) -> None:
    """With the queue that it has, and the index URL that its indexer was given."""
    wheel = f"simple/attested/{wheel_name('attested', '1')}"
    busy.put(wheel, make_wheel("attested", "1"))
    busy.put(f"{wheel}.provenance", b"{}")
    busy.wait_for(lambda: b"provenance" in busy.get("/simple/attested/").content)
    environment = stack_environment(busy)
    done = Command(road=busy, home=tmp_path)("check", "attested", **environment)
    assert (done.returncode, done.stdout) == (0, "1 project with 1 file compared: nothing has drifted.\n")


def test_publishing_meanwhile_is_no_drift(
    busy: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of new projects, and not of one that gets file after file: looks see them half done, and are not
    believed."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    command = Command(road=busy, home=tmp_path)
    stop = threading.Event()
    publisher = threading.Thread(target=_publish_until, args=(busy, stop))
    publisher.start()
    try:
        for deep in ([], ["--deep"]):
            done = command("check", "--calm", "1.5", *deep)
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
        suspects, believed = _look_until_suspicious(busy)
    finally:
        stop.set()
        publisher.join()
    assert suspects, "nothing was ever under way: this test shows nothing"
    assert believed == []


def _publish_until(road: Road, stop: threading.Event) -> None:
    """A wheel of an old project, and one of a new project, as soon as the two before are taken."""
    number = 0
    while not stop.is_set():
        number += 1
        for project in ("hot", f"new-{number}"):
            road.put(f"incoming/{wheel_name(project, f'1.{number}')}", make_wheel(project, f"1.{number}"))
        while road.read(f"incoming/{wheel_name(project, f'1.{number}')}") and not stop.is_set():
            """The indexer is at it."""


def _look_until_suspicious(road: Road) -> tuple[list[Look], list[Look]]:
    """The first looks in which something seems wrong, and those of them that are believed."""
    index = Index(
        service="serverless-pypi", bucket=road.bucket, index_url=road.index_url, endpoint_url=road.s3_endpoint
    )
    comparison = Comparison.of(index)
    with Workers(4) as workers:

        def look_again(projects: object) -> Iterator[Look]:
            listing = comparison.read_list()
            return workers.each(lambda project: comparison.look(project, listing), projects)  # type: ignore[arg-type]

        for _ in range(50):
            looks = [look for stretch in Scope().stretches(comparison, workers) for look in stretch.looks]
            suspects = [look for look in looks if look.findings]
            if suspects:
                break
        settling = Settling(is_idle=IndexerQueue(index).is_idle, calm=1.5, patience=60)
        return suspects, settling.believed(suspects, look_again)
