from collections.abc import Iterator

import pytest

from authenticator import claims as claims_module
from authenticator.claims import Claims
from authenticator.deadline import Deadline
from authenticator.errors import StoreUnavailableError
from authenticator.location import Location
from authenticator.reader import ObjectReader
from tests.authenticator.store_server import CUT, RESET, SILENT, StoreServer

HTML, JSON = "simple/acme/index.html", "simple/acme/index.json"


@pytest.fixture
def claims(store: StoreServer) -> Iterator[Claims]:
    location = Location(scheme="http", host=f"127.0.0.1:{store.server_port}", base="/bucket")
    reader = ObjectReader(location, {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"})
    yield Claims(reader)
    reader.close()


def has(claims: Claims, project: str = "acme") -> bool:
    return claims.has(project, Deadline(2.5))


@pytest.mark.parametrize(
    ("keys", "claimed"),
    [
        ([], False),
        ([HTML], True),
        ([JSON], True),
        ([HTML, JSON], True),
        (["simple/acme-core/index.html", "simple/acme/acme-1.tar.gz"], False),
    ],
)
def test_a_project_is_claimed_by_a_page_in_either_form(
    claims: Claims, store: StoreServer, keys: list[str], claimed: bool
) -> None:
    """Also by an empty one: the indexer writes the two one after the other."""
    store.objects |= dict.fromkeys(keys, b"")
    assert has(claims) is claimed


@pytest.mark.parametrize("key", [HTML, JSON])
def test_a_page_that_was_deleted_claims_its_project_still(
    claims: Claims, store: StoreServer, key: str
) -> None:
    """By hand, that is: the indexer deletes none."""
    store.deleted = {key}
    assert has(claims)


def test_both_forms_have_to_be_absent(claims: Claims, store: StoreServer) -> None:
    """A HEAD, and a GET that tells a missing key from a missing bucket."""
    has(claims)
    assert [(request["method"], request["path"]) for request in store.requests] == [
        ("HEAD", f"/bucket/{HTML}"),
        ("GET", f"/bucket/{JSON}"),
    ]


@pytest.mark.parametrize("key", [HTML, JSON])
@pytest.mark.parametrize("fault", [301, 400, 403, 429, 500, 503, RESET])
def test_any_doubt_is_a_failure_of_ours(
    claims: Claims, store: StoreServer, key: str, fault: int | str
) -> None:
    """Else whoever has the same name upstream is installed instead."""
    store.faulty, store.fault = key, fault
    with pytest.raises(StoreUnavailableError):
        has(claims)
    store.fault = None
    assert has(claims) is False


def test_a_missing_bucket_has_no_say(claims: Claims, store: StoreServer) -> None:
    """It answers 404, too."""
    store.missing = "NoSuchBucket"
    with pytest.raises(StoreUnavailableError):
        has(claims)


def test_a_page_that_breaks_off_has_no_say(claims: Claims, store: StoreServer) -> None:
    """Nor one that nothing comes of."""
    store.objects[JSON] = b"{}"
    for store.fault in (CUT, SILENT):
        store.faulty = JSON
        with pytest.raises(StoreUnavailableError):
            claims.has("acme", Deadline(0.3))


def test_a_claim_is_remembered(claims: Claims, store: StoreServer) -> None:
    """For ever, as a project that lost its last file keeps its page; absence is asked for each time."""
    assert [has(claims), has(claims)] == [False, False]
    assert len(store.requests) == 4
    store.objects[HTML] = b""
    assert [has(claims), has(claims)] == [True, True]
    assert len(store.requests) == 5
    store.fault = 500
    assert has(claims)


def test_no_more_claims_are_remembered_than_there_is_room_for(
    claims: Claims, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is forgotten is asked for again."""
    monkeypatch.setattr(claims_module, "_MOST_REMEMBERED", 2)
    names = ["a", "b", "c"]
    store.objects |= {f"simple/{name}/index.html": b"" for name in names}
    assert all(has(claims, name) for name in names)
    store.requests.clear()
    assert all(has(claims, name) for name in names)
    assert 1 <= len(store.requests) <= 3
