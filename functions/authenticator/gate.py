"""What one service lets through, and to whom."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from authenticator import log, responses
from authenticator.authorization import Principal, parse_authorization
from authenticator.claims import Claims
from authenticator.clock import Clock, SteadyClock
from authenticator.credentials import Verifier
from authenticator.deadline import Deadline
from authenticator.errors import (
    ExpiredPrincipalError,
    ForbiddenError,
    MissingCredentialError,
    NotServedError,
    WrongCredentialError,
)
from authenticator.htpasswd import Htpasswd, describe_bad_lines, parse_htpasswd
from authenticator.location import locate
from authenticator.negotiation import negotiate
from authenticator.policy_file import open_policy, parse_policy
from authenticator.reader import ObjectReader
from authenticator.routing import AssetPath, FilePath, HomePath, PagePath, Path, Redirect, route
from authenticator.store import KeptObject

__all__ = ["Gate"]

#: Seconds, for all that one request asks of the bucket. With the costliest check of a password it fits into
#: a function's 5 s.
_DEADLINE = 2.5
_HEALTH = "/health"

Request = dict[str, Any]
Response = dict[str, Any]


class Gate:
    """Decides requests by what the operator wrote under ``auth/``."""

    def __init__(
        self,
        function_arn: str,
        environment: Mapping[str, str],
        *,
        clock: Clock | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """*wall* gives seconds since 1970, by which credentials expire."""
        clock = clock or SteadyClock()
        self._reader = reader = ObjectReader(locate(function_arn, environment), environment)
        self._wall = wall
        self._verifier = Verifier(clock)
        self._claims = Claims(reader)
        self._without_file = open_policy()
        self._kept_policy = KeptObject(
            reader, "auth/policy.toml", parse_policy, report=log.write, clock=clock, absent=self._without_file
        )
        self._kept_htpasswd = KeptObject(reader, "auth/htpasswd", _parse_users, report=log.write, clock=clock)
        #: The last that was good; for how it is asked for again, and for the challenge.
        self.policy = self._without_file

    def decide(self, request: Request) -> Request | Response:
        """The request as it goes on to the cache, or a response. Raises `AuthenticatorError`."""
        if request["method"] not in ("GET", "HEAD"):
            return responses.method_not_allowed()
        deadline = Deadline(_DEADLINE)
        htpasswd = self._load(deadline)
        if request["uri"] == _HEALTH:
            return responses.healthy()
        principal = self._authenticate(request, htpasswd)
        path = self._permit(principal, request["uri"])
        if isinstance(path, Redirect):
            return responses.redirect(path.target.location)
        upstream = self._upstream_page(path, deadline)
        return responses.redirect_upstream(upstream) if upstream else _forward(request, path)

    def close(self) -> None:
        """Close what is kept open between requests."""
        self._reader.close()

    def _load(self, deadline: Deadline) -> Htpasswd:
        self.policy = self._kept_policy.get(self.policy.freshness, deadline)
        return self._kept_htpasswd.get(self.policy.freshness, deadline)

    def _authenticate(self, request: Request, htpasswd: Htpasswd) -> Principal | None:
        """Who asks; None if no credential was offered."""
        try:
            credential = parse_authorization(request["headers"])
        except MissingCredentialError:
            return None
        name = credential.username
        expired = self.policy.has_expired(name, self._wall())
        try:
            return self._verifier.verify(credential, htpasswd, expired=expired)
        except WrongCredentialError:
            if expired:
                raise ExpiredPrincipalError(name) from None
            raise

    def _permit(self, principal: Principal | None, uri: str) -> Path | Redirect:
        """What *uri* asks for, if *principal* may read it."""
        path = route(uri)
        target = path.target if isinstance(path, Redirect) else path
        if path is not None and target is not None and self._may_read(principal, target):
            return path
        if principal is None:
            raise MissingCredentialError
        if target is None:
            raise NotServedError
        raise ForbiddenError(principal, target.location)

    def _may_read(self, principal: Principal | None, path: Path) -> bool:
        match path:
            case AssetPath():
                return self.policy.may_read_assets(principal)
            case PagePath(str(project)) | HomePath(str(project)) | FilePath(project):
                return self.policy.may_read_project(principal, project)
            case _:
                return self.policy.may_read_list(principal)

    def _upstream_page(self, path: Path, deadline: Deadline) -> str | None:
        """The page of a project that only upstream has, if *path* asks for one."""
        upstream = self.policy.upstream
        if upstream is None or not isinstance(path, PagePath) or path.project is None:
            return None
        if upstream.reserved.first(path.project) is not None or self._claims.has(path.project, deadline):
            return None
        return upstream.page(path.project)


def _forward(request: Request, path: Path) -> Request:
    headers = request["headers"]
    uri = path.uri(negotiate(headers)) if isinstance(path, PagePath) else path.uri
    kept = {name: lines for name, lines in headers.items() if name != "authorization"}
    return {**request, "uri": uri, "querystring": "", "headers": kept}


def _parse_users(content: bytes) -> Htpasswd:
    htpasswd = parse_htpasswd(content)
    if htpasswd.bad_lines:
        log.write("WARNING", f"auth/htpasswd: {describe_bad_lines(htpasswd.bad_lines)}")
    if not htpasswd.hashes:
        raise ValueError("it names nobody")
    return htpasswd
