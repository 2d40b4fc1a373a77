"""The states of what the operator wrote: fresh, stale, too stale, never loaded, no longer to be read."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.authenticator.store_server import StoreServer
from tests.authenticator.viewers import SECRET, Viewer, write_htpasswd

Log = Callable[[], list[Any]]

HTPASSWD, POLICY = "auth/htpasswd", "auth/policy.toml"
#: Only alice may read anything.
RULES = b'[[rules]]\nprojects = ["*"]\nread = ["alice"]\n'
ALICE, PAGE = "alice:secret", "/simple/acme/index.json"
STALE, DOWN = ": the last good copy serves on", ": until it can be read, every request is answered 503"
#: How each becomes unreadable, and what is logged of it: it does not parse, it shrank to nothing, it is gone.
DEFECTS: dict[str, dict[str, tuple[bytes | None, str]]] = {
    HTPASSWD: {
        "only bad lines": (b"alice:plain\n", "auth/htpasswd: it names nobody"),
        "empty": (b"", "auth/htpasswd: it names nobody"),
        "only comments": (b"# nobody\n\n", "auth/htpasswd: it names nobody"),
        "gone": (None, "auth/htpasswd does not exist"),
    },
    POLICY: {
        "broken": (
            b"[[rules]",
            "auth/policy.toml: it is not TOML: Expected ']]' at the end of an array declaration "
            "(at line 1, column 8)",
        ),
        "a mistake": (
            RULES + b"[projectlist]\n",
            "auth/policy.toml: line 4: unknown key 'projectlist': allowed are realm, refresh_seconds, "
            "stale_seconds, groups, rules, project_list, expires, upstream",
        ),
        "empty": (
            b"",
            'auth/policy.toml: it says nothing: a rule can give the projects "*" to "@signed-in"',
        ),
        "only comments": (
            b"# nothing\n",
            'auth/policy.toml: it says nothing: a rule can give the projects "*" to "@signed-in"',
        ),
        "gone": (None, "auth/policy.toml does not exist"),
    },
}
TABLE = [(key, name) for key, defects in DEFECTS.items() for name in defects]
#: Of what a viewer can ask, something of each kind; and what is answered while all is well.
REQUESTS: dict[tuple[str, str | None], str] = {
    ("/simple/acme/", ALICE): PAGE,
    ("/simple/acme/", "bob:secret"): "403",
    ("/simple/acme/", "alice:wrong"): "401",
    ("/simple/acme/", "no-colon"): "401",
    ("/simple/acme/", None): "401",
    ("/assets/style.css", ALICE): "/assets/style.css",
    ("/none", ALICE): "404",
    ("/none", None): "401",
    ("/health", None): "200",
}


@pytest.fixture
def store(store: StoreServer) -> StoreServer:
    store.objects[POLICY] = RULES
    return store


def answers(viewer: Viewer) -> dict[tuple[str, str | None], str]:
    return {request: viewer.ask(*request) for request in REQUESTS}


ALL_DOWN = dict.fromkeys(REQUESTS, "503")


def put(store: StoreServer, key: str, body: bytes | None) -> None:
    """Write the object; None removes it."""
    if body is None:
        del store.objects[key]
    else:
        store.objects[key] = body


@pytest.fixture
def told(logged: Log) -> Callable[[], list[str]]:
    """What was logged of the store since the last look, each line with its level."""
    return lambda: [f"{line['level']} {line['message']}" for line in logged() if line["level"] != "INFO"]


Told = Callable[[], list[str]]


def test_a_fresh_copy_decides(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """In silence, and without asking the store."""
    for viewer.clock.now in (0.0, 1.0, 59.9):
        assert answers(viewer) == REQUESTS
    assert len(store.requests) == 2
    assert told() == []


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
def test_a_stale_copy_decides_until_it_is_too_stale(
    store: StoreServer, viewer: Viewer, told: Told, key: str
) -> None:
    """Then every request is a 503. Each of the two is logged once, and so is the end of it."""
    assert answers(viewer) == REQUESTS
    store.fault, store.faulty = 500, key
    for viewer.clock.now in (60.0, 62.0, 70.0, 299.9):
        assert answers(viewer) == REQUESTS
    assert told() == [f"WARNING {key} answered 500 SomeError{STALE}"]
    for viewer.clock.now in (300.0, 302.0, 400.0, 86_400.0):
        assert answers(viewer) == ALL_DOWN
    assert told() == [f"ERROR {key} answered 500 SomeError{DOWN}"]
    store.fault = None
    for viewer.clock.now in (86_405.0, 86_406.0):
        assert answers(viewer) == REQUESTS
    assert told() == [f"WARNING {key} can be read again"]


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
def test_what_was_never_loaded_is_a_503_for_every_request(
    store: StoreServer, viewer: Viewer, told: Told, key: str
) -> None:
    """Not 401, with which pip would ask or move on; it is tried again each second, and logged once."""
    store.fault, store.faulty = 500, key
    for viewer.clock.now in (0.0, 0.5, 2.0, 5.0, 3600.0):
        assert answers(viewer) == ALL_DOWN
    assert told() == [f"ERROR {key} answered 500 SomeError{DOWN}"]
    assert len(store.asked(key)) == 8  # two in each of four times
    store.fault = None
    viewer.clock.now += 1
    assert answers(viewer) == REQUESTS
    assert told() == [f"WARNING {key} can be read again"]


def test_a_503_of_a_store_says_when_to_come_again(store: StoreServer, viewer: Viewer) -> None:
    """And has no challenge."""
    store.fault = 500
    headers = viewer.result("/simple/acme/", ALICE)["headers"]
    assert headers["retry-after"][0]["value"] == "5"
    assert headers["cache-control"][0]["value"] == "no-store"
    assert "www-authenticate" not in headers


@pytest.mark.parametrize(("key", "name"), TABLE)
def test_a_copy_that_is_no_good_is_not_taken(
    store: StoreServer, viewer: Viewer, told: Told, key: str, name: str
) -> None:
    """The last good one serves as a stale one: no empty list of users, and no open policy, in silence."""
    good = store.objects[key]
    body, sentence = DEFECTS[key][name]
    assert answers(viewer) == REQUESTS
    put(store, key, body)
    for viewer.clock.now in (60.0, 65.0, 299.9):
        assert answers(viewer) == REQUESTS
    lines = told()
    assert lines[-1] == f"WARNING {sentence}{STALE}"
    assert len(lines) == (2 if name == "only bad lines" else 1)
    for viewer.clock.now in (300.0, 305.0, 86_400.0):
        assert answers(viewer) == ALL_DOWN
    assert told() == [f"ERROR {sentence}{DOWN}"]
    put(store, key, good)
    viewer.clock.now += 5
    assert answers(viewer) == REQUESTS
    assert told() == [f"WARNING {key} can be read again"]


@pytest.mark.parametrize(("key", "name"), [row for row in TABLE if row != (POLICY, "gone")])
def test_a_first_copy_that_is_no_good_is_none(
    store: StoreServer, viewer: Viewer, told: Told, key: str, name: str
) -> None:
    """503 for every request until it is mended, and then at once."""
    good = store.objects[key]
    body, sentence = DEFECTS[key][name]
    put(store, key, body)
    for viewer.clock.now in (0.0, 1.0, 100.0):
        assert answers(viewer) == ALL_DOWN
    assert told()[-1] == f"ERROR {sentence}{DOWN}"
    assert told() == []
    put(store, key, good)
    viewer.clock.now += 1
    assert answers(viewer) == REQUESTS


def test_no_policy_at_all_is_one(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """Where there never was a file, every principal reads every project; a new file is taken in time."""
    del store.objects[POLICY]
    for viewer.clock.now in (0.0, 59.0, 60.0, 600.0):
        assert viewer.ask("/simple/acme/", "bob:secret") == PAGE
    assert told() == []
    store.objects[POLICY] = RULES
    viewer.clock.now = 660.0
    assert answers(viewer) == REQUESTS
    assert told() == []


def test_a_policy_that_went_and_came_back_is_the_same(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """It was an accident; nobody read more meanwhile."""
    assert answers(viewer) == REQUESTS
    del store.objects[POLICY]
    viewer.clock.now = 60.0
    assert answers(viewer) == REQUESTS
    store.objects[POLICY] = RULES
    viewer.clock.now = 65.0
    assert answers(viewer) == REQUESTS
    assert told() == [
        f"WARNING auth/policy.toml does not exist{STALE}",
        "WARNING auth/policy.toml can be read again",
    ]


def test_a_policy_that_was_deleted_opens_nothing(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """Nor in an environment that never knew it; to open the index, a rule says so."""
    del store.objects[POLICY]
    store.deleted = {POLICY}
    assert answers(viewer) == ALL_DOWN
    assert told() == [f"ERROR auth/policy.toml has been deleted{DOWN}"]
    store.objects[POLICY] = RULES
    viewer.clock.now = 5.0
    assert answers(viewer) == REQUESTS


def test_a_missing_bucket_is_no_missing_policy(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """It answers 404 too, and it may be another bucket than ours."""
    store.objects.clear()
    store.missing = "NoSuchBucket"
    assert answers(viewer) == ALL_DOWN
    assert told() == [f"ERROR auth/policy.toml answered 404 NoSuchBucket{DOWN}"]


def test_the_two_are_told_apart(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """Each has its own state, and both together are two lines."""
    assert answers(viewer) == REQUESTS
    store.fault = 500
    for viewer.clock.now in (60.0, 70.0):
        assert answers(viewer) == REQUESTS
    assert told() == [f"WARNING {key} answered 500 SomeError{STALE}" for key in (POLICY, HTPASSWD)]
    store.faulty = HTPASSWD
    viewer.clock.now = 80.0
    assert answers(viewer) == REQUESTS
    assert told() == ["WARNING auth/policy.toml can be read again"]


def test_stale_seconds_are_the_policys(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """Of the last good one, also where it is the policy that cannot be read."""
    store.objects[POLICY] = b"refresh_seconds = 10\nstale_seconds = 20\n" + RULES
    assert answers(viewer) == REQUESTS
    store.fault = 500
    viewer.clock.now = 19.9
    assert answers(viewer) == REQUESTS
    viewer.clock.now = 20.0
    assert answers(viewer) == ALL_DOWN
    assert [line.split()[0] for line in told()] == ["WARNING", "WARNING", "ERROR"]


def test_bad_lines_are_told_once_for_each_change(store: StoreServer, viewer: Viewer, told: Told) -> None:
    """By number, as long as the others still count."""
    store.body += b"carol:plain\n"
    for viewer.clock.now in (0.0, 60.0, 120.0):
        assert answers(viewer) == REQUESTS
    assert [line.partition(" (")[0] for line in told()] == ["WARNING auth/htpasswd: 1 left out: line 3"]
    store.body = write_htpasswd("alice", "bob", dave=SECRET[:-1])
    viewer.clock.now = 180.0
    assert answers(viewer) == REQUESTS
    assert [line.partition(" (")[0] for line in told()] == ["WARNING auth/htpasswd: 1 left out: line 3"]
