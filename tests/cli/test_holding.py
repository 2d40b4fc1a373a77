"""``--wait``: it returns when a change holds where the index is read, and says why when it does not."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from serverless_pypi.auth.holding import ClearTextError, NoIndexThereError, Watch
from serverless_pypi.errors import NotHoldingError
from serverless_pypi.index import Index
from tests.cli.auth_bucket import AuthBucket
from tests.cli.running import Command
from tests.road.road import run_road

SIGNED_IN, REFUSED, FAILING = 404, 401, 503


class FakeEdge(ThreadingHTTPServer):
    """Answers who has a credential with *answers*, one after the other, and who has none with *nobody*."""

    daemon_threads = True

    def __init__(self, answers: list[int], *, nobody: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.nobody = nobody
        #: The credentials that came, and how often.
        self.offered: list[str] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple/"

    def answer(self, authorization: str | None) -> int:
        if authorization is None:
            return self.nobody
        self.offered.append(base64.b64decode(authorization.removeprefix("Basic ")).decode())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    server: FakeEdge

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.send_response(self.server.answer(self.headers["authorization"]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serve_edge(*answers: int, nobody: int = REFUSED) -> Iterator[FakeEdge]:
    server = FakeEdge(list(answers), nobody=nobody)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def watch(url: str, patience: float) -> Watch:
    return Watch(url, refresh_seconds=1, patience=patience)


def test_a_credential_holds_when_it_is_taken_five_times_in_a_row() -> None:
    """Each time over a connection of its own; one refusal between, and they are counted anew."""
    answers = [REFUSED, SIGNED_IN, FAILING, *[SIGNED_IN] * 4, REFUSED, *[SIGNED_IN] * 5, REFUSED]
    with serve_edge(*answers) as edge:
        watch(edge.url, patience=60).wait_for_credential(("Zoë", "a:b"))
    assert edge.offered == ["Zoë:a:b"] * (len(answers) - 1)
    assert edge.answers == [REFUSED]
    assert edge.connections == len(edge.offered)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (REFUSED, "it is written, but the index still answers 401, as to a wrong or expired one"),
        (
            FAILING,
            "it is written, but the index answers 503, which is its own failure and says nothing of the",
        ),
        (
            403,
            "it is written, but the index answers 403: docs/operating.md says where the authenticator's log",
        ),
        (200, "it is written, but the index answers 200"),
    ],
)
def test_a_credential_that_does_not_come_to_hold_is_told_with_the_reason(answer: int, reason: str) -> None:
    """A failure of the index is no wrong password; what an index never answers is no sign of one."""
    with serve_edge(answer) as edge, pytest.raises(NotHoldingError) as refused:
        watch(edge.url, patience=0.1).wait_for_credential(("alice", "secret"))
    assert str(refused.value).startswith("The credential of 'alice' does not show after 0.1 s: ")
    assert reason in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_index_that_is_gone_is_told() -> None:
    with serve_edge(SIGNED_IN) as edge:
        gone = edge.url
    with pytest.raises(NotHoldingError, match=r"cannot be reached \(.*\): check the network"):
        watch(gone, patience=0.1).wait_for_credential(("alice", "secret"))


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would see the credential."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serve_edge(SIGNED_IN) as edge:
        watch(edge.url, patience=60).wait_for_credential(("alice", "secret"))
    assert len(edge.offered) == 5


@pytest.mark.parametrize("url", ["http://index.example/simple/", "http://127.0.0.1.example/simple/"])
def test_no_credential_crosses_a_network_in_clear(url: str) -> None:
    with pytest.raises(ClearTextError, match=r"in clear: give an https URL .* Nothing was done\."):
        watch(url, patience=1)


@pytest.mark.parametrize("url", ["https://index.example/simple/", "http://localhost:1/", "http://[::1]:1/"])
def test_nor_is_it_hindered_elsewhere(url: str) -> None:
    watch(url, patience=1)


@pytest.mark.parametrize("nobody", [REFUSED, FAILING])
def test_an_index_is_looked_at_without_a_credential_first(nobody: int) -> None:
    """One without its first user is an index, too."""
    with serve_edge(SIGNED_IN, nobody=nobody) as edge:
        Watch.over(Index(service="acme", index_url=edge.url), refresh_seconds=1, patience=1)
    assert edge.offered == []


@pytest.mark.parametrize("nobody", [200, 403, 404])
def test_what_asks_for_no_credential_is_no_index(nobody: int) -> None:
    """Before anything was done, and before it was sent one."""
    with serve_edge(SIGNED_IN, nobody=nobody) as edge, pytest.raises(NoIndexThereError, match="--index-url"):
        Watch.over(Index(service="acme", index_url=edge.url), refresh_seconds=1, patience=1)
    assert edge.offered == []


def test_a_change_does_not_hold_before_each_copy_is_younger() -> None:
    """However well the index is."""
    with serve_edge(nobody=200) as edge, pytest.raises(NotHoldingError) as refused:
        Watch(edge.url, refresh_seconds=60, patience=0.1).wait_for_age()
    assert "it is written, but copies at the edges may be 60 s old, so wait longer (--timeout)" in str(
        refused.value
    )


def test_what_was_waited_for_holds(tmp_path: Path) -> None:
    """At once, at the real index: a new password, another, a token, and their end."""
    with run_road(tmp_path) as road:
        road.put("auth/policy.toml", b"refresh_seconds = 1\nstale_seconds = 1\n[expires]\nold = 2026-01-31\n")
        command = Command(road=road, home=tmp_path)

        def comes_in(name: str, secret: str) -> bool:
            return road.get_as((name, secret), "/simple/").status_code == 200

        first = command.ok("user", "add", "alice", "--generate", "--wait").strip()
        assert comes_in("alice", first)
        second = command.ok("user", "passwd", "alice", "--generate", "--wait", "--timeout", "60").strip()
        assert (comes_in("alice", second), comes_in("alice", first)) == (True, False)
        token = command.ok("token", "create", "ci", "--wait").strip()
        assert comes_in("ci", token)
        command.ok("token", "revoke", "ci", "--wait")
        assert not comes_in("ci", token)

        before = road.read("auth/htpasswd")
        assert command.fails("token", "create", "old", "--wait").startswith("'old' has expired (2026-01-31")
        assert road.read("auth/htpasswd") == before


def test_nothing_is_done_that_could_not_be_waited_for(auth: AuthBucket) -> None:
    """A URL that is no index's is told before a name is added."""
    for url, sentence in (
        ("http://index.example/simple/", "in clear"),
        ("http://127.0.0.1:1/simple/", "127.0.0.1 cannot be reached"),
    ):
        told = auth.fails("user", "add", "alice", "--generate", "--wait", "--index-url", url)
        assert sentence in told
    assert auth.ok("user", "list") == ""
