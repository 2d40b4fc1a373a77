"""What a principal may read: the nouns of ``auth/policy.toml``, and what they decide.

How the file is written, and what holds where it says nothing, is `policy_file`'s to know.
"""

from collections.abc import Mapping, Sequence

from authenticator.authorization import Principal
from authenticator.globs import Globs
from authenticator.records import Record

__all__ = ["Freshness", "Policy", "Readers", "Rules", "Upstream"]


class Readers(Record, kw_only=True):
    """Who may read something. Whoever is signed in may also read what anonymous readers may."""

    names: frozenset[str]
    signed_in: bool
    anonymous: bool

    def admit(self, principal: Principal | None) -> bool:
        """Whether *principal* is one of them; None is a viewer who offered no credential."""
        if self.anonymous:
            return True
        return principal is not None and (self.signed_in or principal in self.names)


class Rules:
    """Who may read which projects. Of the patterns that name a project the first decides, alone."""

    def __init__(self, patterns: Globs, readers: Sequence[Readers]) -> None:
        self._patterns = patterns
        #: Of each pattern.
        self._readers = readers
        self.any_anonymous = any(each.anonymous for each in readers)

    def admit(self, principal: Principal | None, project: str) -> bool:
        """Whether *principal* may read *project*. One that no pattern names is nobody's to read."""
        index = self._patterns.first(project)
        return index is not None and self._readers[index].admit(principal)


class Freshness(Record, kw_only=True):
    """For how many seconds a copy of what the operator wrote is used: unasked, and where asking fails."""

    refresh_seconds: float
    stale_seconds: float


class Upstream(Record, kw_only=True):
    """Another index, for the projects that this one has never had."""

    #: Its index URL, which ends in a slash.
    url: str
    #: What is never looked for there.
    reserved: Globs

    def page(self, project: str) -> str:
        """The URL of a project's page there."""
        return f"{self.url}{project}/"


class Policy(Record, kw_only=True):
    """What ``auth/policy.toml`` says."""

    realm: str
    freshness: Freshness
    rules: Rules
    #: Of the project list, which names every project.
    list_readers: Readers
    #: From when a name is refused, in seconds since 1970.
    expirations: Mapping[str, float]
    upstream: Upstream | None

    def has_expired(self, name: str, now: float) -> bool:
        """Whether credentials for *name* are good no longer; *now* in seconds since 1970."""
        return name in self.expirations and self.expirations[name] <= now

    def may_read_project(self, principal: Principal | None, project: str) -> bool:
        return self.rules.admit(principal, project)

    def may_read_list(self, principal: Principal | None) -> bool:
        return self.list_readers.admit(principal)

    def may_read_assets(self, principal: Principal | None) -> bool:
        """Whether *principal* has a page to read, which the assets are needed for."""
        return principal is not None or self.rules.any_anonymous or self.list_readers.anonymous
