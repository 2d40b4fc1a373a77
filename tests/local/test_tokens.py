import re

from authenticator.tokens import is_token
from local.tokens import issue_token


def test_an_issued_token_is_a_token_and_no_two_are_the_same() -> None:
    """256 random bits and a checksum, behind a prefix that scanners can look for."""
    one, other = issue_token(), issue_token()
    assert re.fullmatch(r"spp_[A-Za-z0-9_-]{49}", one)
    assert is_token(one.encode())
    assert one != other
