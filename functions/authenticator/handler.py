"""The authenticator's entry: one viewer request in, the request or a response out."""

import os
from functools import cache
from typing import Any

from authenticator import log, responses
from authenticator.errors import (
    AuthenticatorError,
    ForbiddenError,
    MissingCredentialError,
    NoCopyError,
    NotAcceptableError,
    NotServedError,
    StoreUnavailableError,
    TooManyChecksError,
    UnauthenticatedError,
)
from authenticator.gate import Gate

__all__ = ["handler"]

#: What is ordinary (the first request of many clients), and what was told once when it began.
_NOT_LOGGED = (MissingCredentialError, NoCopyError)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Let a viewer request go on, rewritten, or answer it.

    The event and both results are CloudFront's. Whatever goes wrong here is a 503, never a pass.
    """
    try:
        gate = _gate(context.invoked_function_arn)
        try:
            return gate.decide(event["Records"][0]["cf"]["request"])
        except AuthenticatorError as error:
            if not isinstance(error, _NOT_LOGGED):
                level: log.Level = "ERROR" if isinstance(error, StoreUnavailableError) else "INFO"
                log.write(level, f"{type(error).__name__}: {error}", request_id=context.aws_request_id)
            return _refusal(error, gate.policy.realm)
    except StoreUnavailableError as error:  # there is no gate, and nothing else has told why
        log.write("ERROR", str(error), request_id=context.aws_request_id)
        return responses.unavailable()
    except Exception as error:
        # By its type alone: its text could hold what the viewer sent.
        log.write("ERROR", f"unexpected {type(error).__name__}", request_id=context.aws_request_id)
        return responses.unavailable()


def _refusal(error: AuthenticatorError, realm: str) -> dict[str, Any]:
    match error:
        case UnauthenticatedError():
            return responses.challenge(realm)
        case ForbiddenError():
            return responses.forbidden()
        case NotServedError():
            return responses.not_found()
        case NotAcceptableError():
            return responses.not_acceptable()
        case TooManyChecksError():
            return responses.too_many_checks()
        case _:
            return responses.unavailable()


@cache
def _gate(function_arn: str) -> Gate:
    return Gate(function_arn, os.environ)
