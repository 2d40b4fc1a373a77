import socket
from collections.abc import Iterator

import pytest

from authenticator import connection as connection_module
from authenticator.connection import Answer, BrokenOffError, Connection, UnboundedError
from authenticator.deadline import Deadline
from authenticator.location import Location
from tests.authenticator.store_server import CUT, LAST, RESET, UNMEASURED, StoreServer, etag_of

PATH = "/bucket/auth/htpasswd"


@pytest.fixture
def connection(store: StoreServer) -> Iterator[Connection]:
    connection = Connection(Location(scheme="http", host=f"127.0.0.1:{store.server_port}", base="/bucket"))
    yield connection
    connection.close()


def ask(connection: Connection, method: str = "GET", path: str = PATH, **headers: str) -> Answer:
    return connection.request(method, path, headers, Deadline(2.5))


def clients(store: StoreServer) -> int:
    """How many connections there were."""
    return len({request["client"] for request in store.requests})


@pytest.mark.parametrize("body", [b"", b"alice:x\n", b"x" * 200_000])
def test_an_object_is_answered_whole(connection: Connection, store: StoreServer, body: bytes) -> None:
    """With its status and its ETag."""
    store.body = body
    assert ask(connection) == Answer(status=200, etag=etag_of(body), body=body, deleted=False)
    assert ask(connection, "HEAD") == Answer(status=200, etag=etag_of(body), body=b"", deleted=False)


def test_what_follows_soon_uses_the_same_connection(connection: Connection, store: StoreServer) -> None:
    """Whatever was answered: a handshake costs more than a request."""
    for method, path, status in [
        ("GET", PATH, 200),
        ("HEAD", PATH, 200),
        ("GET", "/bucket/none", 404),
        ("HEAD", "/bucket/none", 404),
        ("GET", PATH, 200),
    ]:
        assert ask(connection, method, path).status == status
    assert connection.request("GET", PATH, {"if-none-match": store.etag}, Deadline(2.5)).status == 304
    assert ask(connection).status == 200
    assert clients(store) == 1


def test_a_connection_that_was_idle_for_long_is_not_used(
    connection: Connection, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 has most likely closed it."""
    ask(connection)
    monkeypatch.setattr(connection_module, "_LONGEST_IDLE", -1.0)
    ask(connection)
    assert clients(store) == 2


def test_a_connection_that_was_closed_meanwhile_is_no_failure(
    connection: Connection, store: StoreServer
) -> None:
    """The function was frozen, and nobody told it."""
    ask(connection)
    store.fault, store.faults_left = RESET, 1
    assert ask(connection).status == 200
    assert (len(store.requests), clients(store)) == (3, 2)


def test_a_new_connection_that_fails_is_one(connection: Connection, store: StoreServer) -> None:
    """Who asks may try again."""
    store.fault = RESET
    with pytest.raises(ConnectionError):
        ask(connection)
    assert len(store.requests) == 1


@pytest.mark.parametrize("fault", [CUT, UNMEASURED])
def test_after_a_failure_there_is_a_new_connection(
    connection: Connection, store: StoreServer, fault: str
) -> None:
    """What is left in the old one belongs to nobody."""
    store.fault, store.faults_left = fault, 1
    with pytest.raises((BrokenOffError, UnboundedError)):
        ask(connection)
    assert ask(connection).body == store.body
    assert clients(store) == 2


@pytest.mark.parametrize("path", [PATH, "/bucket/none"])
def test_a_connection_that_the_store_ends_is_not_used(
    connection: Connection, store: StoreServer, path: str
) -> None:
    """S3 says so, most of all with its errors; and its socket is closed, whatever is left unread."""
    store.fault, store.missing = LAST, "x" * 5000
    for _ in range(2):
        assert ask(connection, path=path).status == (200 if path == PATH else 404)
    assert clients(store) == 2


def test_a_long_error_is_not_read_to_its_end(connection: Connection, store: StoreServer) -> None:
    """What is left of it is left behind, with the connection."""
    store.missing = "x" * 5000
    assert len(ask(connection, path="/bucket/none").body) == 4096
    assert ask(connection).status == 200
    assert clients(store) == 2


def test_nothing_is_asked_when_the_time_is_over(connection: Connection, store: StoreServer) -> None:
    """On a kept connection or on a new one."""
    for _ in range(2):
        with pytest.raises(TimeoutError):
            connection.request("GET", PATH, {}, Deadline(0))
        assert store.requests == []
    ask(connection)
    with pytest.raises(TimeoutError):
        connection.request("GET", PATH, {}, Deadline(0))
    assert len(store.requests) == 1


def test_where_nobody_listens_it_fails_at_once() -> None:
    """By what the machine says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            ask(Connection(Location(scheme="http", host=f"127.0.0.1:{port}", base="")))


def test_closing_twice_is_closing(connection: Connection) -> None:
    """Also before anything was open."""
    connection.close()
    ask(connection)
    connection.close()
    connection.close()
