"""What an S3 error means to us."""

from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from indexer.errors import ConflictError

__all__ = ["code_of", "is_object_fault", "is_outage", "raise_conflict"]

# "404" is a condition on an object that is gone; HEAD has numbers for want of a body.
_LOST_RACE = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409", "404"})


def code_of(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def raise_conflict(key: str, error: ClientError) -> NoReturn:
    """`ConflictError` where a condition did not hold, else *error* itself."""
    if code_of(error) in _LOST_RACE:
        raise ConflictError(key) from error
    raise error


def is_object_fault(error: Exception) -> bool:
    """Whether S3 refuses one object (in cold storage, under a key we may not use) and is else well."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return 400 <= status < 500 and code_of(error) not in ("NoSuchBucket", "RequestTimeout", "SlowDown")


def is_outage(error: Exception) -> bool:
    """Whether S3 itself is not well, or not to be reached; what is asked of it next would fail as well."""
    return isinstance(error, BotoCoreError | ClientError) and not is_object_fault(error)
