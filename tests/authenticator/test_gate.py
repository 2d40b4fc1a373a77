from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from authenticator.tokens import hash_token
from tests.authenticator.store_server import CUT, RESET, SILENT, StoreServer
from tests.authenticator.viewers import SECRET, Viewer, write_htpasswd

Log = Callable[[], list[Any]]

ALICE, BOB, DAVE, WRONG = "alice:secret", "bob:secret", "dave:secret", "alice:wrong"
TOKEN = "spp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADCtZhg"
WHEEL = "acme_public-1.0-py3-none-any.whl"
POLICY = b"""\
[groups]
core = ["alice"]

[[rules]]
projects = ["acme-secret"]
read = ["@core"]

[[rules]]
projects = ["acme-public"]
read = ["@anonymous"]

[[rules]]
projects = ["acme-*"]
read = ["@signed-in"]

[project_list]
read = ["@core"]

[expires]
dave = 2027-01-31
"""
UPSTREAM = b"""\
[upstream]
url = "https://index.example/simple/"
reserved = ["acme-*"]
"""
HTML, JSON = "simple/flask/index.html", "simple/flask/index.json"


@pytest.fixture
def store(store: StoreServer) -> StoreServer:
    store.body = write_htpasswd("alice", "bob", "dave", ci=hash_token(TOKEN.encode()))
    return store


@pytest.mark.parametrize(
    ("uri", "to_alice", "to_bob", "to_anonymous"),
    [
        ("/simple/", "/simple/index.json", "403", "401"),
        ("/", "/index.html", "403", "401"),
        ("/simple", "301", "403", "401"),
        ("/simple/acme-core/", "/simple/acme-core/index.json", "/simple/acme-core/index.json", "401"),
        ("/simple/acme-secret/", "/simple/acme-secret/index.json", "403", "401"),
        ("/simple/Acme_Secret", "301", "403", "401"),
        ("/simple/acme-secret/a-1.zip", "/simple/acme-secret/a-1.zip", "403", "401"),
        ("/simple/acme-secret/a-1.zip.metadata", "/simple/acme-secret/a-1.zip.metadata", "403", "401"),
        ("/simple/Acme.Secret/a-1.zip", "301", "403", "401"),
        ("/project/acme-secret/", "/project/acme-secret/index.html", "403", "401"),
        ("/project/acme-secret", "301", "403", "401"),
        ("/simple/acme-public/", *["/simple/acme-public/index.json"] * 3),
        (f"/simple/acme-public/{WHEEL}", *[f"/simple/acme-public/{WHEEL}"] * 3),
        ("/simple/Acme_Public", "301", "301", "301"),
        ("/project/acme-public/", *["/project/acme-public/index.html"] * 3),
        ("/assets/style.css", *["/assets/style.css"] * 3),
        ("/simple/unnamed/", "403", "403", "401"),
        ("/simple/unnamed/a-1.zip", "403", "403", "401"),
        ("/auth/htpasswd", "404", "404", "401"),
        ("/simple/acme-public/index.html", "404", "404", "401"),
        ("/simple/../auth/policy.toml", "404", "404", "401"),
        ("/health", "200", "200", "200"),
    ],
)
def test_each_viewer_gets_what_the_policy_gives(
    store: StoreServer, viewer: Viewer, uri: str, to_alice: str, to_bob: str, to_anonymous: str
) -> None:
    """403 whether or not there is such a project, 401 whatever is asked for; and before any redirect."""
    store.objects["auth/policy.toml"] = POLICY
    assert viewer.ask(uri, ALICE) == to_alice
    assert viewer.ask(uri, BOB) == to_bob
    assert viewer.ask(uri) == to_anonymous


