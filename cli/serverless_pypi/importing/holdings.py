"""What the index has of a project before anything is added to it."""

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from packaging.utils import NormalizedName

from serverless_pypi.index import Index
from serverless_pypi.store import Store
from simple_index import keys
from simple_index.model import ProjectDetail, Status

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

__all__ = ["Holdings", "Standing", "read_standing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A file that is there."""

    #: Bytes; None where nobody has seen it yet.
    size: int | None
    #: Hexadecimal; None where S3 was not told, and the indexer has not come to it.
    sha256: str | None
    #: Whether the project's page lists it, as this object.
    is_listed: bool = False
    is_yanked: bool = False


class Holdings:
    """A project's folder and page, read when they are made: one LIST for each thousand objects.

    Raises `UnreadablePageError`.
    """

    def __init__(self, index: Index, project: NormalizedName) -> None:
        self._store = index.store
        self._prefix = keys.project_prefix(project)
        # The page first: what is on it and not in a later LIST was taken away, and not put there meanwhile.
        page = index.page(project)
        self._detail = page.detail if page else ProjectDetail(project=project)
        self._objects = {
            listed.key: listed
            for listed in self._store.list(self._prefix)
            if keys.project_of(listed.key) == project
        }
        self._files = {file.filename: file for file in self._detail.files}

    @property
    def status(self) -> Status | None:
        return self._detail.status

    @cached_property
    def removed(self) -> frozenset[str]:
        """The filenames that were there once. What was deleted a moment ago the page has still to learn."""
        gone = {name for name in self._files if self._prefix + name not in self._objects}
        return frozenset(gone | {one.filename for one in self._detail.removed} - self.filenames)

    @cached_property
    def filenames(self) -> frozenset[str]:
        return frozenset(keys.filename_of(key) for key in self._objects if keys.is_distribution(key))

    def standing(self, filename: str) -> Standing | None:
        """The file of that name; S3 is asked about one that the page does not know yet."""
        key = self._prefix + filename
        listed, file = self._objects.get(key), self._files.get(filename)
        if listed is None:
            return None
        is_yanked = keys.yanked_of(key) in self._objects
        if file is not None and (file.etag, file.size) == (listed.etag, listed.size):
            return Standing(size=file.size, sha256=file.sha256, is_listed=True, is_yanked=is_yanked)
        asked = read_standing(self._store, key)
        return Standing(size=listed.size, sha256=asked.sha256 if asked else None, is_yanked=is_yanked)


def read_standing(store: Store, key: str) -> Standing | None:
    """What S3 says of the file under *key*; None where there is none."""
    try:
        head = store.client.head_object(Bucket=store.bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise
    return Standing(size=head["ContentLength"], sha256=_sha256(head))


def _sha256(head: "HeadObjectOutputTypeDef") -> str | None:
    """Of the whole object: one of its parts ends in their number."""
    checksum = head.get("ChecksumSHA256", "-")
    return None if "-" in checksum else base64.b64decode(checksum).hex()
