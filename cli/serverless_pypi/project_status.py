"""A project as its page shows it, and the object by which an operator sets its status (PEP 792)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version

from serverless_pypi.printable import printable
from serverless_pypi.store import Store
from serverless_pypi.terminal import table
from serverless_pypi.wording import counted, sized
from simple_index import keys
from simple_index.model import File, ProjectDetail, Status

__all__ = ["ACTIVE", "as_json", "as_text", "is_shown", "set_status", "status_of"]

#: What a project is of which nobody says anything.
ACTIVE = Status(name="active", reason="", etag="")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Release:
    version: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def yanked(self) -> list[File]:
        return [file for file in self.files if file.yanked is not None]

    @property
    def reasons(self) -> list[str]:
        """Why it is yanked, each reason once."""
        texts = {file.yanked.text for file in self.files if file.yanked is not None}
        return sorted(texts - {""})

    @property
    def uploaded(self) -> datetime:
        """When the first of it came."""
        return min(file.upload_time for file in self.files)


def status_of(detail: ProjectDetail) -> Status:
    return detail.status or ACTIVE


def is_shown(detail: ProjectDetail, status: Status) -> bool:
    """Whether the page was written with that very object, or with none."""
    shown = status_of(detail)
    return (shown.name, shown.etag) == (status.name, status.etag)


def set_status(store: Store, detail: ProjectDetail, name: str, reason: str | None) -> Status:
    """Set the project's status; the page shows it as soon as the indexer has read it.

    Where the status is that already, and no *reason* is given, it keeps the one it has.
    """
    key, before = keys.status_of(detail.project), status_of(detail)
    if name == ACTIVE.name:
        if any(listed.key == key for listed in store.list(key)):
            store.delete(key)
        return ACTIVE
    if reason is None:
        reason = before.reason if before.name == name else ""
    return Status(name=name, reason=reason, etag=store.put(key, f"{name}\n{reason}\n".encode()))


def as_json(detail: ProjectDetail) -> dict[str, Any]:
    status = status_of(detail)
    return {
        "project": detail.project,
        "status": status.name,
        "reason": status.reason or None,
        "files": len(detail.files),
        "size": sum(file.size for file in detail.files),
        "yanked": sum(file.yanked is not None for file in detail.files),
        "releases": [_release_fields(release) for release in _releases(detail.files)],
        "removed": _removed(detail),
        "unlisted": [{"filename": one.filename, "reason": one.reason} for one in detail.unlisted],
    }


def _release_fields(release: _Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "files": len(release.files),
        "size": release.size,
        "uploaded": release.uploaded.isoformat(),
        "yanked": len(release.yanked),
        "reasons": release.reasons,
    }


def as_text(detail: ProjectDetail) -> str:
    status, releases = status_of(detail), _releases(detail.files)
    lines = [f"{detail.project} is {status.name}" + (f": {status.reason}" if status.reason else "")]
    lines.append(
        f"{counted(len(detail.files), 'file')} of {counted(len(releases), 'release')}, "
        f"{sized(sum(file.size for file in detail.files))}; "
        f"{sum(file.yanked is not None for file in detail.files)} yanked, {len(_removed(detail))} removed"
    )
    lines += [f"not listed: {printable(one.filename)}: {one.reason}" for one in detail.unlisted]
    if releases:
        lines += ["", table(("VERSION", "FILES", "SIZE", "UPLOADED", "YANKED"), map(_row, releases))]
    return "\n".join(lines)


def _removed(detail: ProjectDetail) -> list[str]:
    """The names of removed files, but for those that have come back."""
    there = {file.filename for file in detail.files}
    return [removed.filename for removed in detail.removed if removed.filename not in there]


def _row(release: _Release) -> Sequence[str]:
    yanked = f"{len(release.yanked)} of {len(release.files)}" if release.yanked else ""
    return (
        release.version,
        str(len(release.files)),
        sized(release.size),
        f"{release.uploaded:%Y-%m-%d}",
        ": ".join(part for part in (yanked, "; ".join(release.reasons)) if part),
    )


def _releases(files: Iterable[File]) -> list[_Release]:
    """The newest first."""
    by_version: dict[str, list[File]] = {}
    for file in files:
        by_version.setdefault(file.version, []).append(file)
    in_order = sorted(by_version, key=Version, reverse=True)
    return [_Release(version=version, files=tuple(by_version[version])) for version in in_order]
