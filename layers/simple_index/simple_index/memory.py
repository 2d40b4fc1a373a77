"""What the index remembers in its own JSON pages: the way back from `pep691.render_detail`.

A page may have been touched by other hands, so each value is checked as it is read.
"""

import json
from datetime import UTC, datetime
from operator import index
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from simple_index.errors import InvalidPageError
from simple_index.filenames import is_normalized
from simple_index.model import File, Marker, ProjectDetail, ProjectList, Removed, Sidecar, Status, Unlisted
from simple_index.pep691 import Writing

__all__ = ["parse_detail", "parse_list"]

# What reading JSON of another shape raises: OverflowError for times that have no UTC, RecursionError for
# brackets within brackets.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


def parse_detail(page: bytes) -> tuple[ProjectDetail, Writing]:
    """Read back what `pep691.render_detail` wrote. Raises `InvalidPageError`."""
    try:
        fields = json.loads(page)
        detail = ProjectDetail(
            project=_project_name(fields["name"]),
            files=tuple(_parse_file(file) for file in fields.get("_files", fields["files"])),
            status=_parse_status(fields),
            removed=tuple(_parse_removed(removed) for removed in fields.get("_removed", [])),
            unlisted=tuple(_parse_unlisted(unlisted) for unlisted in fields.get("_unlisted", [])),
            since=_text(fields["_since"]),
        )
        return detail, _parse_meta(fields)
    except _UNREADABLE as error:
        raise InvalidPageError(f"not a project page of this index: {error}") from error


def parse_list(page: bytes) -> tuple[ProjectList, Writing]:
    """Read back what `pep691.render_list` wrote. Raises `InvalidPageError`."""
    try:
        fields = json.loads(page)
        projects = ProjectList(
            projects=_parse_listed(fields["projects"]), emptied=_parse_listed(fields["_emptied"])
        )
        return projects, _parse_meta(fields)
    except _UNREADABLE as error:
        raise InvalidPageError(f"not a project list of this index: {error}") from error


def _parse_listed(projects: list[dict[str, str]]) -> dict[NormalizedName, str]:
    return {_project_name(project["name"]): _text(project["_since"]) for project in projects}


def _project_name(name: str) -> NormalizedName:
    if not is_normalized(name):
        raise ValueError(f"{name!r} is no project's name")
    return NormalizedName(name)


def _parse_meta(fields: dict[str, Any]) -> Writing:
    meta = fields["meta"]
    return Writing(nonce=_text(meta["_nonce"]), html_etag=_text(meta["_html_etag"]))


def _parse_status(fields: dict[str, Any]) -> Status | None:
    if "project-status" not in fields:
        return None
    status = fields["project-status"]
    return Status(
        name=_text(status["status"]),
        reason=_text(status.get("reason", "")),
        etag=_text(fields["_status_etag"]),
    )


def _parse_removed(fields: dict[str, Any]) -> Removed:
    return Removed(
        filename=_text(fields["filename"]), sha256=_text(fields["sha256"]), etag=_text(fields["_etag"])
    )


def _parse_unlisted(fields: dict[str, Any]) -> Unlisted:
    return Unlisted(
        filename=_text(fields["filename"]),
        reason=_text(fields["reason"]),
        etag=_text(fields["_etag"]),
        size=index(fields["size"]),
    )


def _parse_file(fields: dict[str, Any]) -> File:
    requires_python = fields.get("requires-python")
    return File(
        filename=_text(fields["filename"]),
        version=str(Version(fields["_version"])),
        sha256=_text(fields["hashes"]["sha256"]),
        size=index(fields["size"]),
        upload_time=datetime.fromisoformat(fields["upload-time"]).astimezone(UTC),
        requires_python=None if requires_python is None else _text(requires_python),
        core_metadata=_parse_sidecar(fields),
        yanked=_parse_yanked(fields),
        provenance=_text(fields["provenance"]) if "provenance" in fields else None,
        etag=_text(fields["_etag"]),
    )


def _parse_sidecar(fields: dict[str, Any]) -> Sidecar | None:
    if "core-metadata" not in fields:
        return None
    return Sidecar(sha256=_text(fields["core-metadata"]["sha256"]), etag=_text(fields["_metadata_etag"]))


def _parse_yanked(fields: dict[str, Any]) -> Marker | None:
    if "yanked" not in fields:
        return None
    reason = fields["yanked"]
    return Marker(text="" if reason is True else _text(reason), etag=_text(fields["_yanked_etag"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    value.encode()  # refuses lone surrogates, which JSON can hold and HTML cannot
    return value
