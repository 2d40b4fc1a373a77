"""From a file in the bucket to its entry on a page."""

import hashlib
from dataclasses import dataclass

from indexer.bucket import Bucket, Published
from indexer.errors import ConflictError
from indexer.ranged import RangedObject
from simple_index import keys
from simple_index.archives import read_metadata
from simple_index.errors import MisplacedFileError, UnreadableArchiveError
from simple_index.filenames import Distribution, parse_filename
from simple_index.metadata import CoreMetadata, parse_metadata
from simple_index.model import File, Sidecar

__all__ = ["Inspection", "describe", "inspect", "open_distribution", "record"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the inside of a distribution says, once it agrees with its name."""

    distribution: Distribution
    metadata: CoreMetadata
    #: METADATA or PKG-INFO, byte for byte.
    raw_metadata: bytes


def open_distribution(bucket: Bucket, key: str) -> RangedObject:
    """The object under *key*, read where its kind keeps its core metadata. As `Bucket.open`."""
    return bucket.open(key, at_end=not key.endswith(".tar.gz"))


def inspect(file: RangedObject) -> Inspection:
    """Read a distribution's core metadata and hold it against its name.

    Raises `RefusedError`, and `ConflictError` if the object changes meanwhile.
    """
    distribution = parse_filename(keys.filename_of(file.key))
    if file.size == 0:
        raise UnreadableArchiveError(distribution.filename, "it is empty")
    raw = read_metadata(file, distribution)
    return Inspection(distribution=distribution, metadata=parse_metadata(raw, distribution), raw_metadata=raw)


def record(bucket: Bucket, published: Published, inspection: Inspection) -> File:
    """The page entry of a published file, its ``.metadata`` written first.

    Only a wheel's: PEP 658 serves what an installer would find, and an sdist is built before that.
    """
    core_metadata = None
    if inspection.distribution.kind == "wheel":
        etag = bucket.write_metadata(keys.metadata_of(published.key), inspection.raw_metadata)
        core_metadata = Sidecar(sha256=hashlib.sha256(inspection.raw_metadata).hexdigest(), etag=etag)
    return File(
        filename=inspection.distribution.filename,
        version=inspection.distribution.version,
        sha256=published.sha256,
        size=published.size,
        upload_time=published.upload_time,
        requires_python=inspection.metadata.requires_python,
        core_metadata=core_metadata,
        etag=published.etag,
    )


def describe(bucket: Bucket, key: str) -> File:
    """The page entry of a file that was put under its project by other hands.

    Raises `RefusedError`, `MissingObjectError`, and `ConflictError` if it changes meanwhile.
    """
    distribution = parse_filename(keys.filename_of(key))
    if key != keys.distribution_file(distribution):
        raise MisplacedFileError(key, distribution.project)
    file = open_distribution(bucket, key)
    inspection = inspect(file)
    published = bucket.published(key)
    if published.etag != file.etag:
        raise ConflictError(key)
    return record(bucket, published, inspection)
