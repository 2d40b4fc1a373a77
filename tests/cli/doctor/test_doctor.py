"""The command as a process: its exit code, its report, its sentences."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serverless_pypi.doctor.index_urls import Credential, parse_index_url
from tests.cli.doctor.patients import WRONG, Consumer, only, wrong
from tests.cli.doctor.servers import proxy, silent_port
from tests.cli.running import COMMAND
from tests.road.road import Road

OTHER = "https://upstream.example/simple/"
PIP = ".config/pip/pip.conf"


def test_all_is_well(consumer: Consumer, road: Road) -> None:
    """Exit code 0, and the report says what was looked at."""
    consumer.write(PIP, f"[global]\nindex-url = {road.index_url}\n")
    consumer.environment["UV_DEFAULT_INDEX"] = road.index_url
    done = consumer.doctor()
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(road.url_for(None))
    assert "ok     ~/.config/pip/pip.conf:2: The credential is accepted." in done.stdout
    assert done.stdout.endswith("\nAll is well.\n")
    assert done.stderr == f"Looking at {road.origin} …\n"


def test_something_is_not_well(consumer: Consumer, road: Road) -> None:
    """Exit code 3; each thing with its place, and below it the line that mends it, never broken in two."""
    consumer.write(PIP, f"[global]\nindex-url = {OTHER}\nextra-index-url = {road.index_url}\n")
    consumer.write("./uv.toml", f'[[index]]\nurl = "{road.index_url}"\n')
    done = consumer.doctor("--quiet")
    assert done.returncode == 3
    assert "  WRONG  ~/.config/pip/pip.conf:2: pip also asks https://upstream.example," in done.stdout
    assert (
        '\n         $ pip config --user set global.index-url "$(pip config get global.extra-index-url)"\n'
        in done.stdout
    )
    assert "\n         in uv.toml, behind line 2, put\n           default = true\n" in done.stdout
    assert done.stdout.endswith("\n2 things are not well.\n")
    assert done.stderr == ""


def test_a_program_reads_it_as_json(consumer: Consumer, road: Road) -> None:
    consumer.environment["PIP_EXTRA_INDEX_URL"] = road.index_url
    done = consumer.doctor("--json", "--client", "pip")
    report = json.loads(done.stdout)
    assert (report["index-url"], report["well"]) == (road.url_for(None), False)
    found = only(report["findings"], "another-index")
    assert found["severity"] == "wrong"
    assert found["where"] == {"variable": "PIP_EXTRA_INDEX_URL"}
    assert found["mend"][0] == {
        "run": 'export PIP_INDEX_URL="$PIP_EXTRA_INDEX_URL"; unset PIP_EXTRA_INDEX_URL'
    }


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        ((), {}, "No client here is told of an index"),
        (("packages.example",), {}, "What the command line says is no index URL"),
        ((), {"SERVERLESS_PYPI_INDEX_URL": "x"}, "What $SERVERLESS_PYPI_INDEX_URL says is no index URL"),
        (
            (),
            {"PIP_INDEX_URL": "https://a.example", "PIP_EXTRA_INDEX_URL": "https://b.example"},
            "Clients here are told of several indexes (https://a.example, https://b.example)",
        ),
        ((OTHER, "--project", "a/b"), {}, "'a/b' is no name of a project"),
    ],
)
def test_what_cannot_be_looked_at(
    arguments: tuple[str, ...], environment: dict[str, str], sentence: str, consumer: Consumer
) -> None:
    """Exit code 1, and one sentence with the next step."""
    consumer.environment |= environment
    done = consumer.doctor(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"ERROR: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_a_client_that_it_does_not_know(consumer: Consumer) -> None:
    done = consumer.doctor("--client", "conda")
    assert done.returncode == 2
    assert "'pipenv'" in done.stderr


def test_the_index_that_somebody_signs_in_to_is_meant(consumer: Consumer, road: Road) -> None:
    """Where nobody says which; else what the variable says, else what the argument says."""
    consumer.environment |= {"PIP_INDEX_URL": OTHER, "PIP_EXTRA_INDEX_URL": road.index_url}
    assert consumer.doctor().stdout.startswith(road.url_for(None))
    consumer.environment["SERVERLESS_PYPI_INDEX_URL"] = "https://nonexistent.invalid/simple/"
    assert consumer.doctor().stdout.startswith("https://nonexistent.invalid/simple/\n")
    assert consumer.doctor(road.url_for(None)).stdout.startswith(road.url_for(None))


def test_interrupted_it_says_so(consumer: Consumer) -> None:
    """Ctrl-C ends it at once; it changes nothing, so nothing is half done."""
    with silent_port() as port:
        process = subprocess.Popen(
            [COMMAND, "doctor", f"https://127.0.0.1:{port}/simple/", "--timeout", "60"],
            cwd=consumer.folder,
            env=consumer.environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Looking at")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("ERROR: Interrupted")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "lacks /simple/ at its end"),
        ("/", "lacks /simple/ at its end"),
        ("/simple", "lacks the slash at its end"),
        ("/simple/acme-core/", "is that of one project, 'acme-core'"),
        ("/simpel/", "ends in something else than /simple/"),
        ("/simple/index.html", "ends in something else than /simple/"),
        ("/simple/?format=json", "ends in something else than /simple/"),
    ],
)
def test_how_the_given_url_is_written(path: str, says: str, consumer: Consumer, road: Road) -> None:
    """The line that mends it is this command with the right one, and all else is looked at by that."""
    findings = consumer.examine(
        road.url_for(f"{road.username}:{road.password}").removesuffix("/simple/") + path
    )
    found = only(findings, "url-form")
    assert found["what"] == f"The index URL {says}" + found["what"].partition(says)[2]
    assert found["mend"] == [{"run": f"serverless-pypi doctor {road.url_for(None)}"}]
    assert only(findings, "accepted")["subject"] == "credential given"


def test_no_credential_goes_out_in_clear(consumer: Consumer) -> None:
    """Of an index by http elsewhere, nothing is asked but by https."""
    with proxy() as running:
        consumer.environment |= {"HTTP_PROXY": running.url, "HTTPS_PROXY": running.url}
        consumer.environment["PIP_INDEX_URL"] = "http://u:hunter2@nonexistent.invalid/simple/"
        findings = consumer.examine()
        assert set(running.asked) == {"nonexistent.invalid:443"}
    (given, told) = [finding for finding in findings if finding["code"] == "no-https"]
    assert given["mend"] == [{"run": "serverless-pypi doctor https://nonexistent.invalid/simple/"}]
    consumer.follow(told["mend"])
    assert consumer.environment["PIP_INDEX_URL"] == "https://u:hunter2@nonexistent.invalid/simple/"


def test_a_wrong_credential_given(consumer: Consumer, road: Road) -> None:
    found = only(consumer.examine(road.url_for(f"demo:{WRONG}")), "refused")
    assert found["subject"] == "credential given"
    assert wrong([found]) == ["refused"]


@pytest.mark.parametrize("sign", "/?#")
def test_a_sign_that_must_be_encoded(sign: str, consumer: Consumer, road: Road) -> None:
    """What prints the encoded password is run with that typed in, and what it prints is taken."""
    password = f"hunter2{sign}@ %"
    consumer.environment["UV_DEFAULT_INDEX"] = road.url_for(f"demo:{password}")
    found = only(consumer.examine(road.url_for(None), wanted=["uv"]), "unencoded")
    done = subprocess.run(
        ["/bin/sh", "-c", found["mend"][0]["run"]],
        input=password,
        env=consumer.environment,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,  # nobody types at a terminal
    )
    # The index is not asked again: it looks at few wrong passwords.
    mended = parse_index_url(road.url_for(f"demo:{done.stdout.strip()}"))
    assert mended is not None
    assert mended.is_plain
    assert mended.credential == Credential(username="demo", password=password)


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_who_is_told_nothing_is_told_how(client: str, consumer: Consumer, road: Road) -> None:
    """It is no fault until somebody asks about that client; the line then has the real one install."""
    consumer.write(".netrc", f"machine 127.0.0.1 login {road.username} password {road.password}\n")
    notes = consumer.examine(road.url_for(None))
    assert wrong(notes) == []
    assert client in [finding["subject"] for finding in notes if finding["code"] == "not-told"]

    found = only(consumer.examine(road.url_for(None), wanted=[client]), "not-told")
    consumer.follow(found["mend"])

    assert wrong(consumer.examine(wanted=[client])) == []
    assert consumer.installs("serverless-pypi-sample", by=client) == ""


@pytest.mark.parametrize(("client", "table"), [("Poetry", "poetry"), ("PDM", "pdm")])
def test_projects_are_told_how(client: str, table: str, consumer: Consumer, road: Road) -> None:
    consumer.write("./pyproject.toml", f'[project]\nname = "x"\n[tool.{table}]\n')
    found = only(consumer.examine(road.url_for(None), wanted=[client]), "not-told")
    consumer.follow(found["mend"])
    codes = [finding["code"] for finding in consumer.examine(wanted=[client]) if finding["subject"] == client]
    assert codes == ["one-index", "no-credential"]


def test_the_report_on_another_index_shows_its_host_alone(consumer: Consumer, road: Road) -> None:
    """A token may be in its path, its query or its username."""
    consumer.environment |= {
        "PIP_INDEX_URL": road.index_url,
        "PIP_EXTRA_INDEX_URL": "https://hunter2@other.example/hunter2/simple/?token=hunter2",
    }
    assert "https://other.example, and" in consumer.doctor(road.url_for(None), "--client", "pip").stdout


def test_a_name_of_a_file_that_is_no_text(consumer: Consumer, road: Road) -> None:
    """Neither an escape sequence nor bytes that no encoding has get out."""
    file = os.path.join(os.fsencode(consumer.folder), b"requirements\x1b[2J\xff.txt")
    with open(file, "w") as written:
        written.write(f"--extra-index-url {road.index_url}\n")
    consumer.environment["LANG"] = consumer.environment["LC_ALL"] = "C.UTF-8"
    shown = consumer.doctor(road.url_for(None), "--client", "pip")
    assert shown.returncode == 3
    assert "\x1b" not in shown.stdout
    assert r"requirements\x1b[2J\udcff.txt:1: pip" in shown.stdout
    report = consumer.findings(road.url_for(None), "--client", "pip")
    assert "requirements\x1b[2J?.txt" in only(report, "another-index")["where"]["file"]


@pytest.mark.parametrize("url", ["https://a..b/", f"https://{'a' * 300}.example/", "https://xn--/"])
def test_a_host_that_can_have_no_address(url: str, consumer: Consumer) -> None:
    assert only(consumer.examine(url), "connection-name")


def test_no_library_of_aws_is_loaded(consumer: Consumer, road: Road) -> None:
    """Whoever installs from an index has no need of it, and should not wait for it."""
    code = (
        "import sys\nfrom serverless_pypi.command import main\n"
        f"main(['doctor', {road.url_for(None)!r}, '--client', 'pip'])\n"
        "print('MODULES', *sorted(sys.modules))"
    )
    modules = consumer.run([sys.executable, "-c", code]).stdout.partition("MODULES ")[2].split()
    assert "httpx" in modules
    assert {"boto3", "botocore", "pypi_simple", "tqdm"}.isdisjoint(modules)


def test_nothing_is_written(consumer: Consumer, road: Road) -> None:
    """It looks, and leaves the mending to its reader."""
    consumer.write(PIP, f"[global]\nextra-index-url = {road.index_url}\n")
    before = _contents(consumer.home)
    assert consumer.doctor().returncode == 3
    assert _contents(consumer.home) == before


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file): file.read_bytes()
        for file in folder.rglob("*")
        # uv makes its own cache's folder when it is asked for it.
        if file.is_file() and ".cache" not in file.parts
    }
