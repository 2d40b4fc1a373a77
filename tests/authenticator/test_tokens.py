import pytest

from authenticator.tokens import hash_token, is_token

TOKEN = b"spp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADCtZhg"


def test_a_token_is_known_by_its_form() -> None:
    """Prefix, length, alphabet and checksum."""
    assert is_token(TOKEN)
    assert not is_token(TOKEN[1:])
    assert not is_token(TOKEN + b"A")
    assert not is_token(b"SPP_" + TOKEN[4:])


@pytest.mark.parametrize("position", [4, 20, 46, 47, 52])
def test_a_mistyped_token_is_none(position: int) -> None:
    """The checksum finds any one wrong character."""
    token = bytearray(TOKEN)
    token[position] = ord("B") if token[position] != ord("B") else ord("C")
    assert not is_token(bytes(token))


def test_a_token_is_kept_as_its_sha256() -> None:
    """In base64 with its padding, as other tools write {SHA256}."""
    assert hash_token(b"abc") == "{SHA256}ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
