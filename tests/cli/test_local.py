"""`serverless-pypi local`: what a program reads of it, and what it says where its extra is not installed."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.log import OnlyTrouble
from serverless_pypi.extras import MissingExtraError, check_extra
from tests.cli.running import COMMAND, run_command
from tests.road.road import clean_environment


def test_a_program_reads_where_the_stack_is(tmp_path: Path) -> None:
    """One JSON document, while it serves; with --quiet nothing else is said."""
    process = subprocess.Popen(
        [COMMAND, "local", "--json", "--quiet"],
        env=clean_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    while not printed.endswith("\n}\n"):
        line = process.stdout.readline()
        assert line, f"it ended: {process.communicate()}"
        printed += line
    told = json.loads(printed)
    listed = run_command(tmp_path, "status", "serverless-pypi-sample", "--json", **told["environment"])
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == ""
    assert told["environment"]["SERVERLESS_PYPI_INDEX_URL"] == told["index_url"]
    assert told["environment"]["AWS_ENDPOINT_URL"] == told["s3_endpoint"]
    assert json.loads(listed.stdout)["project"] == "serverless-pypi-sample"


def test_a_demonstration_tells_a_program_what_was_seen(tmp_path: Path) -> None:
    seen = json.loads(run_command(tmp_path, "local", "demo", "--json").stdout)
    assert seen["greeting"] == "Installed from your own index."
    assert seen["refusal"].startswith("401 Unauthorized.")
    assert "simple/serverless-pypi-sample/index.json" in seen["keys"]


def test_without_its_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    """Python sees a distribution whose extra needs what nobody has; no traceback names a module."""
    metadata = tmp_path / "serverless_pypi-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        "Metadata-Version: 2.4\nName: serverless-pypi\nVersion: 0.1.0\nProvides-Extra: local\n"
        "Requires-Dist: packaging\nRequires-Dist: nobody-has-this; extra == 'local'\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "serverless_pypi", "local"],
        env=clean_environment(tmp_path, PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "ERROR: `serverless-pypi local` needs more than is installed here (nobody-has-this is missing): "
        "install it with its extra, by `pipx install '.[local]'` in a clone of the repository.\n"
    )


def test_here_the_extra_is_installed() -> None:
    """And an extra that there is not asks for nothing."""
    check_extra("local")
    check_extra("none")


def test_what_is_missing_is_an_error_of_ours() -> None:
    assert "(moto is missing)" in str(MissingExtraError("local", "moto"))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level":"INFO","message":"filed"}\n', False),
        ('{"_aws":{"Timestamp":1}}\n', False),
        ('{"level":"ERROR","message":"rebuild failed"}\n', True),
        ('{"level": "WARNING", "message": "bad lines"}\n', True),
        ("ERROR local.poller: The poller cannot go on\nTraceback …\n", True),
        ("INFO local.poller: an ERROR is spoken of\n", False),
    ],
)
def test_a_quiet_log_tells_of_trouble_alone(line: str, shown: bool) -> None:
    """Of the functions' lines and of Python's."""
    stream = io.StringIO()
    assert OnlyTrouble(stream).write(line) == len(line)
    assert stream.getvalue() == (line if shown else "")
