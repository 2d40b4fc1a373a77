"""Why a request does not go on.

AuthenticatorError
├── UnauthenticatedError          401: who asks is not known
│   ├── MissingCredentialError    nothing was offered
│   ├── InvalidAuthorizationError what was offered is no Basic credential
│   ├── WrongCredentialError      a credential, and not a good one
│   └── ExpiredPrincipalError     whatever the credential, its time is over
├── ForbiddenError                403: who asks is known, and may not read this
├── NotServedError                404: no such path
├── NotAcceptableError            406: nothing we have is what the viewer reads
└── UnavailableError              503: never shown as a wrong password
    ├── TooManyChecksError        too many wrong passwords, just now
    └── StoreUnavailableError     a failure of ours
        ├── NoSuchObjectError     the bucket can be read, and the object is not there
        ├── DeletedObjectError    … any more
        └── NoCopyError           no copy of it is recent enough, as was reported when that began

No sentence here holds any part of a credential that was not verified.
"""

__all__ = [
    "AuthenticatorError",
    "DeletedObjectError",
    "ExpiredPrincipalError",
    "ForbiddenError",
    "InvalidAuthorizationError",
    "MissingCredentialError",
    "NoCopyError",
    "NoSuchObjectError",
    "NotAcceptableError",
    "NotServedError",
    "StoreUnavailableError",
    "TooManyChecksError",
    "UnauthenticatedError",
    "UnavailableError",
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


class ExpiredPrincipalError(UnauthenticatedError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        # A name that stands in the policy, so no password that was typed in its place.
        return f"{self.name!r} has expired, as auth/policy.toml says"


class ForbiddenError(AuthenticatorError):
    def __init__(self, principal: str, what: str) -> None:
        super().__init__(principal, what)
        self.principal = principal
        self.what = what

    def __str__(self) -> str:
        return f"auth/policy.toml does not give {self.what} to {self.principal!r}"


class NotServedError(AuthenticatorError):
    def __str__(self) -> str:
        return "the path is none that this index serves"


class NotAcceptableError(AuthenticatorError):
    def __str__(self) -> str:
        return "the viewer accepts neither HTML nor gzipped JSON"


class UnavailableError(AuthenticatorError):
    pass


class TooManyChecksError(UnavailableError):
    def __str__(self) -> str:
        return "too many passwords were wrong just now to check another"


class StoreUnavailableError(UnavailableError):
    """What the operator wrote cannot be read, or what the index holds."""


class NoSuchObjectError(StoreUnavailableError):
    pass


class DeletedObjectError(StoreUnavailableError):
    pass


class NoCopyError(StoreUnavailableError):
    pass