@pytest.mark.parametrize("credential", [WRONG, "mallory:secret", "alice:spp_x", "no-colon", ":"])
@pytest.mark.parametrize("uri", ["/simple/", "/simple/acme-public/", "/assets/style.css", "/none"])
def test_a_wrong_credential_is_refused_where_none_is_needed(
    store: StoreServer, viewer: Viewer, uri: str, credential: str
) -> None:
    """Who offers one means it, and should hear that it is no good."""
    store.objects["auth/policy.toml"] = POLICY
    assert viewer.ask(uri, credential) == "401"


def test_without_a_policy_every_principal_reads_every_project(viewer: Viewer) -> None:
    """And nobody else reads anything."""
    for uri in ("/simple/", "/simple/any/", "/simple/any/a-1.zip", "/project/any/", "/assets/style.css", "/"):
        assert viewer.ask(uri, BOB).startswith("/")
        assert viewer.ask(uri) == "401"


def test_what_goes_on_is_the_request_but_for_three_things(viewer: Viewer) -> None:
    """The URI is rebuilt, the query is dropped, and the credential stays behind."""
    result = viewer.result("/simple/a/a-1+x.zip", ALICE, x_other="kept")
    assert result["uri"] == "/simple/a/a-1%2Bx.zip"
    assert result["querystring"] == ""
    assert result["method"] == "GET"
    assert result["headers"].keys() == {"host", "user-agent", "accept", "accept-encoding", "x-other"}
    assert viewer.result("/simple/a/", ALICE, method="HEAD")["method"] == "HEAD"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", ""])
def test_an_index_is_only_read(store: StoreServer, viewer: Viewer, method: str) -> None:
    """405 before anything else, the store included."""
    store.fault = 500
    assert viewer.ask("/simple/", ALICE, method=method) == "405"
    assert store.requests == []


def test_the_realm_is_the_policys(store: StoreServer, viewer: Viewer) -> None:
    """By it a client tells one index from another."""
    store.objects["auth/policy.toml"] = b'realm = "Acme"'
    challenge = viewer.result("/simple/")["headers"]["www-authenticate"][0]["value"]
    assert challenge == 'Basic realm="Acme", charset="UTF-8"'


@pytest.mark.parametrize(("credential", "method"), [(None, "GET"), (WRONG, "GET"), (ALICE, "HEAD")])
def test_the_health_path_says_ok_and_nothing_else(
    viewer: Viewer, credential: str | None, method: str
) -> None:
    """Whoever asks."""
    result = viewer.result("/health", credential, method=method)
    assert (result["status"], result["body"]) == ("200", "ok\n")


@pytest.mark.parametrize("uri", ["/health/", "/Health", "/health?x", "/%68ealth", "//health"])
def test_another_spelling_of_it_is_another_path(viewer: Viewer, uri: str) -> None:
    """Which is none."""
    assert (viewer.ask(uri), viewer.ask(uri, ALICE)) == ("401", "404")


def test_a_name_expires(store: StoreServer, viewer: Viewer, logged: Log) -> None:
    """At the first moment of the day, to the second, and also where nobody has to sign in."""
    store.objects["auth/policy.toml"] = POLICY
    moment = datetime(2027, 1, 31, tzinfo=UTC).timestamp()
    viewer.wall.now = moment - 1
    assert viewer.ask("/simple/acme-core/", BOB) == "/simple/acme-core/index.json"
    assert viewer.ask("/simple/acme-core/", DAVE) == "/simple/acme-core/index.json"
    assert viewer.ask("/simple/acme-core/", "dave:wrong") == "401"
    logged()
    viewer.wall.now = moment
    for credential in (DAVE, "dave:wrong"):
        for uri in ("/simple/acme-core/", "/simple/acme-public/"):
            assert viewer.ask(uri, credential) == "401"
    assert {line["message"] for line in logged()} == {
        "ExpiredPrincipalError: 'dave' has expired, as auth/policy.toml says"
    }
    assert viewer.ask("/simple/acme-core/", BOB) == "/simple/acme-core/index.json"


def guess(viewer: Viewer, count: int, name: str = "alice", start: int = 0) -> list[str]:
    """The answers to so many wrong passwords, no two the same."""
    return [viewer.ask("/simple/", f"{name}:guess {start + number}") for number in range(count)]


