"""`serverless-pypi local`: what a program reads of it, and what it says where its extra is not installed."""

import io
import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.log import OnlyTrouble
from local.s3 import EmbeddedS3
from serverless_pypi.extras import MissingExtraError, check_extra
from tests.cli.running import COMMAND, run_command
from tests.distributions import make_wheel, wheel_name
from tests.road.faulty_endpoint import serve_faulty_endpoint
from tests.road.road import clean_environment, run_road


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


def test_the_command_works_over_an_s3_of_somebody_else(tmp_path: Path) -> None:
    """Where nothing but S3 answers the printed variables name the bucket, and there is no queue to ask."""
    key = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    wheel = tmp_path / wheel_name("elsewhere", "1")
    wheel.write_bytes(make_wheel("elsewhere", "1"))
    with EmbeddedS3() as s3, serve_faulty_endpoint(s3.endpoint_url) as endpoint:
        endpoint.is_s3_alone = True
        with run_road(tmp_path, "--s3-endpoint", endpoint.url, **key) as road:
            (export,) = [line.strip() for line in road.printed.splitlines() if "  export " in line]
            assert "AWS_SECRET_ACCESS_KEY" not in export
            printed = dict(word.split("=", 1) for word in shlex.split(export)[1:])
            published = run_command(tmp_path, "publish", wheel, **key, **printed)
            checked = run_command(tmp_path, "check", "--calm", "2", **key, **printed)
            asked = run_command(tmp_path, "reindex", "elsewhere", **key, **printed)
    assert published.returncode == 0, published.stderr
    assert checked.returncode == 0, checked.stdout
    assert asked.returncode == 1
    assert "A local stack over another S3 has none" in asked.stderr


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
