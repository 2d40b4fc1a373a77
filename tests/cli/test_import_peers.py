"""What people leave behind, for real: pypiserver as a process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.running import Command
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import REPOSITORY, clean_environment

PEERS = REPOSITORY / ".venv" / "peers"


@pytest.fixture
def pypiserver(tmp_path: Path) -> Iterator[str]:
    """Its index URL; it serves the folder ``packages``, and sends on for what it does not have."""
    if not (PEERS / "pypiserver").is_dir():
        pytest.skip("pypiserver is not installed: `make .venv/peers/ready` does it")
    (tmp_path / "packages").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1", "--port", str(port)]
    options = [
        "--authenticate",
        ".",
        "--passwords",
        ".",
        "--fallback-url",
        "https://upstream.example/simple/",
    ]
    process = subprocess.Popen(
        [*serve, *options, str(tmp_path / "packages")],
        env=clean_environment(tmp_path, PYTHONPATH=str(PEERS)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}/simple/"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "pypiserver does not answer"
            time.sleep(0.05)
        else:
            return


def test_pypiserver_by_http_and_by_its_folder(command: Command, pypiserver: str) -> None:
    """HTML with hashes; the folder beneath it holds the same. What it does not have, it sends on for."""
    folder = command.home / "packages"
    wheel, sdist = folder / wheel_name("peer-lib", "1.1+local.2"), folder / sdist_name("peer-lib", "1.0")
    wheel.write_bytes(make_wheel("peer-lib", "1.1+local.2"))
    sdist.write_bytes(make_sdist("peer-lib", "1.0"))
    for path in (wheel, sdist):
        os.utime(path, (1_500_000_000, 1_500_000_000))

    by_http = command.read_json("import", pypiserver)
    by_folder = command.read_json("import", folder)
    not_there = command("import", pypiserver, "--project", "not-there")

    assert by_http["counts"]["taken"] == 2
    assert by_folder["counts"]["there"] == 2
    assert command.road.read(f"simple/peer-lib/{wheel.name}") == wheel.read_bytes()
    page = command.road.get("/simple/peer-lib/", accept="application/vnd.pypi.simple.v1+json").json()
    assert {file["upload-time"] for file in page["files"]} == {"2017-07-14T02:40:00.000000Z"}
    assert not_there.returncode == 3
    assert "of its own, and sends on to upstream.example" in not_there.stdout
