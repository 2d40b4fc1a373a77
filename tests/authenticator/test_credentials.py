import bcrypt
import pytest

from authenticator import credentials
from authenticator.authorization import Credential
from authenticator.credentials import Verifier
from authenticator.errors import WrongCredentialError
from authenticator.htpasswd import Htpasswd, parse_htpasswd
from authenticator.tokens import hash_token
from tests.authenticator.clocks import Clock
from tests.authenticator.passwords import CHEAPEST, hash_password

TOKEN, OTHER_TOKEN = (
    "spp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADCtZhg",
    "spp_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBpC20JQ",
)


def users(**hashes: str) -> Htpasswd:
    return parse_htpasswd("\n".join(f"{name}:{stored}" for name, stored in hashes.items()).encode())


def credential(username: str, password: str) -> Credential:
    return Credential(username=username, password=password.encode())


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every hash that bcrypt was asked to compute."""
    computed: list[bytes] = []
    original = bcrypt.checkpw

    def checkpw(password: bytes, hashed: bytes) -> bool:
        computed.append(hashed)
        return original(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return computed


def test_a_password_and_a_token_verify() -> None:
    """People have passwords, machines have tokens, and the file holds both."""
    htpasswd = users(alice=hash_password("secret"), ci=hash_token(TOKEN.encode()))
    verifier = Verifier(Clock())
    assert verifier.verify(credential("alice", "secret"), htpasswd) == "alice"
    assert verifier.verify(credential("ci", TOKEN), htpasswd) == "ci"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "Secret"),
        ("alice", "secret "),
        ("Alice", "secret"),
        ("bob", "secret"),
        ("alice", TOKEN),
        ("ci", "secret"),
        ("ci", TOKEN[:-1]),
        ("ci", OTHER_TOKEN),
        ("plain", "plain"),
        ("alice", "x" * 73),
        ("alice", "secret" + "x" * 70),
    ],
)
def test_anything_else_does_not_verify(username: str, password: str) -> None:
    """Also a password over bcrypt's 72 bytes, which bcrypt would raise on."""
    htpasswd = users(alice=hash_password("secret"), ci=hash_token(TOKEN.encode()), plain=hash_token(b"plain"))
    with pytest.raises(WrongCredentialError):
        Verifier(Clock()).verify(credential(username, password), htpasswd)


def test_a_verified_credential_is_checked_once(checks: list[bytes]) -> None:
    """One bcrypt for each principal, environment and change of its line."""
    htpasswd = users(alice=hash_password("secret"))
    verifier = Verifier(Clock())
    for _ in range(5):
        verifier.verify(credential("alice", "secret"), htpasswd)
    assert len(checks) == 1


def test_a_changed_line_is_forgotten_at_once() -> None:
    """The memory is keyed by the stored hash."""
    verifier = Verifier(Clock())
    verifier.verify(credential("alice", "old"), users(alice=hash_password("old")))
    changed = users(alice=hash_password("new"), bob=hash_password("x"))
    with pytest.raises(WrongCredentialError):
        verifier.verify(credential("alice", "old"), changed)
    assert verifier.verify(credential("alice", "new"), changed) == "alice"
    with pytest.raises(WrongCredentialError):
        verifier.verify(credential("alice", "new"), users(bob=hash_password("x")))


def test_names_that_have_no_line_any_more_are_forgotten(checks: list[bytes]) -> None:
    """What is remembered grows with the file, and not with all the names that ever stood in it."""
    old = users(**{name: hash_password("secret") for name in ("alice", "bob", "carol")})
    new = users(dave=hash_password("secret"), alice=old.hashes["alice"])
    verifier = Verifier(Clock())
    for name in old.hashes:
        verifier.verify(credential(name, "secret"), old)
    verifier.verify(credential("dave", "secret"), new)
    verifier.verify(credential("alice", "secret"), new)
    assert len(checks) == 4
    verifier.verify(credential("bob", "secret"), old)
    assert len(checks) == 5


