import pytest

from authenticator.authorization import Principal
from authenticator.globs import Globs
from authenticator.policy import Freshness, Policy, Readers, Rules, Upstream

ALICE, BOB = Principal("alice"), Principal("bob")


def readers(*names: str, signed_in: bool = False, anonymous: bool = False) -> Readers:
    return Readers(names=frozenset(names), signed_in=signed_in, anonymous=anonymous)


def policy(
    rules: dict[str, Readers] | None = None,
    list_readers: Readers | None = None,
    expirations: dict[str, float] | None = None,
) -> Policy:
    rules = rules or {}
    return Policy(
        realm="acme",
        freshness=Freshness(refresh_seconds=60, stale_seconds=300),
        rules=Rules(Globs(list(rules)), list(rules.values())),
        list_readers=list_readers or readers(),
        expirations=expirations or {},
        upstream=None,
    )


@pytest.mark.parametrize(
    ("admitting", "principal", "admitted"),
    [
        (readers("alice"), ALICE, True),
        (readers("alice"), BOB, False),
        (readers("alice"), None, False),
        (readers(), ALICE, False),
        (readers(signed_in=True), BOB, True),
        (readers(signed_in=True), None, False),
        (readers(anonymous=True), None, True),
        (readers(anonymous=True), BOB, True),
        (readers("alice", anonymous=True), None, True),
        (readers("anonymous"), None, False),
        (readers("None"), None, False),
    ],
)
def test_who_is_admitted(admitting: Readers, principal: Principal | None, admitted: bool) -> None:
    """By name, by being signed in, or without asking who."""
    assert admitting.admit(principal) is admitted


def test_of_the_patterns_that_name_a_project_the_first_decides_alone() -> None:
    """Also where a later one would let more people in."""
    decided = policy(
        {"acme-secret": readers("alice"), "acme-*": readers("bob"), "*": readers(signed_in=True)}
    )
    table = {
        (principal, project): decided.may_read_project(principal, project)
        for principal in (ALICE, BOB, Principal("carol"), None)
        for project in ("acme-secret", "acme-core", "other")
    }
    assert {pair for pair, may in table.items() if may} == {
        ("alice", "acme-secret"),
        ("bob", "acme-core"),
        ("alice", "other"),
        ("bob", "other"),
        ("carol", "other"),
    }


def test_a_project_that_no_rule_names_is_nobodys_to_read() -> None:
    """Deny by default."""
    decided = policy({"acme-*": readers(signed_in=True, anonymous=True)})
    assert not decided.may_read_project(ALICE, "other")
    assert not decided.may_read_project(None, "other")


def test_the_project_list_has_readers_of_its_own() -> None:
    """It names every project, also those that its reader may not read."""
    assert policy(list_readers=readers("alice")).may_read_list(ALICE)
    assert not policy(list_readers=readers("alice")).may_read_list(BOB)
    assert not policy({"*": readers(anonymous=True)}).may_read_list(None)


@pytest.mark.parametrize(
    ("decided", "principal", "may"),
    [
        (policy(), ALICE, True),
        (policy(), None, False),
        (policy({"*": readers(signed_in=True)}), None, False),
        (policy({"a": readers(), "b": readers(anonymous=True)}), None, True),
        (policy(list_readers=readers(anonymous=True)), None, True),
    ],
)
def test_assets_are_for_whoever_has_a_page_to_read(
    decided: Policy, principal: Principal | None, may: bool
) -> None:
    """A public page without its style sheet is no page."""
    assert decided.may_read_assets(principal) is may


@pytest.mark.parametrize(("now", "expired"), [(999.9, False), (1000.0, True), (2000.0, True)])
def test_a_name_expires_at_its_moment(now: float, expired: bool) -> None:
    """And no other name does."""
    decided = policy(expirations={"alice": 1000.0})
    assert decided.has_expired("alice", now) is expired
    assert not decided.has_expired("bob", now)


def test_a_project_has_a_page_upstream() -> None:
    """Under its normalized name."""
    upstream = Upstream(url="https://index.example/simple/", reserved=Globs([]))
    assert upstream.page("acme-core") == "https://index.example/simple/acme-core/"
