"""Files read whole, and held against what the page says of them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from packaging.utils import NormalizedName

from indexer.answers import is_object_fault
from indexer.bucket import Bucket
from indexer.describing import inspect, open_distribution
from indexer.errors import BucketError, MissingObjectError
from serverless_pypi.comparison import Finding
from serverless_pypi.store import Store
from simple_index import keys
from simple_index.errors import RefusedError
from simple_index.model import File

__all__ = ["Contents", "Reading"]

#: Bytes.
_BLOCK = 1024 * 1024
#: How often a download is taken up again that brings nothing more.
_TRIES = 4
_CHANGED = ("PreconditionFailed", "NoSuchKey", "412", "404")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a file was found to be."""

    project: NormalizedName
    key: str
    findings: tuple[Finding, ...] = ()
    #: Whether it has been removed, or was replaced, since its page was read.
    changed: bool = False


class Contents:
    """Reads files, from any thread. *advance* is told how many bytes; *check* may raise, to end it."""

    def __init__(
        self, store: Store, *, advance: Callable[[int], object], check: Callable[[], object]
    ) -> None:
        self._store = store
        self._bucket = Bucket(store.client, store.bucket)
        self._advance = advance
        self._check = check

    def read(self, project: NormalizedName, file: File) -> Reading:
        """All of *file*: its size and SHA-256; of a wheel also the ``.metadata`` and what is inside."""
        key = keys.project_prefix(project) + file.filename
        try:
            problems = [*self._of_file(key, file), *self._of_metadata(key, file)]
        except BucketError:
            return Reading(project=project, key=key, changed=True)
        except ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED:
                return Reading(project=project, key=key, changed=True)
            if not is_object_fault(error):
                raise
            problems = [(key, f"is not given by S3 ({error})")]
        findings = tuple(
            Finding(project=project, kind="content", key=where, problem=problem, by_rebuild=False)
            for where, problem in problems
        )
        return Reading(project=project, key=key, findings=findings)

    def _of_file(self, key: str, file: File) -> Iterator[tuple[str, str]]:
        digest = hashlib.sha256()
        size = 0
        for block in self._blocks(key, file):
            digest.update(block)
            size += len(block)
        if size != file.size:
            yield key, f"has {size} bytes, and {file.size} on the page"
        if digest.hexdigest() != file.sha256:
            yield key, f"has the SHA-256 {digest.hexdigest()}, and {file.sha256} on the page"

    def _blocks(self, key: str, file: File) -> Iterator[bytes]:
        """The object, if it still is that one; taken up again where the network breaks it off."""
        position, tries = 0, 0
        while position == 0 or position < file.size:
            try:
                wanted: dict[str, Any] = {"Range": f"bytes={position}-"} if position else {}
                answer = self._store.client.get_object(
                    Bucket=self._store.bucket, Key=key, IfMatch=file.etag, **wanted
                )
                with closing(answer["Body"]) as body:
                    while block := body.read(_BLOCK):
                        self._check()
                        yield block
                        self._advance(len(block))
                        position += len(block)
                        tries = 0
                return
            except BotoCoreError:
                tries += 1
                if tries >= _TRIES:
                    raise

    def _of_metadata(self, key: str, file: File) -> Iterator[tuple[str, str]]:
        if file.core_metadata is None:
            return
        metadata_key = keys.metadata_of(key)
        stored = self._store.read(metadata_key)
        if stored is None:
            raise MissingObjectError(metadata_key)
        if hashlib.sha256(stored.body).hexdigest() != file.core_metadata.sha256:
            yield metadata_key, "has another SHA-256 than on the page"
        try:
            inside = inspect(open_distribution(self._bucket, key)).raw_metadata
        except RefusedError as error:
            yield key, f"would be refused today: {str(error).removesuffix('.')}"
            return
        if stored.body != inside:
            yield metadata_key, "is not the METADATA that is in the wheel"
