import base64

import pytest

from authenticator.authorization import Credential, parse_authorization
from authenticator.errors import InvalidAuthorizationError, MissingCredentialError


def basic(user_pass: str | bytes, scheme: str = "Basic") -> dict[str, list[dict[str, str]]]:
    raw = user_pass.encode() if isinstance(user_pass, str) else user_pass
    return header(f"{scheme} {base64.b64encode(raw).decode()}")


def header(*values: str) -> dict[str, list[dict[str, str]]]:
    return {"authorization": [{"key": "Authorization", "value": value} for value in values]}


@pytest.mark.parametrize(
    ("user_pass", "username", "password"),
    [
        ("alice:secret", "alice", b"secret"),
        ("alice:with:colons:", "alice", b"with:colons:"),
        ("älice:pässword", "älice", "pässword".encode()),
        (": ".join(["a", "b"]), "a", b" b"),
    ],
)
def test_a_credential_is_split_at_its_first_colon(user_pass: str, username: str, password: bytes) -> None:
    """RFC 7617: the password may hold colons, the username may not; both are UTF-8."""
    assert Credential(username=username, password=password) == parse_authorization(basic(user_pass))


def test_what_is_not_utf_8_is_latin_1() -> None:
    """pip sends it, whatever the challenge says; and the two prove the same."""
    assert parse_authorization(basic("zoë:pässword".encode("latin-1"))) == parse_authorization(
        basic("zoë:pässword")
    )


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic  "])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    """RFC 9110: the scheme is case-insensitive, and followed by at least one space."""
    assert parse_authorization(basic("a:b", scheme)).username == "a"


@pytest.mark.parametrize("headers", [{}, basic("alice:")])
def test_no_header_is_no_offer(headers: dict[str, list[dict[str, str]]]) -> None:
    """Nor is a username alone, with which pip asks before it asks a keyring."""
    with pytest.raises(MissingCredentialError):
        parse_authorization(headers)


@pytest.mark.parametrize(
    "headers",
    [
        header("Basic YTpi", "Basic YTpi"),
        header("Basic YTpi, Basic YTpi"),
        header("Basic"),
        header("Basic "),
        header("Bearer YTpi"),
        header("BasicYTpi"),
        header("Basic YWxp!Y2U6eA=="),
        header("Basic YTpi\n"),
        header(" Basic YTpi"),
        header("Basic YTp"),
        header("Basic ===="),
        header("Basic " + "A" * 4096),
        basic("no-colon"),
        basic(":no-username"),
        basic("nul:\0"),
        basic("line:\r\nbreak"),
        basic("c1:\x85"),
        basic(b"latin1-c1:\xe9\x85"),
    ],
)
def test_what_is_not_exactly_basic_is_refused(headers: dict[str, list[dict[str, str]]]) -> None:
    """Whatever could be read in two ways is no credential."""
    with pytest.raises(InvalidAuthorizationError):
        parse_authorization(headers)


def test_a_credential_does_not_show_its_password() -> None:
    """A repr reaches logs sooner or later."""
    assert "secret" not in repr(parse_authorization(basic("alice:secret")))
