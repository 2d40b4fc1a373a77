"""The JSON pages (PEP 691, with 700, 658 and 714), and the index's own memory inside them.

A page is also what the indexer remembers of a project. What it needs beyond the specification stands
under names that begin with ``_``, which PEP 691 reserves for the server: ``_etag`` and ``_version`` of
each file, ``_nonce`` that makes each page's bytes new, and ``_html_etag`` of the HTML page written
with it.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import index
from typing import Any
from urllib.parse import quote

from packaging.utils import NormalizedName
from packaging.version import Version

from simple_index.errors import InvalidPageError
from simple_index.model import API_VERSION, File, ProjectDetail, ProjectList

__all__ = [
    "CONTENT_TYPE",
    "Writing",
    "file_url",
    "parse_detail",
    "parse_list",
    "render_detail",
    "render_list",
    "versions_of",
]

CONTENT_TYPE = "application/vnd.pypi.simple.v1+json"

# What reading JSON of another shape raises: OverflowError for times that have no UTC, RecursionError for
# brackets within brackets.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """One writing of a pair of pages, told apart from every other."""

    #: Fresh for each attempt: S3's ETag is a hash of the content, so equal bytes would look unchanged.
    nonce: str
    #: ETag of the HTML page that belongs to this JSON page.
    html_etag: str


def file_url(filename: str) -> str:
    """A file's URL relative to its project's page.

    ``+`` is written ``%2B``, since S3 reads a ``+`` in a path as a space; ``./`` keeps any name from
    being read as a scheme.
    """
    return "./" + quote(filename, safe="")


def versions_of(detail: ProjectDetail) -> list[str]:
    """PEP 700: "All versions listed MUST be unique"; ours are in order, oldest first."""
    return sorted({file.version for file in detail.files}, key=Version)


def render_detail(detail: ProjectDetail, writing: Writing) -> bytes:
    """A project's page. The same values give the same bytes."""
    return _dump(
        {
            "meta": _meta(writing),
            "name": detail.project,
            "versions": versions_of(detail),
            "files": [_file_fields(file) for file in sorted(detail.files, key=_filename)],
        }
    )


def render_list(projects: ProjectList, writing: Writing) -> bytes:
    """The list of projects. The same values give the same bytes."""
    return _dump(
        {
            "meta": _meta(writing),
            "projects": [{"name": project} for project in sorted(projects.projects)],
        }
    )


def parse_detail(page: bytes) -> tuple[ProjectDetail, Writing]:
    """Read back what `render_detail` wrote. Raises `InvalidPageError`."""
    try:
        fields = json.loads(page)
        files = tuple(_parse_file(file) for file in fields["files"])
        return ProjectDetail(project=NormalizedName(_text(fields["name"])), files=files), _parse_meta(fields)
    except _UNREADABLE as error:
        raise InvalidPageError(f"not a project page of this index: {error}") from error


def parse_list(page: bytes) -> tuple[ProjectList, Writing]:
    """Read back what `render_list` wrote. Raises `InvalidPageError`."""
    try:
        fields = json.loads(page)
        names = frozenset(NormalizedName(_text(project["name"])) for project in fields["projects"])
        return ProjectList(projects=names), _parse_meta(fields)
    except _UNREADABLE as error:
        raise InvalidPageError(f"not a project list of this index: {error}") from error


def _meta(writing: Writing) -> dict[str, str]:
    return {"api-version": API_VERSION, "_nonce": writing.nonce, "_html_etag": writing.html_etag}


def _parse_meta(fields: dict[str, Any]) -> Writing:
    meta = fields["meta"]
    return Writing(nonce=_text(meta["_nonce"]), html_etag=_text(meta["_html_etag"]))


def _file_fields(file: File) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "filename": file.filename,
        "url": file_url(file.filename),
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": _upload_time(file.upload_time),
        "_version": file.version,
        "_etag": file.etag,
    }
    if file.requires_python is not None:
        fields["requires-python"] = file.requires_python
    if file.core_metadata is not None:
        fields["core-metadata"] = {"sha256": file.core_metadata}
    return fields


def _parse_file(fields: dict[str, Any]) -> File:
    requires_python = fields.get("requires-python")
    core_metadata = fields.get("core-metadata")
    return File(
        filename=_text(fields["filename"]),
        version=str(Version(fields["_version"])),
        sha256=_text(fields["hashes"]["sha256"]),
        size=index(fields["size"]),
        upload_time=datetime.fromisoformat(fields["upload-time"]).astimezone(UTC),
        requires_python=None if requires_python is None else _text(requires_python),
        core_metadata=None if core_metadata is None else _text(core_metadata["sha256"]),
        etag=_text(fields["_etag"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    value.encode()  # refuses lone surrogates, which JSON can hold and HTML cannot
    return value


def _upload_time(time: datetime) -> str:
    """PEP 700: "yyyy-mm-ddThh:mm:ss.ffffffZ … MUST be UTC"."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _filename(file: File) -> str:
    return file.filename


def _dump(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
