import json
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from indexer.events import Work, rebuild_message, work_of

EVENTS = Path(__file__).parents[2] / "events"
WHEEL = "acme_core-1.0-py3-none-any.whl"


def body(*changes: tuple[str, str]) -> str:
    """An S3 notification of these (event name, key as S3 encodes it)."""
    return json.dumps(
        {"Records": [{"eventName": name, "s3": {"object": {"key": key}}} for name, key in changes]}
    )


@pytest.mark.parametrize(
    ("name", "key", "work"),
    [
        ("ObjectCreated:Put", f"incoming/{WHEEL}", Work(uploads=frozenset({f"incoming/{WHEEL}"}))),
        ("ObjectCreated:Copy", "incoming/a/b/x%2B1.whl", Work(uploads=frozenset({"incoming/a/b/x+1.whl"}))),
        ("ObjectCreated:Put", "incoming/two+words.whl", Work(uploads=frozenset({"incoming/two words.whl"}))),
        ("ObjectRemoved:Delete", f"incoming/{WHEEL}", Work()),
        ("ObjectCreated:Put", "incoming/folder/", Work()),
        ("ObjectCreated:Put", f"simple/acme-core/{WHEEL}", Work(projects=frozenset({"acme-core"}))),
        ("ObjectCreated:CompleteMultipartUpload", "simple/a/a-1.zip", Work(projects=frozenset({"a"}))),
        ("ObjectRemoved:DeleteMarkerCreated", "simple/a/a-1.zip", Work(projects=frozenset({"a"}))),
        ("LifecycleExpiration:Delete", "simple/a/a-1.zip", Work(projects=frozenset({"a"}))),
        ("ObjectCreated:Put", "simple/acme-core/index.json", Work()),
        ("ObjectCreated:Put", "simple/acme-core/index.html", Work()),
        ("ObjectCreated:Put", f"simple/acme-core/{WHEEL}.metadata", Work()),
        ("ObjectRemoved:Delete", "simple/acme-core/index.json", Work(projects=frozenset({"acme-core"}))),
        ("ObjectRemoved:Delete", f"simple/a/{WHEEL}.metadata", Work(projects=frozenset({"a"}))),
        ("ObjectCreated:Put", f"simple/acme-core/{WHEEL}.removed", Work()),
        ("ObjectCreated:Put", f"simple/a/{WHEEL}.yanked", Work(projects=frozenset({"a"}))),
        ("ObjectRemoved:Delete", f"simple/a/{WHEEL}.yanked", Work(projects=frozenset({"a"}))),
        ("ObjectCreated:Put", f"simple/a/{WHEEL}.provenance", Work(projects=frozenset({"a"}))),
        ("ObjectCreated:Put", "simple/a/.status", Work(projects=frozenset({"a"}))),
        ("ObjectCreated:Put", "simple/index.json", Work()),
        ("ObjectCreated:Put", "simple/a/b/a-1.zip", Work()),
        ("ObjectCreated:Put", "auth/htpasswd", Work()),
    ],
)
def test_what_a_change_asks_for(name: str, key: str, work: Work) -> None:
    """What the indexer writes itself asks for nothing; that it disappears does."""
    asked = work_of(body((name, key)))
    assert (asked.uploads, asked.projects) == (work.uploads, work.projects)
    assert asked.causes == ({key} if work.projects else set())


@pytest.mark.parametrize("key", ["simple/index.json", "simple/index.html"])
def test_a_project_list_that_disappears_asks_for_itself(key: str) -> None:
    """No project has changed, and it must be written."""
    assert work_of(body(("ObjectRemoved:Delete", key))) == Work(project_list=True)


def test_the_sample_batch_is_understood() -> None:
    """A batch as SQS delivers it, bodies as S3 writes them."""
    batch = json.loads((EVENTS / "sqs-batch.json").read_text())
    works = [work_of(message["body"]) for message in batch["Records"]]
    assert all(work.uploads or work.projects for work in works)


def test_the_test_event_asks_for_nothing() -> None:
    """S3 sends one when the notification is set up."""
    assert work_of((EVENTS / "s3-test-event.json").read_text()) == Work()


def test_an_old_version_that_expires_asks_for_nothing() -> None:
    """Each page that we write is one some day: its project would be rebuilt for ever. In a bucket without
    versions the same event says that the object is gone."""
    gone: dict[str, Any] = {"eventName": "LifecycleExpiration:Delete"}
    for key in ("simple/acme/index.json", "simple/index.json", "simple/acme/acme-1.zip"):
        old = gone | {"s3": {"object": {"key": key, "versionId": "v1"}}}
        assert work_of(json.dumps({"Records": [old]})) == Work()
        assert work_of(json.dumps({"Records": [gone | {"s3": {"object": {"key": key}}}]})) != Work()
    marker = {"key": "simple/acme/acme-1.zip", "versionId": "v1"}
    expired = {"eventName": "LifecycleExpiration:DeleteMarkerCreated", "s3": {"object": marker}}
    assert work_of(json.dumps({"Records": [expired]})).projects == {"acme"}


def test_a_project_can_be_asked_for() -> None:
    """By ourselves, and by operators."""
    assert work_of(rebuild_message(NormalizedName("acme"))) == Work(projects=frozenset({"acme"}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", '"x"', '{"Records":[{}]}', '{"Records":[{"s3":1}]}', "[" * 200_000),
        *('{"reconcile":{"after":' + after + "}}" for after in ("0", "[]", "false", "null", '"a/b"')),
        *('{"rebuild":{"project":' + name + "}}" for name in ('""', "[]", "7", '"A_b"')),
        *('{"rebuild":' + body + "}" for body in ("{}", "[]", "null")),
    ],
)
def test_another_body_is_an_error(text: str) -> None:
    """Such a message goes to the dead letters, alone."""
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError, RecursionError)):
        work_of(text)
