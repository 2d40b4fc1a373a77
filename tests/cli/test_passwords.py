"""Which names and passwords may be given."""

import re
from base64 import b64encode

import bcrypt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authenticator.authorization import parse_authorization
from authenticator.htpasswd import parse_htpasswd
from authenticator.policy_file import parse_policy
from authenticator.tokens import checksum
from serverless_pypi.auth.passwords import (
    NameNotAllowedError,
    PasswordNotAllowedError,
    check_name,
    check_password,
    generate_password,
    hash_password,
    is_sent_by_pip,
)
from tests.property.toml_documents import write_value

CHEAPEST = 4
STRONG = "tr33house-lemur-ballast"
TOKEN = f"spp_{'A' * 43}{checksum(b'A' * 43).decode()}"


@given(st.text(max_size=12) | st.text("a:@#\n\u00a0\ufeff é", max_size=4))
@example("a" * 255)
@example("a" * 256)
@example("\udc80")
def test_a_name_that_may_be_given_can_come_in_and_be_named(name: str) -> None:
    """In the first line of a file and in any other, and in a policy; what cannot is refused."""
    try:
        check_name(name)
    except NameNotAllowedError:
        return
    stored = hash_password(STRONG, CHEAPEST)
    line = f"{name}:{stored}\n".encode()
    assert parse_htpasswd(line).hashes == parse_htpasswd(b"# first\n" + line).hashes == {name: stored}
    policy = f'[[rules]]\nprojects = ["*"]\nread = [{write_value(name)}]\n'.encode()
    assert parse_policy(policy).rules.admit(name, "acme")  # type: ignore[arg-type]  # it was proved


@pytest.mark.parametrize(
    "name", ["", "a:b", "@ops", "#a", " a", "a ", "a\u00a0", "a\tb", "a\x85b", "a" * 256]
)
def test_a_name_that_nobody_could_use_is_refused(name: str) -> None:
    """Somebody would otherwise wait in vain for it to hold."""
    with pytest.raises(NameNotAllowedError, match="cannot be a name: give 1 to 255 characters") as refused:
        check_name(name)
    assert str(refused.value).isprintable()


REFUSED = [
    ("", "The password is empty; --generate makes a strong one."),
    ("x" * 73, r"has 73 bytes \(UTF-8\), and bcrypt reads 72"),
    ("é" * 37, r"has 74 bytes \(UTF-8\)"),
    (STRONG + "\t", "has control characters in it"),
    (STRONG + "\x85", "has control characters in it"),
    (STRONG + "\udc80", "is not UTF-8"),
    (TOKEN, "is a token, which `serverless-pypi token create` alone gives a name"),
    ("password1", "is too easy to guess. This is a very common password. Add another word or two"),
    ("qwertyuiop", "is too easy to guess. This is a top-100 common password"),
    ("alice-example", "is too easy to guess. Add another word"),
    ("Alice.Serverless", "is too easy to guess. "),
    ("serverless-pypi", "is the name or the service, and nothing else"),
    ("alice-serverless-pypi-example-1", "is too easy to guess. "),
]


@pytest.mark.parametrize(("password", "sentence"), REFUSED)
def test_a_password_that_would_not_do_is_refused_with_what_to_do(password: str, sentence: str) -> None:
    """And is never part of the sentence."""
    with pytest.raises(PasswordNotAllowedError, match=sentence) as refused:
        check_password(password, inputs=["alice@example", "serverless-pypi"])
    told = str(refused.value)
    assert told.endswith("; --generate makes a strong one.")
    assert not password or password not in told


@pytest.mark.parametrize("password", [STRONG, "ééé korrekt-pferd", f"{STRONG} alice", (STRONG * 4)[:72]])
def test_a_password_that_will_do_is_taken(password: str) -> None:
    """A name in it does no harm beside enough else; 72 bytes are not too many."""
    check_password(password, inputs=["alice", "serverless-pypi"])


def test_a_generated_password_is_strong_and_needs_no_escape() -> None:
    """In a URL, and at the telephone."""
    one, other = generate_password(), generate_password()
    assert one != other
    assert re.fullmatch(r"([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}", one)
    check_password(one, inputs=["alice"])


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=18))
def test_a_hash_is_one_that_the_authenticator_takes(password: str) -> None:
    """And of that password."""
    stored = hash_password(password, CHEAPEST)
    assert parse_htpasswd(f"alice:{stored}".encode()).hashes == {"alice": stored}
    assert bcrypt.checkpw(password.encode(), stored.encode())


@given(st.text("aé:Ã©Пя ", min_size=1, max_size=6), st.text("aé:Ã©Пя ", min_size=1, max_size=6))
@example("alice", "Ã©")
def test_who_is_not_warned_can_come_in_by_pip(name: str, password: str) -> None:
    """As requests writes the header, and the authenticator reads it."""
    name = name.replace(":", "") or "a"
    try:
        # "username.encode('latin1')" (requests, auth.py)
        sent = b64encode(f"{name}:{password}".encode("latin-1")).decode()
    except UnicodeEncodeError:
        assert not is_sent_by_pip(name, password)
        return
    credential = parse_authorization({"authorization": [{"key": "Authorization", "value": f"Basic {sent}"}]})
    understood = (credential.username, credential.password.decode()) == (name, password)
    assert is_sent_by_pip(name, password) == understood
