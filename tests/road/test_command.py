"""`serverless-pypi local`, which `make local` and `make demo` run: what it says when something is wrong."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.s3 import EmbeddedS3
from tests.distributions import make_wheel, wheel_name
from tests.road.road import COMMAND, REPOSITORY, Finished, clean_environment, run_road


def command(home: Path, *arguments: str, **environment: str) -> Finished:
    return subprocess.run(
        [COMMAND, "local", *arguments],
        cwd=REPOSITORY,
        env=clean_environment(home, **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_demonstration_walks_the_road_and_ends_well(tmp_path: Path) -> None:
    """Publish, install, import, refuse; then a short summary."""
    done = command(tmp_path, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "imported: Installed from your own index." in done.stdout
    assert "refused: 401 Unauthorized." in done.stdout
    assert "simple/serverless-pypi-sample/serverless_pypi_sample-1.0.tar.gz" in done.stdout
    assert done.stderr.splitlines()[0] == "Starting S3, the indexer and the authenticator …"
    assert "{" not in done.stderr, "the functions' log is shown though nothing failed"


def test_a_folder_of_distributions_is_published_at_the_start(tmp_path: Path) -> None:
    """What is there to be tried may be one's own."""
    (tmp_path / wheel_name("own", "1.0")).write_bytes(make_wheel("own", "1.0"))
    with run_road(tmp_path, "--publish", str(tmp_path)) as road:
        assert road.files("own") == [wheel_name("own", "1.0")]


def test_the_printed_lines_work_as_they_stand(tmp_path: Path) -> None:
    """A newcomer copies them: the command's, the AWS CLI's, pip's and uv's."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / wheel_name("copied", "1.0")).write_bytes(make_wheel("copied", "1.0"))
    with run_road(tmp_path) as road:
        lines = [line.strip() for line in road.printed.replace("\\\n", " ").splitlines()]
        (export,) = [line for line in lines if line.startswith("export ")]
        (by_command,) = [line for line in lines if line.endswith("serverless-pypi publish dist/*")]
        (publish,) = [line for line in lines if "s3 cp dist/" in line]
        (pip,) = [line for line in lines if "pip install --index-url" in line]
        (uv,) = [line for line in lines if "pip install --default-index" in line]
        _shell(publish, tmp_path)
        road.wait_for(lambda: bool(road.files("copied")))
        (dist / wheel_name("copied", "2.0")).write_bytes(make_wheel("copied", "2.0"))
        _shell(f"{export}\n{by_command}", tmp_path)
        assert road.files("copied") == [wheel_name("copied", "1.0"), wheel_name("copied", "2.0")]
        _shell(f"{pip} --target {tmp_path}/pip", tmp_path)
        _shell(f"{uv} --target {tmp_path}/uv", tmp_path)
    for client in ("pip", "uv"):
        assert (tmp_path / client / "serverless_pypi_sample").is_dir()


@pytest.mark.parametrize("option", ["--port", "--s3-port"])
def test_a_used_port_is_one_sentence(tmp_path: Path, option: str) -> None:
    """And what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = command(tmp_path, "serve", option, str(port))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ERROR: Port {port} on 127.0.0.1 is in use: ")
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unreachable_s3_is_one_sentence(tmp_path: Path) -> None:
    """The endpoint is named."""
    key = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = command(tmp_path, "demo", "--s3-endpoint", "http://127.0.0.1:9", **key)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ERROR: No S3 answers at http://127.0.0.1:9: start it")
    assert "Traceback" not in done.stdout + done.stderr


def test_an_s3_that_never_answers_is_one_sentence(tmp_path: Path) -> None:
    """It takes the connection and says nothing; the sentence is the same, after ten seconds or so."""
    key = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        before = time.monotonic()
        done = command(tmp_path, "serve", "--s3-endpoint", endpoint, **key)
    assert time.monotonic() - before < 20
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ERROR: No S3 answers at {endpoint}: start it")
    assert "Traceback" not in done.stdout + done.stderr


