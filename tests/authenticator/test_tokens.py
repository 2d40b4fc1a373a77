import re

import pytest
from authenticator.tokens import hash_token, is_token, issue_token


def test_an_issued_token_is_a_token_and_no_two_are_the_same() -> None:
    """256 random bits and a checksum, behind a prefix that scanners can look for."""
    one, other = issue_token(), issue_token()
    assert re.fullmatch(r"spp_[A-Za-z0-9_-]{49}", one)
    assert is_token(one.encode())
    assert one != other


@pytest.mark.parametrize("position", [4, 20, 46, 47, 52])
def test_a_mistyped_token_is_none(position: int) -> None:
    """The checksum finds any one wrong character."""
    token = bytearray(issue_token().encode())
    token[position] = ord("A") if token[position] != ord("A") else ord("B")
    assert not is_token(bytes(token))


def test_a_token_is_kept_as_its_sha256() -> None:
    """In base64 with its padding, as other tools write {SHA256}."""
    assert hash_token(b"abc") == "{SHA256}ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
