"""What an SQS batch of S3 notifications asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from packaging.utils import NormalizedName

from simple_index import keys
from simple_index.filenames import is_normalized

__all__ = ["Work", "reconcile_message", "work_of"]

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

    Beside S3, the schedule and operators send messages: see `reconcile_message`. Raises ValueError,
    LookupError, TypeError or AttributeError for any other body.
    """
    notification = json.loads(body)
    if notification.get("Event") == "s3:TestEvent":
        return Work()
    if "reconcile" in notification:
        return Work(reconcile_after=_project_name(notification["reconcile"].get("after", "")))
    changes = [_change_of(record) for record in notification["Records"]]
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


def _project_name(after: str) -> str:
    if after and not is_normalized(after):
        raise ValueError(f"{after!r} is no project's name")
    return after


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
