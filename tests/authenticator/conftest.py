import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authenticator import gate
from authenticator import handler as entry
from tests.authenticator.store_server import StoreServer, serve_store
from tests.authenticator.viewers import Viewer, write_htpasswd


@pytest.fixture
def store() -> Iterator[StoreServer]:
    """A bucket with a password file and nothing else."""
    with serve_store() as server:
        server.body = write_htpasswd("alice", "bob")
        yield server


@pytest.fixture
def viewer(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Viewer]:
    """Whoever asks at an edge, with the index in *store*."""
    credentials = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    viewer = Viewer({"AWS_ENDPOINT_URL_S3": store.url, **credentials})
    monkeypatch.setattr(entry, "_gate", lambda _: viewer.gate)
    yield viewer
    viewer.gate.close()


@pytest.fixture
def lose_patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on a store that stalls is not waited for so long, for there are many tests of it."""
    return lambda: monkeypatch.setattr(gate, "_DEADLINE", 0.3)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[Any]]:
    """The lines of the log since the last look at it."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
