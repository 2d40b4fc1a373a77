"""From ``incoming/`` to the canonical key: what `handler` does for each upload."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from packaging.utils import NormalizedName

from indexer.bucket import Bucket, Published
from indexer.describing import inspect, open_distribution, record
from indexer.errors import ConflictError, MissingObjectError
from indexer.ranged import RangedObject
from indexer.rejecting import Refused, reject
from indexer.retries import retry_on_conflict
from indexer.tombstones import published_sha256
from simple_index import keys
from simple_index.errors import (
    AlreadyPublishedError,
    ClosedProjectError,
    LimitedUploadError,
    RefusedError,
)
from simple_index.filenames import parse_filename
from simple_index.model import File, ProjectDetail

__all__ = ["Filed", "Gone", "PageOf", "file_upload"]

PageOf = Callable[[NormalizedName], ProjectDetail | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """The upload is a published file."""

    key: str
    project: NormalizedName
    file: File


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """There is no upload any more; a delivery before this one may have filed it and then stopped."""

    key: str
    #: Whose pages must be looked at, if the filename says so much.
    project: NormalizedName | None


def file_upload(
    bucket: Bucket, key: str, page_of: PageOf, *, pause: Callable[[float], None] = time.sleep
) -> Filed | Refused | Gone:
    """Validate the upload under *key*, publish it under its canonical key and delete it.

    *page_of* gives what the page of a project says before, or None where there is none.

    What was validated is what is published: the copy and the deletion are bound to the ETag that was
    read, and an upload that changes meanwhile is looked at again. Raises `ContentionError` if it never
    stands still.
    """
    return retry_on_conflict(key, lambda _conflicts: _file_once(bucket, key, page_of), pause)


def _file_once(bucket: Bucket, key: str, page_of: PageOf) -> Filed | Refused | Gone:
    try:
        upload = open_distribution(bucket, key)
    except MissingObjectError:
        return Gone(key=key, project=_project_of(key))
    try:
        filed = _publish(bucket, upload, page_of)
    except RefusedError as error:
        return reject(bucket, upload, error)
    bucket.delete(key, etag=upload.etag)
    return filed


def _publish(bucket: Bucket, upload: RangedObject, page_of: PageOf) -> Filed:
    _check_limit(upload.key)
    inspection = inspect(upload)
    distribution = inspection.distribution
    target = keys.distribution_file(distribution)
    page = page_of(distribution.project)
    if page is not None and page.status is not None and not page.status.takes_files:
        raise ClosedProjectError(distribution.project, page.status.name)
    known = published_sha256(page, distribution.filename)
    if known is not None:
        _check_same(bucket, upload, target, known)
    try:
        published = bucket.publish(upload, target)
    except ConflictError:
        published = _published_before(bucket, upload, target)
    file = record(bucket, published, inspection)
    return Filed(key=upload.key, project=distribution.project, file=file)


def _check_limit(key: str) -> None:
    """Raises `LimitedUploadError` if the folder of the upload under *key* is another project's.

    The filename says whose it is, and `inspect` that what is inside agrees.
    """
    limit, project = keys.limit_of(key), parse_filename(keys.filename_of(key)).project
    if limit not in (None, project):
        raise LimitedUploadError(key, limit=limit, project=project)


def _published_before(bucket: Bucket, upload: RangedObject, target: str) -> Published:
    """The file that stands under *target* already: to publish the same again is a success."""
    try:
        published = bucket.published(target)
    except MissingObjectError:  # so it was the upload that changed
        raise ConflictError(upload.key) from None
    if (published.upload_etag, published.size) != (upload.etag, upload.size):  # else it is our own copy
        _check_same(bucket, upload, target, published.sha256)
    return published


def _check_same(bucket: Bucket, upload: RangedObject, target: str, published_sha256: str) -> None:
    """Raises `AlreadyPublishedError` if *upload* is not what *target* stands for, or stood for."""
    sha256 = bucket.sha256(upload.key, upload.etag)
    if sha256 != published_sha256:
        raise AlreadyPublishedError(target, published_sha256=published_sha256, refused_sha256=sha256)


def _project_of(key: str) -> NormalizedName | None:
    try:
        return parse_filename(keys.filename_of(key)).project
    except RefusedError:
        return None
