"""Why a request does not go on.

AuthenticatorError
├── UnauthenticatedError          401: who asks is not known
│   ├── MissingCredentialError    nothing was offered
│   ├── InvalidAuthorizationError what was offered is no Basic credential
│   └── WrongCredentialError      a credential, and not a good one
├── NotServedError                404: no such path
├── NotAcceptableError            406: nothing we have is what the viewer reads
└── StoreUnavailableError         503: a failure of ours; never shown as a wrong password

No sentence here holds any part of a credential.
"""

__all__ = [
    "AuthenticatorError",
    "InvalidAuthorizationError",
    "MissingCredentialError",
    "NotAcceptableError",
    "NotServedError",
    "StoreUnavailableError",
    "UnauthenticatedError",
    "WrongCredentialError",
]


class AuthenticatorError(Exception):
    """A request that does not go on; ``str()`` is for the log."""


class UnauthenticatedError(AuthenticatorError):
    pass


class MissingCredentialError(UnauthenticatedError):
    def __str__(self) -> str:
        return "no credential was offered"


class InvalidAuthorizationError(UnauthenticatedError):
    """The header, by its defect alone."""


class WrongCredentialError(UnauthenticatedError):
    def __str__(self) -> str:
        return "the credential does not verify"


class NotServedError(AuthenticatorError):
    def __str__(self) -> str:
        return "the path is none that this index serves"


class NotAcceptableError(AuthenticatorError):
    def __str__(self) -> str:
        return "the viewer accepts neither HTML nor gzipped JSON"


class StoreUnavailableError(AuthenticatorError):
    """The credentials cannot be read, and no copy is recent enough."""
