"""Uploads into ``incoming/``: several at once, of which nothing half done is ever indexed."""

import base64
import os
import secrets
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError
from s3transfer.futures import TransferFuture
from s3transfer.manager import TransferManager
from s3transfer.subscribers import BaseSubscriber

from serverless_pypi.candidates import Candidate
from serverless_pypi.errors import CommandError
from serverless_pypi.store import Store
from simple_index import keys

__all__ = ["Upload", "plan_uploads", "send"]

#: Bytes. From here on a file goes in parts, of which several can be under way.
_MULTIPART = 64 * 1024**2
_PART = 16 * 1024**2
_DENIED = ("AccessDenied", "403")
_OTHER_BYTES = ("BadDigest", "XAmzContentSHA256Mismatch")


class NoRightToPublishError(CommandError):
    def __init__(self, key: str) -> None:
        super().__init__(
            f"AWS does not allow who you are to write {key!r}: have the stack's PublisherPolicy attached to "
            "your role, or the policy for publishers of that project, or take another --profile."
        )


class ChangedFileError(CommandError):
    def __init__(self, candidate: Candidate) -> None:
        super().__init__(
            f"{str(candidate.path)!r} was written to while it was sent: let the build end, and run the same "
            "command again."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A distribution on its way."""

    candidate: Candidate
    key: str


def plan_uploads(candidates: Iterable[Candidate]) -> list[Upload]:
    """Where each is put: in a folder of this run, so that a refusal which is kept under its key is ours.

    It is the folder of the project: there its own publishers may write as well as those of all projects.
    """
    run = f"publish-{secrets.token_hex(8)}"
    return [
        Upload(
            candidate=candidate,
            key=f"{keys.LIMITED}{candidate.distribution.project}/{run}/{candidate.filename}",
        )
        for candidate in candidates
    ]


def send(
    store: Store,
    uploads: Sequence[Upload],
    *,
    jobs: int,
    advance: Callable[[int], object] = lambda _: None,
    interrupted: Callable[[], object] = lambda: None,
) -> None:
    """Put all of them, at most *jobs* files or parts at a time; *advance* is told the bytes.

    The first failure, or an interrupt, ends them all: what was not put whole leaves nothing behind. That
    may take as long as S3 keeps silent, so *interrupted* is called, and the next one ends the process.
    Raises `NoRightToPublishError`, `ChangedFileError`, and what the SDK raises.
    """
    config = TransferConfig(
        multipart_threshold=_MULTIPART,
        multipart_chunksize=_PART,
        max_concurrency=jobs,
        preferred_transfer_client="classic",  # the same on every machine
    )
    with create_transfer_manager(store.client, config) as manager:
        try:
            futures = [(upload, _begin(manager, store.bucket, upload, advance)) for upload in uploads]
            for upload, future in futures:
                _finish(upload, future)
        except KeyboardInterrupt:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, _end)
            interrupted()
            raise


def _begin(
    manager: TransferManager, bucket: str, upload: Upload, advance: Callable[[int], object]
) -> TransferFuture:
    return manager.upload(
        str(upload.candidate.path),
        bucket,
        upload.key,
        extra_args=_checksum(upload.candidate),
        subscribers=[_Watcher(advance)],
    )


def _finish(upload: Upload, future: TransferFuture) -> None:
    try:
        future.result()
    except Exception as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        if code in _DENIED:
            raise NoRightToPublishError(upload.key) from None
        if code in _OTHER_BYTES or upload.candidate.has_changed():
            raise ChangedFileError(upload.candidate) from None
        raise


def _checksum(candidate: Candidate) -> dict[str, Any]:
    """What has S3 refuse bytes that are not those which were looked at.

    It has no SHA-256 of a whole that comes in parts, so there each part is held against its own.
    """
    if candidate.size >= _MULTIPART:
        return {"ChecksumAlgorithm": "SHA256"}
    return {"ChecksumSHA256": base64.b64encode(bytes.fromhex(candidate.sha256)).decode()}


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # the signature is signal's
    os._exit(130)


class _Watcher(BaseSubscriber):
    def __init__(self, advance: Callable[[int], object]) -> None:
        self._advance = advance

    def on_progress(self, future: TransferFuture, bytes_transferred: int, **_: Any) -> None:  # noqa: ARG002
        self._advance(bytes_transferred)
