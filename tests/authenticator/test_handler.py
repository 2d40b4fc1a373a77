import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from authenticator import handler as entry
from authenticator import responses
from authenticator.handler import handler
from tests.authenticator.passwords import hash_password
from tests.authenticator.store_server import StoreServer, serve_store

EVENT = Path(__file__).parents[2] / "events" / "viewer-request.json"
JSON = "application/vnd.pypi.simple.v1+json"
PIP = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:acme-authenticator:1",
    aws_request_id="5f9c",
)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreServer]:
    with serve_store() as server:
        server.body = f"alice:{hash_password('secret')}\n".encode()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        entry._gate.cache_clear()  # a new environment: nothing is remembered
        yield server


def ask(uri: str, credential: str | None = "alice:secret", method: str = "GET", **headers: str) -> Any:
    """The handler's result for a viewer request with these headers."""
    event = json.loads(EVENT.read_text())
    request = event["Records"][0]["cf"]["request"]
    if credential is not None:
        headers["authorization"] = f"Basic {base64.b64encode(credential.encode()).decode()}"
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    request["headers"] |= {name: [{"key": name.title(), "value": value}] for name, value in lines.items()}
    request |= {"uri": uri, "method": method, "querystring": "list-type=2"}
    return handler(event, CONTEXT)


@pytest.mark.usefixtures("store")
def test_a_page_goes_on_as_the_form_that_the_viewer_reads() -> None:
    """JSON for pip, HTML for a browser; the query and the credential stay behind."""
    result = ask("/simple/acme/", accept=PIP, accept_encoding="gzip, deflate")
    assert result["uri"] == "/simple/acme/index.json"
    assert result["querystring"] == ""
    assert "authorization" not in result["headers"]
    assert ask("/simple/acme/", accept="text/html")["uri"] == "/simple/acme/index.html"


@pytest.mark.usefixtures("store")
def test_a_file_goes_on_under_its_own_name() -> None:
    """Files have one form, whatever is accepted."""
    assert ask("/simple/a/a-1+x.tar.gz", accept=PIP)["uri"] == "/simple/a/a-1%2Bx.tar.gz"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "credential", [None, "alice:wrong", "bob:secret", "alice:", "alice:" + "x" * 100, "secret"]
)
def test_no_or_a_wrong_credential_is_challenged(credential: str | None) -> None:
    """401 for each path, served or not, and the same answer for each reason."""
    for uri in ("/simple/", "/auth/htpasswd"):
        result = ask(uri, credential)
        assert result["status"] == "401"
        assert result["headers"]["www-authenticate"] == [
            {"key": "WWW-Authenticate", "value": 'Basic realm="serverless-pypi", charset="UTF-8"'}
        ]
        assert result["headers"]["cache-control"][0]["value"] == "no-store"


@pytest.mark.usefixtures("store")
def test_the_other_answers() -> None:
    """404, 301, 405 and 406, each after its own step."""
    assert ask("/auth/htpasswd")["status"] == "404"
    redirect = ask("/simple/Acme_Core")
    assert (redirect["status"], redirect["headers"]["location"][0]["value"]) == ("301", "/simple/acme-core/")
    refused = ask("/simple/", None, method="POST")
    assert (refused["status"], refused["headers"]["allow"][0]["value"]) == ("405", "GET, HEAD")
    unread = ask("/simple/", accept=JSON, accept_encoding="identity")
    assert unread["status"] == "406"
    assert "--compressed" in unread["body"]


def test_a_redirect_is_kept_by_its_viewer_and_no_other_answer_is() -> None:
    """One spelling means the other for ever; the rest may be otherwise the next moment."""
    kept = responses.redirect("/simple/")["headers"]["cache-control"]
    assert kept == [{"key": "Cache-Control", "value": "private, max-age=3600"}]
    assert responses.not_found()["headers"]["cache-control"][0]["value"] == "no-store"


@pytest.mark.parametrize("body", [b"", b"# nobody\n", b"alice:plain\n"])
def test_nobody_in_the_file_is_a_failure_of_ours(store: StoreServer, body: bytes) -> None:
    """An empty list of users is never taken in silence."""
    store.body = body
    result = ask("/simple/")
    assert (result["status"], result["headers"]["retry-after"][0]["value"]) == ("503", "5")


def test_a_store_that_fails_is_no_wrong_password(store: StoreServer) -> None:
    """503, also for a right password; but who offers nothing is still only challenged."""
    store.fault = 500
    assert ask("/simple/")["status"] == "503"
    assert ask("/simple/", None)["status"] == "401"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "event", [{}, {"Records": []}, {"Records": [{"cf": {"request": {"method": "GET"}}}]}]
)
def test_an_event_that_is_none_is_never_a_pass(event: dict[str, Any]) -> None:
    """Whatever goes wrong here is a 503."""
    assert handler(event, CONTEXT)["status"] == "503"


@pytest.mark.usefixtures("store")
def test_refusals_are_logged_in_one_line_without_the_credential(capsys: pytest.CaptureFixture[str]) -> None:
    """And what is ordinary is not logged at all."""
    ask("/simple/")
    ask("/simple/", None)
    assert capsys.readouterr().out == ""
    ask("/simple/", "mallory:hunter2hunter2")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["request_id"] == "5f9c"
    assert "hunter2" not in line
    assert "mallory" not in line


def logged(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """The lines of the log since the last look at it."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_bad_line_is_logged_by_its_number(store: StoreServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The others still come in."""
    store.body = b"bob:plaintext-password\n" + store.body
    assert "uri" in ask("/simple/")
    (line,) = logged(capsys)
    assert line["message"].startswith("auth/htpasswd: 1 left out: line 1 (its hash is neither")
    assert line["level"] == "WARNING"
    assert "plaintext" not in str(line)


def test_a_file_of_bad_lines_does_not_flood_the_log(
    store: StoreServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for all of them, one for the file; and a short one for each request that failed."""
    store.body = b"alice:plain\n" * 5000
    for _ in range(3):
        assert ask("/simple/")["status"] == "503"
    lines = logged(capsys)
    assert [line["level"] for line in lines] == ["WARNING", "WARNING", "ERROR", "ERROR", "ERROR"]
    assert max(len(line["message"]) for line in lines) < 1000


def test_a_log_line_has_the_level_of_what_it_tells(
    store: StoreServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """INFO what viewers do wrong, ERROR our failures; with the timestamp by which Lambda believes it."""
    ask("/simple/", "alice:wrong")
    ask("/none")
    handler({}, CONTEXT)
    lines = logged(capsys)
    assert [line["level"] for line in lines] == ["INFO", "INFO", "ERROR"]
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
    entry._gate.cache_clear()
    store.fault = 404
    ask("/simple/")
    assert [line["level"] for line in logged(capsys)] == ["WARNING", "ERROR"]


@pytest.mark.usefixtures("store")
def test_no_credentials_of_aws_are_a_failure_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And said so."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert ask("/simple/")["status"] == "503"
    assert "no AWS credentials" in logged(capsys)[-1]["message"]