@pytest.mark.parametrize("name", ["alice", "nobody", "dave", "ci"])
def test_wrong_passwords_have_a_budget(store: StoreServer, viewer: Viewer, name: str) -> None:
    """Three, and then six a minute, for all names together, known, unknown and expired alike."""
    store.objects["auth/policy.toml"] = b"[expires]\ndave = 1970-01-01"
    assert guess(viewer, 8, name) == ["401"] * 3 + ["503"] * 5
    assert guess(viewer, 1, "bob") == ["503"]
    viewer.clock.now = 20.0
    assert guess(viewer, 7, name, start=25) == ["401"] * 2 + ["503"] * 5
    viewer.clock.now = 3600.0
    assert guess(viewer, 8, name, start=40) == ["401"] * 3 + ["503"] * 5


def test_who_is_not_checked_is_told_so(viewer: Viewer, logged: Log) -> None:
    """503 and when to come again: a right password would look wrong with 401."""
    guess(viewer, 3)
    logged()
    result = viewer.result("/simple/", BOB)
    assert (result["status"], result["headers"]["retry-after"][0]["value"]) == ("503", "5")
    assert "www-authenticate" not in result["headers"]
    assert "Too many wrong passwords" in result["body"]
    (line,) = logged()
    assert line["level"] == "INFO"
    assert line["message"] == "TooManyChecksError: too many passwords were wrong just now to check another"
    viewer.clock.now = 10.1
    assert viewer.ask("/simple/", BOB) == "/simple/index.json"


def test_what_needs_no_check_has_none(viewer: Viewer) -> None:
    """Tokens, right or wrong; who was verified before; a wrong password once more; and none at all."""
    assert viewer.ask("/simple/", ALICE) == "/simple/index.json"
    assert guess(viewer, 25)[-1] == "503"
    assert viewer.ask("/simple/", ALICE) == "/simple/index.json"
    assert viewer.ask("/simple/", f"ci:{TOKEN}") == "/simple/index.json"
    assert viewer.ask("/simple/", f"bob:{TOKEN}") == "401"
    assert viewer.ask("/simple/", "alice:guess 0") == "401"
    assert viewer.ask("/simple/", "alice:" + "x" * 73) == "401"
    assert viewer.ask("/simple/") == "401"


def test_right_passwords_take_nothing_of_the_budget(store: StoreServer, viewer: Viewer) -> None:
    """After a cold start all people come at once."""
    names = [f"user{number}" for number in range(50)]
    store.body = write_htpasswd(*names)
    assert {viewer.ask("/simple/", f"{name}:secret") for name in names} == {"/simple/index.json"}
    assert guess(viewer, 4, "user1") == ["401"] * 3 + ["503"]


def upstream_location(viewer: Viewer, uri: str = "/simple/flask/", credential: str | None = BOB) -> str:
    """Where a request is sent, or else the URI that goes on or the status."""
    result = viewer.result(uri, credential)
    if result.get("status") == "302":
        return str(result["headers"]["location"][0]["value"])
    return str(result.get("status") or result["uri"])


def test_a_project_that_was_never_here_is_looked_for_upstream(store: StoreServer, viewer: Viewer) -> None:
    """Its page, and nothing else of it; and only by who may read it."""
    store.objects["auth/policy.toml"] = UPSTREAM
    assert upstream_location(viewer) == "https://index.example/simple/flask/"
    assert upstream_location(viewer, "/simple/Flask") == "301"
    assert upstream_location(viewer, "/simple/") == "/simple/index.json"
    assert upstream_location(viewer, "/project/flask/") == "/project/flask/index.html"
    assert upstream_location(viewer, "/simple/flask/flask-3.zip") == "/simple/flask/flask-3.zip"
    assert upstream_location(viewer, "/simple/flask/flask-3.zip.metadata").startswith("/simple/flask/")
    assert upstream_location(viewer, credential=None) == "401"
    assert upstream_location(viewer, credential=WRONG) == "401"


