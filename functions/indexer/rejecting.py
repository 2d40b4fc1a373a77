"""What is refused: an upload is kept whole under ``rejected/``, with the reason beside it."""

import json
from dataclasses import dataclass

from indexer.bucket import Bucket
from indexer.ranged import RangedObject
from simple_index import keys
from simple_index.errors import RefusedError

__all__ = ["Refused", "reject", "write_reason"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """An object that will not be listed, and why."""

    key: str
    reason: str


def reject(bucket: Bucket, upload: RangedObject, error: RefusedError) -> Refused:
    """Move *upload*, if it still is that object, out of the way.

    The copy is made before the upload is deleted, so that no failure loses it. Raises `ConflictError`
    where another object stands there by now.
    """
    bucket.keep(upload, keys.rejected(upload.key))
    refused = write_reason(bucket, upload.key, etag=upload.etag, error=error)
    bucket.delete(upload.key, etag=upload.etag)
    return refused


def write_reason(bucket: Bucket, key: str, *, etag: str, error: RefusedError) -> Refused:
    """Say why the object under *key* is refused, and leave it where it is."""
    fields = {"key": key, "etag": etag.strip('"'), "error": type(error).__name__, "reason": str(error)}
    bucket.write_reason(keys.reason_of(key), json.dumps(fields, indent=2).encode() + b"\n")
    return Refused(key=key, reason=str(error))
