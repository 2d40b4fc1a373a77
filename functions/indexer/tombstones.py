"""The names of files that are gone: each is remembered by an object, with the hash it stood for.

So a name that was removed never comes back for other bytes, whatever becomes of the pages.
"""

import json

from indexer.bucket import Bucket, Listed
from indexer.folder import Folder
from indexer.texts import Texts
from simple_index import keys
from simple_index.model import File, ProjectDetail, Removed

__all__ = ["bury", "published_sha256", "read_tombstones"]


def read_tombstones(texts: Texts, folder: Folder, before: ProjectDetail) -> dict[str, Removed]:
    """The remembered files by name; each object is read once, for its ETag is on the page before.

    Raises `ConflictError` if one is going just now.
    """
    known = {(removed.filename, removed.etag): removed for removed in before.removed}
    return {
        filename: known.get((filename, listed.etag)) or _read(texts, folder, filename, listed)
        for filename, listed in folder.remembered_files()
    }


def bury(bucket: Bucket, folder: Folder, file: File) -> Removed:
    """Remember *file*, which is gone. Raises `ConflictError` if another handler does so just now."""
    key = keys.removed_of(keys.project_prefix(folder.project) + file.filename)
    body = json.dumps({"filename": file.filename, "sha256": file.sha256}).encode()
    return Removed(filename=file.filename, sha256=file.sha256, etag=bucket.write_new(key, body))


def published_sha256(page: ProjectDetail | None, filename: str) -> str | None:
    """The hash that *filename* stands for or once stood for, as far as *page* knows."""
    if page is None:
        return None
    entries: tuple[File | Removed, ...] = (*page.files, *page.removed)
    return next((entry.sha256 for entry in entries if entry.filename == filename), None)


def _read(texts: Texts, folder: Folder, filename: str, listed: Listed) -> Removed:
    # A file that came back is judged by it, and that cannot wait.
    came_back = folder.get(keys.project_prefix(folder.project) + filename) is not None
    stored = texts.read(listed) if came_back else texts.find(listed)
    if stored is None:  # the name stays closed, and the object is asked for again
        return Removed(filename=filename, sha256="", etag="")
    try:
        sha256 = str(json.loads(stored)["sha256"])
    except (ValueError, LookupError, TypeError, RecursionError):
        sha256 = ""  # of other hands: a hash that no file has, so the name stays closed
    return Removed(filename=filename, sha256=sha256, etag=listed.etag)
