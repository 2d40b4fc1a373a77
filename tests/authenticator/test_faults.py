"""Whatever the store does instead of answering, nobody passes who should not."""

from collections.abc import Callable

import pytest

from tests.authenticator.store_server import (
    CUT,
    DRIP,
    RESET,
    SILENT,
    UNMEASURED,
    UNTAGGED,
    StoreServer,
)
from tests.authenticator.viewers import Viewer, write_htpasswd

HTPASSWD, POLICY = "auth/htpasswd", "auth/policy.toml"
MISSING_BUCKET = "a missing bucket"
FAULTS = [301, 400, 403, 404, 429, 500, 503, RESET, SILENT, DRIP, CUT, UNMEASURED, UNTAGGED, MISSING_BUCKET]
URI, PAGE = "/simple/acme-secret/", "/simple/acme-secret/index.json"
RULES = b"""\
[[rules]]
projects = ["acme-secret"]
read = ["alice"]

[[rules]]
projects = ["*"]
read = ["@signed-in"]
"""
#: What they are changed to when the fault begins. Of what is cut, the first line would let anybody of the
#: new file in: it is a whole file by itself.
CHANGED = {
    HTPASSWD: write_htpasswd("mallory", "alice", "bob"),
    POLICY: b'realm = "changed"\n' + RULES,
}
#: While all is well.
GOOD = {"alice:secret": PAGE, "bob:secret": "403", "mallory:secret": "401", "alice:wrong": "401", None: "401"}
DOWN = dict.fromkeys(GOOD, "503")


def answers(viewer: Viewer) -> dict[str | None, str]:
    return {credential: viewer.ask(URI, credential) for credential in GOOD}


def fail(store: StoreServer, key: str, fault: int | str) -> None:
    """From now on the object is another, and cannot be read."""
    store.objects[key] = CHANGED[key]
    store.cut = store.objects[key].index(b"\n") + 1
    store.faulty = key
    if fault == MISSING_BUCKET:
        store.missing = "NoSuchBucket"
        del store.objects[key]
    else:
        store.fault = fault


@pytest.fixture(autouse=True)
def secret_project(store: StoreServer) -> None:
    """One that alice alone may read."""
    store.objects[POLICY] = RULES


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
@pytest.mark.parametrize("fault", FAULTS)
def test_cold_nobody_passes(
    store: StoreServer, viewer: Viewer, lose_patience: Callable[[], None], key: str, fault: int | str
) -> None:
    """And nobody is told that a password is wrong."""
    lose_patience()
    fail(store, key, fault)
    for viewer.clock.now in (0.0, 2.0):
        assert answers(viewer) == DOWN


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
@pytest.mark.parametrize("fault", FAULTS)
def test_warm_the_last_good_copy_decides_and_then_nobody_passes(
    store: StoreServer, viewer: Viewer, lose_patience: Callable[[], None], key: str, fault: int | str
) -> None:
    """Until it is too stale, as if nothing had changed."""
    assert answers(viewer) == GOOD
    lose_patience()
    fail(store, key, fault)
    for viewer.clock.now in (60.0, 299.9):
        assert answers(viewer) == GOOD
    viewer.clock.now = 300.0
    assert answers(viewer) == DOWN


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
def test_without_a_fault_the_change_is_seen(store: StoreServer, viewer: Viewer, key: str) -> None:
    """So each test above would have seen it."""
    assert answers(viewer) == GOOD
    fail(store, key, 200)
    viewer.clock.now = 60.0
    if key == HTPASSWD:
        assert answers(viewer) == {**GOOD, "mallory:secret": "403"}
    else:
        assert answers(viewer) == GOOD
        assert viewer.gate.policy.realm == "changed"


@pytest.mark.parametrize("key", [HTPASSWD, POLICY])
def test_the_first_line_alone_would_be_a_file(store: StoreServer, viewer: Viewer, key: str) -> None:
    """That lets others in: what is cut must be told from it."""
    store.objects[key] = CHANGED[key].splitlines(keepends=True)[0]
    assert answers(viewer) != GOOD
    assert PAGE in answers(viewer).values() or key == HTPASSWD
