"""The authenticator's entry: one viewer request in, the request or a response out."""

import os
from functools import cache
from typing import Any

from authenticator import log, responses
from authenticator.authorization import parse_authorization
from authenticator.credentials import Principal, Verifier
from authenticator.errors import (
    AuthenticatorError,
    MissingCredentialError,
    NotAcceptableError,
    NotServedError,
    StoreUnavailableError,
    UnauthenticatedError,
)
from authenticator.htpasswd import Htpasswd, describe_bad_lines, parse_htpasswd
from authenticator.location import locate
from authenticator.negotiation import negotiate
from authenticator.reader import ObjectReader
from authenticator.routing import FilePath, PagePath, Redirect, route
from authenticator.store import KeptObject

__all__ = ["Gate", "handler"]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Let a viewer request go on, rewritten, or answer it.

    The event and both results are CloudFront's. Whatever goes wrong here is a 503, never a pass.
    """
    try:
        request = event["Records"][0]["cf"]["request"]
        return _gate(context.invoked_function_arn).decide(request)
    except MissingCredentialError:  # the ordinary first request of many clients
        return responses.challenge()
    except AuthenticatorError as error:
        level: log.Level = "ERROR" if isinstance(error, StoreUnavailableError) else "INFO"
        log.write(level, f"{type(error).__name__}: {error}", request_id=context.aws_request_id)
        return _refusal(error)
    except Exception as error:
        # By its type alone: its text could hold what the viewer sent.
        log.write("ERROR", f"unexpected {type(error).__name__}", request_id=context.aws_request_id)
        return responses.unavailable()


class Gate:
    """What one service lets through, and to whom."""

    def __init__(self, function_arn: str) -> None:
        reader = ObjectReader(location=locate(function_arn, os.environ), environment=os.environ)
        self._htpasswd = KeptObject(reader, "auth/htpasswd", _parse_users, report=_warn)
        self._verifier = Verifier()

    def decide(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request as it goes on to the cache, or a redirect. Raises `AuthenticatorError`."""
        if request["method"] not in ("GET", "HEAD"):
            return responses.method_not_allowed()
        self._authenticate(request)
        path = route(request["uri"])
        if isinstance(path, Redirect):
            return responses.redirect(path.location)
        return _forward(request, path)

    def _authenticate(self, request: dict[str, Any]) -> Principal:
        credential = parse_authorization(request["headers"])
        return self._verifier.verify(credential, self._htpasswd.get())


def _forward(request: dict[str, Any], path: PagePath | FilePath) -> dict[str, Any]:
    headers = request["headers"]
    uri = path.uri(negotiate(headers)) if isinstance(path, PagePath) else path.uri
    kept = {name: lines for name, lines in headers.items() if name != "authorization"}
    return {**request, "uri": uri, "querystring": "", "headers": kept}


def _refusal(error: AuthenticatorError) -> dict[str, Any]:
    match error:
        case UnauthenticatedError():
            return responses.challenge()
        case NotServedError():
            return responses.not_found()
        case NotAcceptableError():
            return responses.not_acceptable()
        case _:
            return responses.unavailable()


def _parse_users(content: bytes) -> Htpasswd:
    htpasswd = parse_htpasswd(content)
    if htpasswd.bad_lines:
        _warn(f"auth/htpasswd: {describe_bad_lines(htpasswd.bad_lines)}")
    if not htpasswd.hashes:
        raise ValueError("auth/htpasswd names nobody")
    return htpasswd


def _warn(message: str) -> None:
    log.write("WARNING", message)


@cache
def _gate(function_arn: str) -> Gate:
    return Gate(function_arn)
