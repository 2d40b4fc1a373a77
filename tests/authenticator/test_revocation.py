"""Whoever is revoked is refused within refresh_seconds, as long as the store answers."""

from collections.abc import Callable

import pytest

from tests.authenticator.passwords import hash_password
from tests.authenticator.store_server import StoreServer
from tests.authenticator.viewers import Viewer, write_htpasswd

ALICE, URI, PAGE = "alice:secret", "/simple/acme/", "/simple/acme/index.json"
POLICY = """\
{freshness}
[groups]
core = ["alice", "bob"]

[[rules]]
projects = ["acme"]
read = ["@core"]

[expires]
bob = 1970-01-01
"""
OTHER = hash_password("another")


def write_policy(store: StoreServer, freshness: str, old: str = "", new: str = "") -> None:
    """The policy, with *new* in the place of *old*."""
    store.objects["auth/policy.toml"] = POLICY.format(freshness=freshness).replace(old, new).encode()


def remove_user(store: StoreServer, freshness: str) -> None:
    store.body = write_htpasswd("bob")


def shut_user_out(store: StoreServer, freshness: str) -> None:
    store.body = store.body.replace(b"alice:", b"alice:!")


def change_password(store: StoreServer, freshness: str) -> None:
    store.body = write_htpasswd("bob", alice=OTHER)


def remove_member(store: StoreServer, freshness: str) -> None:
    write_policy(store, freshness, '"alice", ', "")


def remove_reader(store: StoreServer, freshness: str) -> None:
    write_policy(store, freshness, '"@core"', "")


def name_another_project(store: StoreServer, freshness: str) -> None:
    write_policy(store, freshness, '"acme"', '"other"')


def expire(store: StoreServer, freshness: str) -> None:
    write_policy(store, freshness, "bob = ", "alice = ")


Change = Callable[[StoreServer, str], None]
CHANGES: dict[Change, str] = {
    remove_user: "401",
    shut_user_out: "401",
    change_password: "401",
    remove_member: "403",
    remove_reader: "403",
    name_another_project: "403",
    expire: "401",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("refresh", [60, 1, 5, 300])
@pytest.mark.parametrize("part", [0.0, 0.4, 0.99])
def test_a_change_holds_within_refresh_seconds(
    store: StoreServer, viewer: Viewer, change: Change, refresh: int, part: float
) -> None:
    """However it comes about, whenever it comes, and however often the viewer asks meanwhile."""
    freshness = "" if refresh == 60 else f"refresh_seconds = {refresh}"
    write_policy(store, freshness)
    assert viewer.ask(URI, ALICE) == PAGE
    viewer.clock.now = changed = part * refresh
    assert viewer.ask(URI, ALICE) == PAGE
    change(store, freshness)
    for step in range(10):
        viewer.clock.now = changed + step / 10 * refresh
        assert viewer.ask(URI, ALICE) in (PAGE, CHANGES[change])
    viewer.clock.now = changed + refresh
    assert viewer.ask(URI, ALICE) == CHANGES[change]


@pytest.mark.parametrize("change", CHANGES)
def test_it_holds_also_if_nobody_asked_for_long(store: StoreServer, viewer: Viewer, change: Change) -> None:
    """The first who comes after a pause asks the store."""
    write_policy(store, "")
    assert viewer.ask(URI, ALICE) == PAGE
    change(store, "")
    viewer.clock.now = 100_000.0
    assert viewer.ask(URI, ALICE) == CHANGES[change]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("before", "after"), [(300, 5), (5, 300)])
def test_it_holds_while_refresh_seconds_itself_changes(
    store: StoreServer, viewer: Viewer, change: Change, before: int, after: int
) -> None:
    """What is asked for by the old one finds the new one, which counts at once, for both objects."""
    write_policy(store, f"refresh_seconds = {before}")
    assert viewer.ask(URI, ALICE) == PAGE
    write_policy(store, f"refresh_seconds = {after}")
    viewer.clock.now = learned = float(before)
    assert viewer.ask(URI, ALICE) == PAGE
    change(store, f"refresh_seconds = {after}")
    viewer.clock.now = learned + after
    assert viewer.ask(URI, ALICE) == CHANGES[change]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_together_with_refresh_seconds_holds_by_the_old_one(
    store: StoreServer, viewer: Viewer, change: Change
) -> None:
    """Nobody gains time by it."""
    write_policy(store, "refresh_seconds = 5")
    assert viewer.ask(URI, ALICE) == PAGE
    write_policy(store, "refresh_seconds = 300")
    change(store, "refresh_seconds = 300")
    viewer.clock.now = 5.0
    assert viewer.ask(URI, ALICE) == CHANGES[change]


def test_a_moment_of_expiry_needs_no_refresh(store: StoreServer, viewer: Viewer) -> None:
    """It is known beforehand, so it holds to the second."""
    write_policy(store, "refresh_seconds = 300", "bob = 1970-01-01", "alice = 1970-01-02")
    viewer.wall.now = 86_399.0
    assert viewer.ask(URI, ALICE) == PAGE
    viewer.wall.now = 86_400.0
    assert viewer.ask(URI, ALICE) == "401"


def test_what_is_given_holds_as_soon_as_what_is_taken(store: StoreServer, viewer: Viewer) -> None:
    """A new name, a new password, a new right."""
    write_policy(store, "", '"alice", ', "")
    assert viewer.ask(URI, ALICE) == "403"
    assert viewer.ask(URI, "alice:another") == "401"
    write_policy(store, "")
    change_password(store, "")
    viewer.clock.now = 60.0
    assert viewer.ask(URI, "alice:another") == PAGE
