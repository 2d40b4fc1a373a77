import dataclasses

import pytest

from local.lambda_context import InvalidFunctionArnError, LambdaContext

REPLICA = "arn:aws:lambda:eu-west-1:123456789012:function:us-east-1.demo-authenticator:7"


def test_name_and_version_come_out_of_the_arn() -> None:
    """A replica of an edge function has the Region it came from in its name."""
    context = LambdaContext.for_function(REPLICA, timeout_seconds=5)
    assert context.function_name == "us-east-1.demo-authenticator"
    assert context.function_version == "7"
    assert context.invoked_function_arn == REPLICA
    assert context.memory_limit_in_mb == "128"


def test_an_arn_without_version_is_the_latest() -> None:
    """An indexer runs unversioned."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:demo-indexer"
    context = LambdaContext.for_function(arn, timeout_seconds=120, memory_mb=1024)
    assert (context.function_version, context.memory_limit_in_mb) == ("$LATEST", "1024")


def test_time_runs_out_and_not_below_zero() -> None:
    """The time that remains counts down to the deadline, and stops there."""
    context = LambdaContext.for_function(REPLICA, timeout_seconds=5)
    assert 4000 < context.get_remaining_time_in_millis() <= 5000
    assert dataclasses.replace(context, deadline=0.0).get_remaining_time_in_millis() == 0


def test_each_invocation_has_its_own_id() -> None:
    """Two invocations can be told apart in a log."""
    first, second = (LambdaContext.for_function(REPLICA, timeout_seconds=5) for _ in range(2))
    assert first.aws_request_id != second.aws_request_id


@pytest.mark.parametrize(
    "arn", ["", "demo-authenticator", "arn:aws:s3:::demo", REPLICA + ":8", REPLICA + "\n"]
)
def test_what_is_no_function_arn_is_refused(arn: str) -> None:
    """A wrong ARN is known at once, by a sentence that repeats it."""
    with pytest.raises(InvalidFunctionArnError, match="is not the ARN of a Lambda function"):
        LambdaContext.for_function(arn, timeout_seconds=5)