def test_a_name_that_has_expired_is_nobodys(checks: list[bytes]) -> None:
    """At once, though it was verified before; and at the cost of anybody."""
    htpasswd = users(alice=hash_password("secret"), ci=hash_token(TOKEN.encode()))
    verifier = Verifier(Clock())
    for username, password in (("alice", "secret"), ("ci", TOKEN)):
        verifier.verify(credential(username, password), htpasswd)
        with pytest.raises(WrongCredentialError):
            verifier.verify(credential(username, password), htpasswd, expired=True)
        assert verifier.verify(credential(username, password), htpasswd) == username
    assert rounds(checks) == 2 * 2**CHEAPEST


def test_a_repeated_wrong_password_is_checked_once(checks: list[bytes]) -> None:
    """A forgotten CI job costs nothing; a mended password file is believed at once."""
    clock = Clock()
    verifier = Verifier(clock)
    htpasswd = users(alice=hash_password("secret"))
    for now in (0.0, 1.0, 3600.0):
        clock.now = now
        with pytest.raises(WrongCredentialError):
            verifier.verify(credential("alice", "wrong"), htpasswd)
    assert len(checks) == 1
    assert verifier.verify(credential("alice", "wrong"), users(alice=hash_password("wrong"))) == "alice"


def test_refusals_are_forgotten_from_the_oldest(checks: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that nobody asked for again; thousands would take this test seconds of bcrypt."""
    monkeypatch.setattr(credentials, "_MOST_REFUSED", 2)
    clock = Clock()
    verifier = Verifier(clock)
    htpasswd = users(alice=hash_password("secret"))
    checked = []
    for password in ("old", "kept", "old", "new", "old", "kept"):
        clock.now += 60
        before = len(checks)
        with pytest.raises(WrongCredentialError):
            verifier.verify(credential("alice", password), htpasswd)
        checked.append(len(checks) > before)
    assert checked == [True, True, False, True, False, True]


def test_a_flood_of_wrong_passwords_pushes_no_good_entry_out(checks: list[bytes]) -> None:
    """Two tables, each bounded."""
    htpasswd = users(ci=hash_token(TOKEN.encode()), alice=hash_password("secret"))
    verifier = Verifier(Clock())
    verifier.verify(credential("alice", "secret"), htpasswd)
    for number in range(5000):
        with pytest.raises(WrongCredentialError):
            verifier.verify(credential(f"nobody{number}", TOKEN), htpasswd)
    verifier.verify(credential("alice", "secret"), htpasswd)
    assert len(checks) == 1


def rounds(checks: list[bytes]) -> int:
    """What the computed hashes cost together: 2**cost each."""
    return sum(2 ** int(hashed.split(b"$")[2]) for hashed in checks)


@pytest.mark.parametrize("username", ["cheap", "middling", "dear", "nobody", "ci"])
def test_a_wrong_password_costs_the_same_whoever_it_is_for(username: str, checks: list[bytes]) -> None:
    """The highest cost in the file: else the time would tell who is known, and whose line is old."""
    htpasswd = users(
        cheap=hash_password("secret"),
        middling=hash_password("secret", CHEAPEST + 1),
        dear=hash_password("secret", CHEAPEST + 4),
        ci=hash_token(TOKEN.encode()),
    )
    with pytest.raises(WrongCredentialError):
        Verifier(Clock()).verify(credential(username, "wrong"), htpasswd)
    assert rounds(checks) == 2 ** (CHEAPEST + 4)


@pytest.mark.parametrize("username", ["cheap", "nobody", "ci"])
@pytest.mark.parametrize("password", [OTHER_TOKEN, "x" * 73])
def test_what_can_be_no_password_costs_nothing(username: str, password: str, checks: list[bytes]) -> None:
    """A token of somebody else's, and more than bcrypt takes."""
    htpasswd = users(cheap=hash_password("secret"), ci=hash_token(TOKEN.encode()))
    with pytest.raises(WrongCredentialError):
        Verifier(Clock()).verify(credential(username, password), htpasswd)
    assert checks == []


def test_a_right_password_costs_what_its_own_line_does(checks: list[bytes]) -> None:
    """Who knows it learns nothing from the time."""
    htpasswd = users(cheap=hash_password("secret"), dear=hash_password("secret", CHEAPEST + 4))
    assert Verifier(Clock()).verify(credential("cheap", "secret"), htpasswd) == "cheap"
    assert rounds(checks) == 2**CHEAPEST
