"""One batch of the indexer's work, in implementations of S3 that we did not write, and in our own."""

import json
from typing import Any

import pytest
from packaging.utils import NormalizedName

from indexer.events import Work
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.s3.index import Index
from tests.s3.open_bucket import OpenBucket

WHEEL = wheel_name("acme-core", "1.0+cu118")
SDIST = sdist_name("acme-core", "1.0")
REMOVED = wheel_name("zoo", "1.0")
BROKEN = wheel_name("acme-core", "2.0")

BATCH = [
    Work(uploads=frozenset({f"incoming/{WHEEL}"})),
    Work(uploads=frozenset({f"incoming/team/{SDIST}"})),
    Work(uploads=frozenset({f"incoming/{BROKEN}"})),
    Work(projects=frozenset({NormalizedName("zoo")})),
]


@pytest.fixture
def index(bucket: OpenBucket) -> Index:
    """One with a file, which was removed just now, and three uploads."""
    index = Index(bucket)
    index.publish("zoo", "1.0")
    index.check_list("zoo")
    bucket.remove(f"simple/zoo/{REMOVED}")
    bucket.put(f"incoming/{WHEEL}", make_wheel("acme-core", "1.0+cu118"))
    bucket.put_in_parts(f"incoming/team/{SDIST}", make_sdist("acme-core", "1.0"))
    bucket.put(f"incoming/{BROKEN}", b"not a wheel")
    return index


def test_a_batch_is_filed_rejected_and_removed(index: Index) -> None:
    """A wheel, an sdist, what is neither, and a file that has gone."""
    assert index.process(*BATCH) == [None] * 4
    assert index.files_in_bucket("acme-core") == [WHEEL, SDIST]
    assert index.files_in_bucket("zoo") == []
    for project in ("acme-core", "zoo"):
        index.check(project)
    index.check_list("acme-core", "zoo")
    assert index.bucket.keys("incoming/") == []
    assert f"simple/zoo/{REMOVED}.metadata" not in index.bucket.keys("simple/zoo/")


def test_what_is_rejected_is_kept_with_the_reason(index: Index) -> None:
    """Whole; and nothing of it stands where viewers read."""
    index.process(*BATCH)
    kept = f"rejected/incoming/{BROKEN}"
    assert index.bucket.keys("rejected/") == [kept, f"{kept}.reason.json"]
    assert index.bucket.body(kept) == b"not a wheel"
    assert json.loads(index.bucket.body(f"{kept}.reason.json"))["error"] == "UnreadableArchiveError"
    assert not any(BROKEN in key for key in index.bucket.keys("simple/"))


def test_a_batch_may_come_again(index: Index) -> None:
    """Every message is delivered at least once. Only the pages are written again."""

    def files() -> list[object]:
        return [listed for listed in index.bucket.list("") if not listed.key.endswith(("html", "index.json"))]

    index.process(*BATCH)
    before = files()
    assert index.process(*BATCH) == [None] * 4
    assert files() == before
    for project in ("acme-core", "zoo"):
        index.check(project)
    index.check_list("acme-core", "zoo")


def test_a_published_name_takes_no_other_bytes(index: Index) -> None:
    """The same again is a success; others are rejected, and the file stands."""
    index.process(*BATCH)
    for summary, rejected in (("", False), ("other", True)):
        fields: Any = {"Summary": summary} if summary else {}
        index.bucket.put(f"incoming/{WHEEL}", make_wheel("acme-core", "1.0+cu118", **fields))
        assert index.process(BATCH[0]) == [None]
        assert (f"rejected/incoming/{WHEEL}" in index.bucket.keys("rejected/")) == rejected
        assert index.bucket.keys("incoming/") == []
    assert index.bucket.body(f"simple/acme-core/{WHEEL}") == make_wheel("acme-core", "1.0+cu118")
    index.check("acme-core")


def test_a_walk_over_the_bucket_heals_what_no_event_told(index: Index) -> None:
    """A forgotten upload, a file put by other hands, one that is gone, and a page that is."""
    index.bucket.put(f"simple/other/{sdist_name('other', '1.0')}", make_sdist("other", "1.0"))
    index.publish("lost", "1.0")
    index.bucket.remove("simple/lost/index.html")
    assert index.process(Work(reconcile_after="")) == [None]
    assert index.files_in_bucket("acme-core") == [WHEEL, SDIST]
    for project in ("acme-core", "lost", "other", "zoo"):
        index.check(project)
    index.check_list("acme-core", "lost", "other", "zoo")
    assert (index.bucket.keys("incoming/"), index.sent) == ([], [])
