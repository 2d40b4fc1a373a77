"""An upload that is refused: kept whole under ``rejected/``, with the reason beside it."""

import json

from simple_index import keys
from simple_index.errors import RefusedError

from indexer.bucket import Bucket

__all__ = ["reject"]


def reject(bucket: Bucket, key: str, *, etag: str, error: RefusedError) -> None:
    """Move the object under *key*, if it still is the one with *etag*, out of the way.

    The copy is made before the upload is deleted, so that no failure loses it. Raises `ConflictError`
    where another object stands there by now.
    """
    bucket.copy(key, keys.rejected(key), etag=etag)
    bucket.write_reason(keys.reason_of(key), _reason(key, etag, error))
    bucket.delete(key, etag=etag)


def _reason(key: str, etag: str, error: RefusedError) -> bytes:
    fields = {"key": key, "etag": etag.strip('"'), "error": type(error).__name__, "reason": str(error)}
    return json.dumps(fields, indent=2).encode() + b"\n"