def test_only_a_page_asks_whether_its_project_was_here(store: StoreServer, viewer: Viewer) -> None:
    """A file that is not there is a 404 of this index."""
    store.objects["auth/policy.toml"] = UPSTREAM
    upstream_location(viewer, "/simple/flask/flask-3.zip")
    upstream_location(viewer, "/project/flask/")
    assert store.asked(HTML) == store.asked(JSON) == []


def test_upstream_is_off_by_default(store: StoreServer, viewer: Viewer) -> None:
    """Nobody is sent anywhere, and nothing is asked."""
    assert upstream_location(viewer) == "/simple/flask/index.json"
    assert store.asked(HTML) == []


@pytest.mark.parametrize("key", [HTML, JSON])
def test_a_project_with_a_page_here_never_falls_through(store: StoreServer, viewer: Viewer, key: str) -> None:
    """In either form, also an empty one; and then it is remembered, whatever the store says."""
    store.objects["auth/policy.toml"] = UPSTREAM
    store.objects[key] = b""
    assert upstream_location(viewer) == "/simple/flask/index.json"
    del store.objects[key]
    assert upstream_location(viewer) == "/simple/flask/index.json"


def test_a_project_that_is_published_meanwhile_is_found_at_once(store: StoreServer, viewer: Viewer) -> None:
    """Absence is remembered by nobody."""
    store.objects["auth/policy.toml"] = UPSTREAM
    assert upstream_location(viewer) == "https://index.example/simple/flask/"
    store.objects[JSON] = b"{}"
    assert upstream_location(viewer) == "/simple/flask/index.json"


def test_a_reserved_name_never_falls_through(store: StoreServer, viewer: Viewer) -> None:
    """Not even before its first release, nor in another spelling."""
    store.objects["auth/policy.toml"] = UPSTREAM
    assert upstream_location(viewer, "/simple/acme-new/") == "/simple/acme-new/index.json"
    assert upstream_location(viewer, "/simple/Acme_New/") == "301"
    assert store.asked("simple/acme-new/index.html") == []


def test_a_refused_project_is_not_looked_for(store: StoreServer, viewer: Viewer) -> None:
    """403 comes first."""
    store.objects["auth/policy.toml"] = POLICY + UPSTREAM
    assert upstream_location(viewer) == "403"
    assert store.asked(HTML) == []


@pytest.mark.parametrize("key", [HTML, JSON])
@pytest.mark.parametrize("fault", [301, 400, 403, 429, 500, 503, RESET, SILENT, "NoSuchBucket", CUT])
def test_any_doubt_whether_it_was_here_is_a_failure_of_ours(
    store: StoreServer,
    viewer: Viewer,
    logged: Log,
    lose_patience: Callable[[], None],
    key: str,
    fault: int | str,
) -> None:
    """503: with a redirect, whoever took the name upstream would be installed."""
    store.objects["auth/policy.toml"] = UPSTREAM
    viewer.ask("/health")
    lose_patience()
    if fault == "NoSuchBucket":
        store.missing = fault
    elif fault == CUT and key == HTML:
        store.fault, store.faulty = 404, HTML  # a HEAD has no body to be cut
        store.missing = "AccessDenied"
    else:
        store.fault, store.faulty = fault, key
        store.objects |= {JSON: b"{}"} if fault == CUT else {}
    assert upstream_location(viewer) == "503"
    (line,) = logged()
    assert line["level"] == "ERROR"
    assert line["message"].startswith("StoreUnavailableError: simple/flask/index.")
    assert upstream_location(viewer, "/simple/acme-new/") == "/simple/acme-new/index.json"


def test_a_line_of_a_hash_that_nobody_has_lets_nobody_in(store: StoreServer, viewer: Viewer) -> None:
    """The hash is no password, and neither is nothing."""
    for password in (SECRET, "", "x"):
        assert viewer.ask("/simple/", f"alice:{password}") == "401"
