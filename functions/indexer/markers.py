"""What an operator says by putting an object beside a file or into a project's folder.

A text is read once for each object: its ETag is remembered on the page. Texts come from people's
editors and shells, and go onto pages: they are shortened and freed of what cannot be printed. A marker that
cannot be read counts all the same, since it says something by standing there; no ETag is remembered of it,
so that it is read as soon as that can be.
"""

from urllib.parse import quote

from indexer.bucket import Bucket
from indexer.folder import Folder
from indexer.texts import Texts
from simple_index import keys
from simple_index.model import File, Marker, Status

__all__ = ["provenance_url_of", "status_of", "yanked_marker_of"]

#: Characters.
_LONGEST_REASON = 500
_STATUSES = ("active", "archived", "deprecated", "quarantined")


def yanked_marker_of(texts: Texts, folder: Folder, file: File) -> Marker | None:
    """The marker that yanks *file* (PEP 592), or None. Raises `ConflictError` if it is going just now."""
    listed = folder.get(keys.yanked_of(keys.project_prefix(folder.project) + file.filename))
    if listed is None:
        return None
    if file.yanked is not None and file.yanked.etag == listed.etag:
        return file.yanked
    text = texts.find(listed)
    if text is None:
        return Marker(text="", etag="")
    return Marker(text=_reason(_decode(text)), etag=listed.etag)


def provenance_url_of(bucket: Bucket, folder: Folder, file: File) -> str | None:
    """Where the attestations of *file* are read (PEP 740); None without any, or without a known index URL."""
    if bucket.index_url is None or folder.get(_provenance_key(folder, file)) is None:
        return None
    return f"{bucket.index_url}{folder.project}/{quote(file.filename, safe='')}.provenance"


def _provenance_key(folder: Folder, file: File) -> str:
    return keys.provenance_of(keys.project_prefix(folder.project) + file.filename)


def status_of(texts: Texts, folder: Folder, remembered: Status | None) -> Status | None:
    """The project's status (PEP 792), or None where nobody has said any.

    A status that does not exist hides the files, and says so on the page: whoever mistyped
    ``quarantined`` meant that, and whoever mistyped another sees it at once. So does one that cannot be
    read. Raises `ConflictError` if it is going just now.
    """
    listed = folder.get(keys.status_of(folder.project))
    if listed is None:
        return None
    if remembered is not None and remembered.etag == listed.etag:
        return remembered
    text = texts.read(listed)
    if text is None:
        return Status(name="quarantined", reason="The object .status cannot be read.", etag="")
    first_line, _, rest = _decode(text).strip().partition("\n")
    name = first_line.strip().lower()
    if name in _STATUSES:
        return Status(name=name, reason=_reason(rest), etag=listed.etag)
    problem = f"The object .status says {_reason(first_line)!r}, which is none of {', '.join(_STATUSES)}."
    return Status(name="quarantined", reason=problem, etag=listed.etag)


def _decode(text: bytes) -> str:
    # Editors on Windows begin a file with a byte order mark, which is no part of its first word.
    return text.decode("utf-8-sig", errors="replace")


def _reason(text: str) -> str:
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)[:_LONGEST_REASON]
