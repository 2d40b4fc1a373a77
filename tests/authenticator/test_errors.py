import pytest

from authenticator import errors
from authenticator.errors import AuthenticatorError, ExpiredPrincipalError, ForbiddenError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.MissingCredentialError(), "no credential was offered"),
        (errors.WrongCredentialError(), "the credential does not verify"),
        (ExpiredPrincipalError("ali\nce"), "'ali\\nce' has expired, as auth/policy.toml says"),
        (ForbiddenError("alice", "/simple/a/"), "auth/policy.toml does not give /simple/a/ to 'alice'"),
        (errors.NotServedError(), "the path is none that this index serves"),
        (errors.NotAcceptableError(), "the viewer accepts neither HTML nor gzipped JSON"),
        (errors.TooManyChecksError(), "too many passwords were wrong just now to check another"),
        (errors.StoreUnavailableError("auth/htpasswd answered 500"), "auth/htpasswd answered 500"),
    ],
)
def test_an_error_writes_its_own_sentence(error: AuthenticatorError, sentence: str) -> None:
    """In one line of the log."""
    assert str(error) == sentence


def test_every_error_is_of_the_family() -> None:
    """And named in the tree at its head."""
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), AuthenticatorError)
        assert name in (errors.__doc__ or "")