def test_no_key_for_another_s3_is_one_sentence(tmp_path: Path) -> None:
    """Nothing is known of how to come in there."""
    endpoint = "http://127.0.0.1:9"
    done = command(tmp_path, "serve", "--s3-endpoint", endpoint, AWS_EC2_METADATA_DISABLED="true")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ERROR: S3 at {endpoint} refuses (Unable to locate")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "localhost:9000", "http://", "ftp://a", "http://a:b"])
def test_an_endpoint_that_is_no_url_is_one_sentence(tmp_path: Path, endpoint: str) -> None:
    """How it is written, and nothing about keys."""
    done = command(tmp_path, "serve", "--s3-endpoint", endpoint)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ERROR: '{endpoint}' is no URL of an S3: write it as")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("port", ["abc", "-1", "65536", "", "\u0663"])
def test_what_is_no_port_is_one_sentence(tmp_path: Path, port: str) -> None:
    """It says which are."""
    done = command(tmp_path, "serve", f"--port={port}")
    assert done.returncode == 2
    problem = f"argument --port: {port!r} is no port: choose one from 1024 to 65535, or 0 for any"
    assert done.stderr == f"ERROR: {problem}: see `serverless-pypi local --help`.\n"


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    """Nothing to publish is most likely a mistake."""
    done = command(tmp_path, "serve", "--publish", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ERROR: {tmp_path} holds no wheel")


def test_another_s3_serves_as_well(tmp_path: Path) -> None:
    """Any S3-compatible endpoint, watched since it sends us no notifications; its users are kept."""
    key = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    wheel = tmp_path / wheel_name("elsewhere", "1.0")
    wheel.write_bytes(make_wheel("elsewhere", "1.0"))
    with EmbeddedS3() as s3:
        with run_road(tmp_path, "--s3-endpoint", s3.endpoint_url, **key) as road:
            road.copy_in(wheel)
            road.wait_for(lambda: bool(road.files("elsewhere")))
            assert road.pip("elsewhere", target=tmp_path / "out").returncode == 0
        again = _serve_briefly(tmp_path, "--s3-endpoint", s3.endpoint_url, **key)
    assert "the users are those of auth/htpasswd" in again


def test_an_interrupt_breaks_stalled_downloads_off(tmp_path: Path) -> None:
    """Whoever reads them on a slow line, or has gone to sleep, does not make it a failure of ours."""
    large = make_wheel("large", "1.0", extra={"large.bin": os.urandom(1 << 20) * 40})
    (tmp_path / wheel_name("large", "1.0")).write_bytes(large)
    stalled = []
    with run_road(tmp_path, "--publish", str(tmp_path)) as road:
        host, port = road.origin.removeprefix("http://").split(":")
        credential = base64.b64encode(f"{road.username}:{road.password}".encode()).decode()
        for _ in range(3):
            stalled.append(socket.create_connection((host, int(port))))
            path = f"/simple/large/{wheel_name('large', '1.0')}"
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credential}\r\n\r\n"
            stalled[-1].sendall(request.encode())
            assert stalled[-1].recv(12) == b"HTTP/1.1 200"
        time.sleep(0.5)
    for viewer in stalled:
        viewer.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("seconds", [0, 0.3, 0.6, 0.9, 1.2, 1.5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_at_any_moment_ends_cleanly(tmp_path: Path, seconds: float, number: int) -> None:
    """No traceback, no process left, no half sentence."""
    process = subprocess.Popen(
        [COMMAND, "local", "serve"],
        cwd=REPOSITORY,
        env=clean_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Before its first line a signal may do to the interpreter what it does to any program.
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(seconds)
    process.send_signal(number)
    out, errors = process.communicate(timeout=20)
    assert "Traceback" not in out + errors
    # Python ends so, in silence, if the interrupt fell into one of its own exec() calls during an import.
    assert process.returncode in (0, -signal.SIGINT)


def _serve_briefly(home: Path, *options: str, **environment: str) -> str:
    process = subprocess.Popen(
        [COMMAND, "local", "serve", *options],
        cwd=REPOSITORY,
        env=clean_environment(home, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    while "uv pip install" not in printed and (line := process.stdout.readline()):
        printed += line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    return printed


def _shell(line: str, folder: Path) -> None:
    """Run a printed line in a shell, with our clients on the path and nothing else configured."""
    environment = clean_environment(folder)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(  # noqa: S602  # as a person does it
        line,
        shell=True,  # as a person does
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stderr}"
