"""Whatever was asked before, a credential is good just if the file says so now."""

from collections import OrderedDict
from unittest import mock

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authenticator.authorization import Credential
from authenticator.credentials import Verifier
from authenticator.errors import TooManyChecksError, WrongCredentialError
from authenticator.htpasswd import Htpasswd, parse_htpasswd
from authenticator.tokens import checksum, hash_token
from tests.authenticator.clocks import Clock
from tests.authenticator.passwords import hash_password

TOKENS = [b"spp_" + letter * 43 + checksum(letter * 43) for letter in (b"a", b"b")]
#: What the file may keep for a name: each stands for one password.
STORED = {**{hash_token(token): token for token in TOKENS}, hash_password("secret"): b"secret", "!": None}
NAMES = st.sampled_from(["alice", "bob"])
FILES = st.dictionaries(NAMES, st.sampled_from(list(STORED)))
Step = dict[str, str] | tuple[str, bytes, bool]
QUESTIONS = st.tuples(NAMES, st.sampled_from([*TOKENS, b"secret", b"wrong"]), st.booleans())


def file(lines: dict[str, str]) -> Htpasswd:
    return parse_htpasswd("\n".join(f"{name}:{stored}" for name, stored in lines.items()).encode())


@settings(deadline=None)
@given(st.lists(FILES | QUESTIONS, max_size=30))
def test_nothing_is_remembered_that_is_no_longer_so(
    steps: list[dict[str, str] | tuple[str, bytes, bool]],
) -> None:
    """Through all changes of the file and of who has expired."""
    clock = Clock()
    verifier = Verifier(clock)
    lines: dict[str, str] = {}
    for step in steps:
        clock.now += 1000
        if isinstance(step, dict):
            lines = step
            continue
        name, password, expired = step
        good = not expired and STORED.get(lines.get(name, "!")) == password
        try:
            verifier.verify(Credential(username=name, password=password), file(lines), expired=expired)
        except WrongCredentialError:
            assert not good
        else:
            assert good


@settings(deadline=None)
@given(st.text("abcd", max_size=20))
def test_what_was_refused_last_is_refused_again_without_a_check(passwords: str) -> None:
    """As many as there is room for, which here is two."""
    clock = Clock()
    verifier = Verifier(clock)
    htpasswd = file({"alice": hash_password("secret")})
    refused: OrderedDict[str, None] = OrderedDict()
    with (
        mock.patch("authenticator.credentials._MOST_REFUSED", 2),
        mock.patch("bcrypt.checkpw", return_value=False) as check,
    ):
        for password in passwords:
            clock.now += 1000
            check.reset_mock()
            with pytest.raises(WrongCredentialError):
                verifier.verify(Credential(username="alice", password=password.encode()), htpasswd)
            assert check.called == (password not in refused)
            refused[password] = None
            refused.move_to_end(password)
            if len(refused) > 2:
                refused.popitem(last=False)


@pytest.mark.parametrize(("length", "is_checked"), [(72, True), (73, False)])
def test_a_password_of_72_bytes_is_the_longest(length: int, is_checked: bool) -> None:
    """Of a longer one bcrypt would take that much, or raise."""
    stored = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    credential = Credential(username="alice", password=b"x" * length)
    try:
        Verifier(Clock()).verify(credential, file({"alice": stored}))
    except WrongCredentialError:
        assert not is_checked
    else:
        assert is_checked


def test_a_flood_leaves_no_room_for_checks_but_for_tokens() -> None:
    """Nor for what was verified before."""
    verifier = Verifier(Clock())
    htpasswd = file({"alice": hash_password("secret"), "ci": hash_token(TOKENS[0])})
    verifier.verify(Credential(username="alice", password=b"secret"), htpasswd)
    for guess in range(100):
        with pytest.raises((WrongCredentialError, TooManyChecksError)) as refusal:
            verifier.verify(Credential(username="alice", password=b"%d" % guess), htpasswd)
    assert refusal.type is TooManyChecksError
    assert verifier.verify(Credential(username="ci", password=TOKENS[0]), htpasswd) == "ci"
    assert verifier.verify(Credential(username="alice", password=b"secret"), htpasswd) == "alice"
