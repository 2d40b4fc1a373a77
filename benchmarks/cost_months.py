"""Three months: what is published, stored and asked for in each, and how that was reckoned."""

from dataclasses import dataclass

__all__ = ["BUSY", "IDLE", "MONTHS", "TEAM", "Month"]

#: What an installer asks of this index for one project: its page, and a file with its metadata.
_REQUESTS_A_PROJECT = 3
#: As half of the installs are uv's, which asks for each thing without a credential first.
_ASKED_TWICE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What happens in one month."""

    name: str
    #: Wheels and sdists published, and what one of them weighs.
    published: int
    file_gigabytes: float
    projects: int
    #: At the end of the month, with what versions still keep.
    stored_gigabytes: float
    #: Of viewers, those without a credential and so answered 401 included.
    requests: int
    gigabytes: float
    #: Of what is asked for with a credential and is not a page, the share that CloudFront must ask S3 for.
    missed: float
    #: Of the requests, those that start an environment, and those that have a password checked by bcrypt.
    cold: float
    checked: float
    #: Of the requests, those before which the environment reads `auth/` again.
    refreshed: float

    @property
    def authenticated(self) -> float:
        return self.requests / (1 + _ASKED_TWICE)

    @property
    def pages(self) -> float:
        return self.authenticated / _REQUESTS_A_PROJECT

    @property
    def published_gigabytes(self) -> float:
        return self.published * self.file_gigabytes


IDLE = Month(
    name="idle",
    published=0,
    file_gigabytes=0,
    projects=0,
    stored_gigabytes=0,
    requests=0,
    gigabytes=0,
    missed=0,
    cold=0,
    checked=0,
    refreshed=0,
)

_INSTALLS = 3_000
_PROJECTS_AN_INSTALL = 5
TEAM = Month(
    name="ten people with CI",
    published=200,
    file_gigabytes=0.001,
    projects=40,
    stored_gigabytes=5,
    requests=round(_INSTALLS * _PROJECTS_AN_INSTALL * _REQUESTS_A_PROJECT * (1 + _ASKED_TWICE)),
    gigabytes=_INSTALLS * _PROJECTS_AN_INSTALL * 0.001,
    missed=0.20,
    cold=0.01,
    checked=0.02,
    refreshed=0.10,
)

BUSY = Month(
    name="five million requests, 1 TB",
    published=2_000,
    file_gigabytes=0.001,
    projects=500,
    stored_gigabytes=200,
    requests=5_000_000,
    gigabytes=1024,
    missed=0.05,
    cold=0.001,
    checked=0.002,
    refreshed=0.10,
)

MONTHS = [IDLE, TEAM, BUSY]
