"""The entries of a project's page: one for each distribution in its folder, remembered or described."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from simple_index import keys
from simple_index.errors import AlreadyPublishedError, RefusedError
from simple_index.model import File, Removed

from indexer.bucket import Bucket, Listed
from indexer.describing import describe
from indexer.errors import ConflictError, MissingObjectError
from indexer.filing import Refused
from indexer.folder import Folder
from indexer.markers import yanked_marker_of
from indexer.rejecting import reject

__all__ = ["Memory", "entries_of"]


class Memory:
    """What was known before: entries by the object they describe, and the hash each name stands for."""

    def __init__(
        self, folder: Folder, known: Iterable[File], fresh: Iterable[File], removed: Mapping[str, Removed]
    ) -> None:
        prefix = keys.project_prefix(folder.project)
        published = tuple(known)
        self._entries = {
            (prefix + file.filename, file.etag, file.size): file for file in (*published, *fresh)
        }
        self._hashes = {name: one.sha256 for name, one in removed.items()}
        self._hashes |= {file.filename: file.sha256 for file in published}

    def find(self, listed: Listed, folder: Folder) -> File | None:
        """The entry of this very object, unless it promises a ``.metadata`` that is not there."""
        file = self._entries.get((listed.key, listed.etag, listed.size))
        if file is None or (file.core_metadata and folder.get(keys.metadata_of(listed.key)) is None):
            return None
        return file

    def check_unchanged(self, listed: Listed, file: File) -> None:
        """Raises `AlreadyPublishedError` if the name stands for other bytes than those of *file*."""
        published = self._hashes.get(file.filename, file.sha256)
        if published != file.sha256:
            raise AlreadyPublishedError(listed.key, published_sha256=published, refused_sha256=file.sha256)


def entries_of(
    bucket: Bucket, folder: Folder, memory: Memory
) -> tuple[tuple[File, ...], tuple[Refused, ...]]:
    """The entries of all that can be listed, and what was moved to ``rejected/`` since it cannot.

    Raises `ConflictError` if the folder changes meanwhile.
    """
    files: list[File] = []
    refused: list[Refused] = []
    for listed in folder.distributions():
        outcome = _entry_or_refusal(bucket, folder, memory, listed)
        if isinstance(outcome, File):
            files.append(_with_companions(bucket, folder, outcome))
        else:
            refused.append(outcome)
    return tuple(files), tuple(refused)


def _entry_or_refusal(bucket: Bucket, folder: Folder, memory: Memory, listed: Listed) -> File | Refused:
    try:
        file = memory.find(listed, folder) or describe(bucket, listed.key)
        memory.check_unchanged(listed, file)
    except RefusedError as error:
        reject(bucket, listed.key, etag=listed.etag, error=error)
        return Refused(key=listed.key, reason=str(error))
    except MissingObjectError as error:  # deleted since the LIST
        raise ConflictError(listed.key) from error
    return file


def _with_companions(bucket: Bucket, folder: Folder, file: File) -> File:
    provenance = keys.provenance_of(keys.project_prefix(folder.project) + file.filename)
    return replace(
        file,
        yanked=yanked_marker_of(bucket, folder, file),
        provenance=folder.get(provenance) is not None,
    )
