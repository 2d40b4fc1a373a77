"""Whatever stands in an Authorization header, it is a credential of RFC 7617 or refused."""

import base64
import re

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authenticator.authorization import Credential, parse_authorization
from authenticator.errors import InvalidAuthorizationError, MissingCredentialError

# "The user-id and password MUST NOT contain any control characters."
_TEXT = st.characters(codec="utf-8", exclude_categories=["Cc"])
USERNAMES = st.text(_TEXT, min_size=1, max_size=60).filter(lambda name: ":" not in name)
PASSWORDS = st.text(_TEXT, min_size=1, max_size=80)
SCHEMES = st.sampled_from(["Basic ", "basic ", "BASIC   ", "Basic", "Basic\t", "Bearer ", "Basic\u00a0", ""])
REFUSALS = {
    "more than one Authorization header": ["Basic YTpi", "Basic YTpi"],
    "an Authorization header of over 2048 characters": ["Basic " + "a" * 2043],
    "an Authorization header that is not Basic": ["Basic " + "-" * 2042],
    "a Basic credential that is not base64": ["Basic YTpiY"],
    "a Basic credential without a username, or with control characters": ["Basic   " + "AAAA" * 510],
}
HEADERS = st.lists(
    st.text(st.characters())
    | st.builds(
        lambda scheme, content, end: scheme + base64.b64encode(content).decode() + end,
        SCHEMES,
        st.binary(max_size=60) | PASSWORDS.map(str.encode) | st.just(b"x" * 1600),
        st.sampled_from(["", "", "=", "\n", " ", ", Basic YTpi", "-_"]),
    ),
    max_size=2,
)


def parse(*values: str) -> Credential:
    return parse_authorization({"authorization": [{"value": value} for value in values]})


@given(HEADERS)
@example(["Basic YWxp!Y2U6eA=="])
def test_it_is_a_credential_or_one_of_two_errors(values: list[str]) -> None:
    """And a credential is what the one header says when it is read as the RFC does."""
    try:
        credential = parse(*values)
    except (MissingCredentialError, InvalidAuthorizationError) as error:
        refusal = error
    else:
        assert_said(credential, *values)
        return
    if isinstance(refusal, MissingCredentialError):
        # "alice:" offers nothing either.
        assert all(base64.b64decode(value.split()[1]).endswith(b":") for value in values)
    else:
        assert values
        assert str(refusal) in REFUSALS


@pytest.mark.parametrize("sentence", REFUSALS)
def test_a_refusal_tells_the_defect_alone(sentence: str) -> None:
    """The same to everybody, and nothing of what was sent."""
    with pytest.raises(InvalidAuthorizationError) as refusal:
        parse(*REFUSALS[sentence])
    assert str(refusal.value) == sentence


def assert_said(credential: Credential, value: str) -> None:
    """Assert that the header *value* says just this credential."""
    scheme, _, encoded = value.partition(" ")
    assert scheme.lower() == "basic"
    content = base64.b64decode(encoded.lstrip(" "), validate=True)
    offered = f"{credential.username}:".encode() + credential.password
    assert content in (offered, offered.decode().encode("latin-1", "replace"))
    assert credential.username
    assert credential.password
    assert ":" not in credential.username
    assert not re.search(rb"[\x00-\x1f\x7f]", offered)


@given(USERNAMES)
def test_a_username_alone_is_no_credential(username: str) -> None:
    """Clients that know one ask so first, and look for its password after the challenge."""
    with pytest.raises(MissingCredentialError):
        parse(f"Basic {base64.b64encode(f'{username}:'.encode()).decode()}")


@given(USERNAMES, PASSWORDS)
def test_what_clients_send_is_read(username: str, password: str) -> None:
    """As httpx writes it, in UTF-8; the password may hold colons."""
    request = httpx.Request("GET", "https://index.example/")
    flow = httpx.BasicAuth(username, password).auth_flow(request)
    value = next(flow).headers["authorization"]
    assert parse(value) == Credential(username=username, password=password.encode())
    assert parse(value.replace("Basic ", "bAsIc  ")) == parse(value)


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1, max_size=30))
def test_what_requests_sends_is_read(password: str) -> None:
    """In ISO-8859-1, as far as that is not UTF-8 as well."""
    sent = password.encode("latin-1")
    try:
        expected = sent.decode()
    except UnicodeDecodeError:
        expected = password
    if expected.isprintable():
        value = f"Basic {base64.b64encode(b'alice:' + sent).decode()}"
        assert parse(value).password == expected.encode()


@given(USERNAMES, PASSWORDS, st.sampled_from("\0\n\r\t\x1b\x7f\x85"), st.integers(0, 140))
def test_control_characters_are_refused(username: str, password: str, control: str, place: int) -> None:
    """Wherever they stand: a C implementation would stop at some of them."""
    text = f"{username}:{password}"
    place %= len(text)
    text = text[:place] + control + text[place:]
    with pytest.raises(InvalidAuthorizationError):
        parse(f"Basic {base64.b64encode(text.encode()).decode()}")
