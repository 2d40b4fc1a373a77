"""What an SQS batch of S3 notifications asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from packaging.utils import NormalizedName

from simple_index import keys
from simple_index.filenames import is_normalized

__all__ = ["Work", "rebuild_message", "reconcile_message", "work_of"]

_PROJECT_LIST = (keys.PROJECT_LIST_JSON, keys.PROJECT_LIST_HTML)


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Uploads to file and projects to rebuild. An event is only a hint: the bucket says what is true."""

    uploads: frozenset[str] = field(default_factory=frozenset)
    projects: frozenset[NormalizedName] = field(default_factory=frozenset)
    #: The objects for whose sake the projects are rebuilt.
    causes: frozenset[str] = field(default_factory=frozenset)
    #: Whether the project list itself was touched by other hands.
    project_list: bool = False
    #: Where a walk over the whole bucket is to begin, or to go on; None where none is asked for.
    reconcile_after: str | None = None


def work_of(body: str) -> Work:
    """The work that one message asks for; none for ``s3:TestEvent`` and keys that are not ours.

    Beside S3, the schedule, operators and the indexer itself send messages: see `reconcile_message` and
    `rebuild_message`. Raises ValueError, LookupError, TypeError, AttributeError or RecursionError for any
    other body.
    """
    notification = json.loads(body)
    if notification.get("Event") == "s3:TestEvent":
        return Work()
    if "reconcile" in notification:
        after = notification["reconcile"].get("after", "")
        return Work(reconcile_after="" if after == "" else _project_name(after))
    if "rebuild" in notification:
        return Work(projects=frozenset({_project_name(notification["rebuild"]["project"])}))
    changes = [_change_of(record) for record in notification["Records"] if not _is_of_an_old_version(record)]
    rebuilt_for = {
        key: project for removed, key in changes if (project := _project_to_rebuild(key, removed=removed))
    }
    return Work(
        uploads=frozenset(key for removed, key in changes if not removed and _is_upload(key)),
        projects=frozenset(rebuilt_for.values()),
        causes=frozenset(rebuilt_for),
        project_list=any(removed and key in _PROJECT_LIST for removed, key in changes),
    )


def reconcile_message(after: str) -> str:
    """The message that asks for a walk over the bucket, from behind the project *after* on."""
    return json.dumps({"reconcile": {"after": after}})


def rebuild_message(project: NormalizedName) -> str:
    """The message that asks for one project's pages to be made true."""
    return json.dumps({"rebuild": {"project": project}})


def _project_name(name: str) -> NormalizedName:
    if not is_normalized(name):
        raise ValueError(f"{name!r} is no project's name")
    return NormalizedName(name)


def _is_of_an_old_version(record: Mapping[str, Any]) -> bool:
    """Whether a lifecycle rule has deleted a version of an object, which was not the current one.

    "It also notifies you when an object version is permanently deleted": so each page that we wrote would,
    when it expires, have its project rebuilt, and that leaves another page to expire.
    """
    return record["eventName"] == "LifecycleExpiration:Delete" and bool(
        record["s3"]["object"].get("versionId")
    )


def _change_of(record: Mapping[str, Any]) -> tuple[bool, str]:
    # "The key name value is URL encoded": form-encoded, so that a plus sign is a space.
    key = unquote_plus(record["s3"]["object"]["key"])
    return not record["eventName"].startswith("ObjectCreated:"), key


def _is_upload(key: str) -> bool:
    return key.startswith(keys.INCOMING) and not key.endswith("/")


def _project_to_rebuild(key: str, *, removed: bool) -> NormalizedName | None:
    """The project whose pages this change makes doubtful.

    What appears by our own writing makes none; that it disappears does, for we did not do that.
    """
    ours = keys.is_written_by_indexer(key)
    return None if ours and not removed else keys.normalized_project_of(key)
