from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from authenticator import handler as entry
from authenticator.handler import handler
from tests.authenticator.store_server import StoreServer
from tests.authenticator.viewers import ACCEPT_JSON, CONTEXT, viewer_request

JSON = "application/vnd.pypi.simple.v1+json"
Log = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def environment(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new one: nothing is remembered."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    entry._gate.cache_clear()
    yield
    entry._gate(CONTEXT.invoked_function_arn).close()


def ask(uri: str, credential: str | None = "alice:secret", **request: str) -> Any:
    """The handler's result."""
    return handler(viewer_request(uri, credential, **request), CONTEXT)


def test_a_page_goes_on_as_the_form_that_the_viewer_reads() -> None:
    """JSON for pip, HTML for a browser; the query and the credential stay behind."""
    result = ask("/simple/acme/", accept=ACCEPT_JSON, accept_encoding="gzip, deflate")
    assert result["uri"] == "/simple/acme/index.json"
    assert result["querystring"] == ""
    assert "authorization" not in result["headers"]
    assert ask("/simple/acme/", accept="text/html")["uri"] == "/simple/acme/index.html"


def test_a_file_goes_on_under_its_own_name() -> None:
    """Files have one form, whatever is accepted."""
    assert ask("/simple/a/a-1+x.tar.gz", accept=ACCEPT_JSON)["uri"] == "/simple/a/a-1%2Bx.tar.gz"


@pytest.mark.parametrize(
    "credential", [None, "alice:wrong", "carol:secret", "alice:", "alice:" + "x" * 100, "secret"]
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


def test_the_other_answers() -> None:
    """404, 301, 405 and 406, each after its own step."""
    assert ask("/auth/htpasswd")["status"] == "404"
    redirect = ask("/simple/Acme_Core")
    assert (redirect["status"], redirect["headers"]["location"][0]["value"]) == ("301", "/simple/acme-core/")
    refused = ask("/simple/", None, method="POST")
    assert "aws s3 cp" in refused["body"]
    assert (refused["status"], refused["headers"]["allow"][0]["value"]) == ("405", "GET, HEAD")
    unread = ask("/simple/", accept=JSON, accept_encoding="identity")
    assert unread["status"] == "406"
    assert "--compressed" in unread["body"]


@pytest.mark.parametrize("body", [b"", b"# nobody\n", b"alice:plain\n"])
def test_nobody_in_the_file_is_a_failure_of_ours(store: StoreServer, body: bytes) -> None:
    """An empty list of users is never taken in silence."""
    store.body = body
    result = ask("/simple/")
    assert (result["status"], result["headers"]["retry-after"][0]["value"]) == ("503", "5")


def test_a_store_that_fails_is_no_wrong_password(store: StoreServer) -> None:
    """503, for a right one and for none: with a challenge a client would ask a person, or move on."""
    store.fault = 500
    assert ask("/simple/")["status"] == "503"
    assert ask("/simple/", None)["status"] == "503"


@pytest.mark.parametrize(
    "event", [{}, {"Records": []}, {"Records": [{"cf": {"request": {"method": "GET"}}}]}]
)
def test_an_event_that_is_none_is_never_a_pass(event: dict[str, Any]) -> None:
    """Whatever goes wrong here is a 503."""
    assert handler(event, CONTEXT)["status"] == "503"


def test_refusals_are_logged_in_one_line_without_the_credential(logged: Log) -> None:
    """And what is ordinary is not logged at all."""
    ask("/simple/")
    ask("/simple/", None)
    assert logged() == []
    ask("/simple/", "mallory:hunter2hunter2")
    (line,) = logged()
    assert line["request_id"] == "5f9c"
    assert "hunter2" not in str(line)
    assert "mallory" not in str(line)


def test_a_bad_line_is_logged_by_its_number(store: StoreServer, logged: Log) -> None:
    """The others still come in."""
    store.body = b"carol:plaintext-password\n" + store.body
    assert "uri" in ask("/simple/")
    (line,) = logged()
    assert line["message"].startswith("auth/htpasswd: 1 left out: line 1 (its hash is neither")
    assert line["level"] == "WARNING"
    assert "plaintext" not in str(line)


def test_a_file_of_bad_lines_does_not_flood_the_log(store: StoreServer, logged: Log) -> None:
    """One line for all of them, and one for the file, however many requests fail."""
    store.body = b"alice:plain\n" * 5000
    for _ in range(3):
        assert ask("/simple/")["status"] == "503"
    lines = logged()
    assert [line["level"] for line in lines] == ["WARNING", "ERROR"]
    assert max(len(line["message"]) for line in lines) < 1000


def test_a_log_line_has_the_level_of_what_it_tells(store: StoreServer, logged: Log) -> None:
    """INFO what viewers do wrong, ERROR our failures; with the timestamp by which Lambda believes it."""
    ask("/simple/", "alice:wrong")
    ask("/none")
    handler({}, CONTEXT)
    lines = logged()
    assert [line["level"] for line in lines] == ["INFO", "INFO", "ERROR"]
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize("key", ["auth/htpasswd", "auth/policy.toml"])
def test_a_store_that_fails_is_logged_when_it_begins(store: StoreServer, logged: Log, key: str) -> None:
    """Once, and not by each request that it lets down."""
    store.fault, store.faulty = 403, key
    for credential in ("alice:secret", "alice:wrong", None):
        assert ask("/simple/", credential)["status"] == "503"
    (line,) = logged()
    assert line["level"] == "ERROR"
    assert (
        line["message"]
        == f"{key} answered 403 SomeError: until it can be read, every request is answered 503"
    )


def test_a_function_of_another_name_has_no_gate(logged: Log) -> None:
    """Each request is told, since nothing else would tell."""
    other = SimpleNamespace(**{**vars(CONTEXT), "invoked_function_arn": "arn:aws:lambda:::function:other"})
    assert handler(viewer_request("/simple/", "alice:secret"), other)["status"] == "503"
    (line,) = logged()
    assert (line["level"], line["request_id"]) == ("ERROR", "5f9c")
    assert line["message"] == "the function's name does not end in -authenticator"


def test_no_credentials_of_aws_are_a_failure_of_ours(monkeypatch: pytest.MonkeyPatch, logged: Log) -> None:
    """And said so."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert ask("/simple/")["status"] == "503"
    assert "no AWS credentials" in logged()[-1]["message"]
