"""The access log: what was asked and answered, under CloudFront's names, and no credential."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from local.access_log import AccessLog
from tests.local.conftest import view
from tests.road.road import run_road
from tests.road.test_command import command


async def in_two_parts(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 206, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": b"12345", "more_body": True})
    await send({"type": "http.response.body", "body": b"678"})


async def leaving(scope: Any, receive: Any, send: Any) -> None:
    raise ConnectionError


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_an_answer_is_told_with_its_size() -> None:
    """All parts of the body, and the header lines."""
    file = io.StringIO()
    async with view(AccessLog(in_two_parts, file)) as viewer:
        answer = await viewer.get(
            "/simple/a%2Bb/", headers={"authorization": "Basic x", "user-agent": "me/1"}
        )
    assert answer.text == "12345678"
    assert json.loads(file.getvalue()) == {
        "cs-method": "GET",
        "cs-uri-stem": "/simple/a%2Bb/",
        "sc-status": "206",
        "sc-bytes": str(len("x-a: b\r\n") + 8),
        "cs(User-Agent)": "me/1",
    }


@pytest.mark.anyio
async def test_a_request_without_an_answer_is_told_too() -> None:
    file = io.StringIO()
    async with view(AccessLog(leaving, file)) as viewer:
        with pytest.raises(ConnectionError):
            await viewer.get("/simple/")
    assert json.loads(file.getvalue())["sc-status"] == "000"


def test_the_stack_writes_one_where_it_is_told_to(tmp_path: Path) -> None:
    """Requests of real viewers, in their order, after what stood there before."""
    log = tmp_path / "access.log"
    log.write_text("kept\n")
    with run_road(tmp_path, "--access-log", str(log)) as road:
        road.get_as(None, "/simple/")
        road.get("/simple/")
    first, *lines = log.read_text().splitlines()
    assert first == "kept"
    assert [json.loads(line)["sc-status"] for line in lines] == ["401", "200"]
    assert road.password not in log.read_text()


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = command(tmp_path, "serve", "--access-log", str(tmp_path / "nowhere" / "log"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ERROR: The access log cannot be written to")
    assert "Traceback" not in done.stdout + done.stderr
