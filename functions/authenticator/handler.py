"""The authenticator's entry: one viewer request in, the request or a response out."""

import json
import sys
from functools import cache
from typing import Any

from authenticator import responses
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
from authenticator.htpasswd import Htpasswd, parse_htpasswd
from authenticator.negotiation import negotiate
from authenticator.routing import FilePath, PagePath, Redirect, route
from authenticator.store import KeptObject, locate

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
        _log(f"{type(error).__name__}: {error}", context)
        return _refusal(error)
    except Exception as error:
        # By its type alone: its text could hold what the viewer sent.
        _log(f"unexpected {type(error).__name__}", context)
        return responses.unavailable()


class Gate:
    """What one service lets through, and to whom."""

    def __init__(self, function_arn: str) -> None:
        self._htpasswd = KeptObject(locate(function_arn), "auth/htpasswd", _parse_users, report=_log)
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
    for bad in htpasswd.bad_lines:
        _log(f"auth/htpasswd, line {bad.number} is left out: {bad.problem}")
    if not htpasswd.hashes:
        raise StoreUnavailableError("auth/htpasswd names nobody")
    return htpasswd


def _log(message: str, context: Any = None) -> None:
    """One line of JSON, for a refusal or a failure. It never holds any part of a credential."""
    line = {"service": "authenticator", "message": message}
    if context is not None:
        line["request_id"] = context.aws_request_id
    sys.stdout.write(json.dumps(line) + "\n")


@cache
def _gate(function_arn: str) -> Gate:
    return Gate(function_arn)
