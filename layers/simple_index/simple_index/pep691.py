"""The JSON pages (PEP 691, with 592, 658, 700, 714, 740 and 792), and the index's own memory inside them.

A page is also what the indexer remembers of a project. What it needs beyond the specification stands
under names that begin with ``_``, which PEP 691 reserves for the server: the ETags of what was read,
``_version`` of each file, ``_removed``, ``_files`` where a status keeps ``files`` empty, ``_nonce`` that
makes each page's bytes new, and ``_html_etag`` of the HTML page written with it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from packaging.utils import NormalizedName
from packaging.version import Version

from simple_index.model import API_VERSION, File, ProjectDetail, ProjectList, Removed, Unlisted

__all__ = [
    "CONTENT_TYPE",
    "Writing",
    "file_url",
    "offered_files",
    "render_detail",
    "render_list",
    "versions_of",
]

Entry = TypeVar("Entry", File, Removed, Unlisted)

CONTENT_TYPE = "application/vnd.pypi.simple.v1+json"


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


def offered_files(detail: ProjectDetail) -> list[File]:
    """The files that a page lists, in order; none where the project's status hides them (PEP 792)."""
    if detail.status is not None and detail.status.hides_files:
        return []
    return _in_order(detail.files)


def versions_of(detail: ProjectDetail) -> list[str]:
    """PEP 700: "All versions listed MUST be unique"; ours are in order, oldest first."""
    return sorted({file.version for file in offered_files(detail)}, key=Version)


def render_detail(detail: ProjectDetail, writing: Writing) -> bytes:
    """A project's page. The same values give the same bytes."""
    fields: dict[str, Any] = {
        "meta": _meta(writing),
        "name": detail.project,
        "_since": detail.since,
        "versions": versions_of(detail),
        "files": [_file_fields(file) for file in offered_files(detail)],
    }
    if detail.status is not None:
        reason = {"reason": detail.status.reason} if detail.status.reason else {}
        fields["project-status"] = {"status": detail.status.name, **reason}
        fields["_status_etag"] = detail.status.etag
        if detail.status.hides_files:
            fields["_files"] = [_file_fields(file) for file in _in_order(detail.files)]
    if detail.removed:
        fields["_removed"] = [_removed_fields(removed) for removed in _in_order(detail.removed)]
    if detail.unlisted:
        fields["_unlisted"] = [_unlisted_fields(unlisted) for unlisted in _in_order(detail.unlisted)]
    return _dump(fields)


def render_list(projects: ProjectList, writing: Writing) -> bytes:
    """The list of projects. The same values give the same bytes."""
    return _dump(
        {
            "meta": _meta(writing),
            "projects": _listed(projects.projects),
            "_emptied": _listed(projects.emptied),
        }
    )


def _listed(projects: Mapping[NormalizedName, str]) -> list[dict[str, str]]:
    return [{"name": project, "_since": since} for project, since in sorted(projects.items())]


def _meta(writing: Writing) -> dict[str, str]:
    return {"api-version": API_VERSION, "_nonce": writing.nonce, "_html_etag": writing.html_etag}


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
        fields["core-metadata"] = {"sha256": file.core_metadata.sha256}
        fields["_metadata_etag"] = file.core_metadata.etag
    if file.yanked is not None:
        # "Either a boolean … or a non-empty, arbitrary, string"
        fields["yanked"] = file.yanked.text or True
        fields["_yanked_etag"] = file.yanked.etag
    if file.provenance is not None:
        fields["provenance"] = file.provenance
    return fields


def _removed_fields(removed: Removed) -> dict[str, str]:
    return {"filename": removed.filename, "sha256": removed.sha256, "_etag": removed.etag}


def _unlisted_fields(unlisted: Unlisted) -> dict[str, Any]:
    return {
        "filename": unlisted.filename,
        "reason": unlisted.reason,
        "size": unlisted.size,
        "_etag": unlisted.etag,
    }


def _upload_time(time: datetime) -> str:
    """PEP 700: "yyyy-mm-ddThh:mm:ss.ffffffZ … MUST be UTC"."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.filename)


def _dump(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
