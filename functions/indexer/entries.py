"""The entries of a project's page: one for each distribution in its folder, remembered or described."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from indexer.answers import is_object_fault
from indexer.bucket import Bucket, Listed
from indexer.describing import describe
from indexer.errors import ConflictError, MissingObjectError
from indexer.folder import Folder
from indexer.markers import provenance_url_of, yanked_marker_of
from indexer.rejecting import Refused, write_reason
from indexer.texts import Texts
from simple_index import keys
from simple_index.errors import AlreadyPublishedError, RefusedError
from simple_index.model import File, ProjectDetail, Removed, Unlisted

__all__ = ["Entries", "Memory", "entries_of"]

Entry = File | Unlisted


class Memory:
    """What is known of the objects of one project. It outlives conflicts: nothing is read twice."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, int], Entry] = {}
        self._hashes: dict[str, str] = {}
        #: Why S3 does not give an object: it is not asked for again, unless a conflict has us begin again.
        self.faults: dict[Listed, Exception] = {}

    def learn(self, *entries: Entry) -> None:
        for entry in entries:
            self._entries[entry.filename, entry.etag, entry.size] = entry

    def learn_page(self, page: ProjectDetail, removed: Mapping[str, Removed]) -> None:
        """Take over what *page* says, and for which bytes each name stands or stood."""
        self.learn(*page.files, *page.unlisted)
        self._hashes = {name: one.sha256 for name, one in removed.items()}
        self._hashes |= {file.filename: file.sha256 for file in page.files}

    def find(self, listed: Listed, folder: Folder) -> Entry | None:
        """The entry of this very object, if all of it is still right.

        Its ``.metadata`` must be there as written; and a file that was filed just now may have a name that
        stood for others, which nobody had said when it was filed.
        """
        entry = self._entries.get((keys.filename_of(listed.key), listed.etag, listed.size))
        if isinstance(entry, File) and not (folder.metadata_stands(entry) and self._may_stand(entry)):
            return None
        return entry

    def find_without_metadata(self, listed: Listed) -> Entry | None:
        """The entry of this very object, promising nothing beside it: what can be said before it is read."""
        entry = self._entries.get((keys.filename_of(listed.key), listed.etag, listed.size))
        if not isinstance(entry, File):
            return entry
        return replace(entry, core_metadata=None) if self._may_stand(entry) else None

    def _may_stand(self, file: File) -> bool:
        return self._hashes.get(file.filename, file.sha256) == file.sha256

    def check_unchanged(self, listed: Listed, file: File) -> None:
        """Raises `AlreadyPublishedError` if the name stands for other bytes than those of *file*."""
        published = self._hashes.get(file.filename, file.sha256)
        if published != file.sha256:
            raise AlreadyPublishedError(listed.key, published_sha256=published, refused_sha256=file.sha256)


@dataclass(kw_only=True, slots=True)
class Entries:
    """What was found out about a folder."""

    files: list[File] = field(default_factory=list)
    unlisted: list[Unlisted] = field(default_factory=list)
    #: Refused just now, not before.
    refused: list[Refused] = field(default_factory=list)
    #: Objects that S3 does not give us, by key. They keep nothing else from being listed; what was known of
    #: them before stays on the page.
    failed: dict[str, Exception] = field(default_factory=dict)
    #: How many objects were to be described anew, of how many that succeeded, and how many still are to be.
    described: int = 0
    learned: int = 0
    left: int = 0


def entries_of(bucket: Bucket, texts: Texts, folder: Folder, memory: Memory, *, most: int) -> Entries:
    """The entries of *folder*, of which at most *most* are described anew.

    A file that the page names, and that is to be described again, stays on it until then.

    Raises `ConflictError` if the folder changes meanwhile, and whatever S3 raises when it is not well.
    """
    entries = Entries()
    for listed in folder.distributions():
        entry = memory.find(listed, folder)
        if entry is None and listed in memory.faults:
            entries.failed[listed.key] = memory.faults[listed]
            entry = memory.find_without_metadata(listed)
        elif entry is None and entries.described >= most:
            entries.left += 1
            entry = memory.find_without_metadata(listed)
        elif entry is None:
            entries.described += 1
            entry = _describe(bucket, listed, memory, entries)
            entries.learned += listed not in memory.faults
        if isinstance(entry, File):
            entries.files.append(_with_companions(bucket, texts, folder, entry))
        elif entry is not None:
            entries.unlisted.append(entry)
    return entries


def _describe(bucket: Bucket, listed: Listed, memory: Memory, entries: Entries) -> Entry | None:
    try:
        entry: Entry = _describe_or_refuse(bucket, listed, memory, entries)
    except MissingObjectError as error:  # deleted since the LIST
        raise ConflictError(listed.key) from error
    except Exception as error:
        if not is_object_fault(error):
            raise
        entries.failed[listed.key] = memory.faults[listed] = error
        return memory.find_without_metadata(listed)
    memory.learn(entry)
    return entry


def _describe_or_refuse(bucket: Bucket, listed: Listed, memory: Memory, entries: Entries) -> Entry:
    try:
        file = describe(bucket, listed.key)
        if (file.etag, file.size) != (listed.etag, listed.size):
            raise ConflictError(listed.key)
        memory.check_unchanged(listed, file)
    except RefusedError as error:
        # It stays where it is: an administrator put it there, and it may have been published long ago.
        entries.refused.append(write_reason(bucket, listed.key, etag=listed.etag, error=error))
        name = keys.filename_of(listed.key)
        return Unlisted(filename=name, reason=str(error), etag=listed.etag, size=listed.size)
    return file


def _with_companions(bucket: Bucket, texts: Texts, folder: Folder, file: File) -> File:
    return replace(
        file,
        yanked=yanked_marker_of(texts, folder, file),
        provenance=provenance_url_of(bucket, folder, file),
    )
