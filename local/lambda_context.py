"""The second argument of a handler: what AWS Lambda tells a function about itself and this invocation."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass

__all__ = ["InvalidFunctionArnError", "LambdaContext"]

_FUNCTION_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:(?P<name>[A-Za-z0-9_.-]+)(?::(?P<version>\$LATEST|\d+))?"
)


class InvalidFunctionArnError(ValueError):
    def __init__(self, arn: str) -> None:
        super().__init__(arn)
        self.arn = arn

    def __str__(self) -> str:
        return f"{self.arn!r} is not the ARN of a Lambda function, with or without a function version."


@dataclass(frozen=True, kw_only=True, slots=True)
class LambdaContext:
    """One invocation of one function version; *deadline* is a reading of `time.monotonic`."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    # A string, which is how the Python runtime hands its environment variable on.
    memory_limit_in_mb: str
    aws_request_id: str
    deadline: float

    @classmethod
    def for_function(cls, arn: str, *, timeout_seconds: float, memory_mb: int = 128) -> LambdaContext:
        """Begin an invocation, now, of the function that *arn* names.

        >>> arn = "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.demo-authenticator:7"
        >>> LambdaContext.for_function(arn, timeout_seconds=5).function_name
        'us-east-1.demo-authenticator'
        """
        named = _FUNCTION_ARN.fullmatch(arn)
        if named is None:
            raise InvalidFunctionArnError(arn)
        return cls(
            function_name=named["name"],
            function_version=named["version"] or "$LATEST",
            invoked_function_arn=arn,
            memory_limit_in_mb=str(memory_mb),
            aws_request_id=str(uuid.uuid4()),
            deadline=time.monotonic() + timeout_seconds,
        )

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))
