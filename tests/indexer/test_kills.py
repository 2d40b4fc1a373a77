"""A function may end at any line: what is delivered again then finds its way to the same bucket.

By default each line of each deed but those of large files, which run the same lines again and again; with
EXPLORE=full of all.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import indexer
from indexer.bucket import Bucket, Published
from indexer.ranged import RangedObject
from tests.indexer.deeds import DEEDS, Deed, Story, starting_world
from tests.indexer.explorer import FULL
from tests.indexer.quiet import be_quiet
from tests.indexer.world import World

INDEXER = str(Path(indexer.__file__).parent)


class Killed(BaseException):
    """What no `except Exception` sees, as it sees no end of a process."""


class Executioner:
    """Counts the lines of the indexer as they are run, and lets no run get to the one after *most*."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.lines = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._step if frame.f_code.co_filename.startswith(INDEXER) else None

    def _step(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            if self.lines == self._most:
                raise Killed
            self.lines += 1
        return self._step


@cache
def start() -> World:
    return starting_world()


def run(deed: Deed, *, most: int) -> tuple[Story, int]:
    """The story after a first delivery of at most that many lines, and how many there were."""
    story = Story(start(), deed)
    executioner = Executioner(most)
    try:
        with executioner.watching():
            story.deliver()
    except Killed:
        pass
    return story, executioner.lines


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quiet(monkeypatch)


@pytest.mark.parametrize(
    "deed", [pytest.param(deed, id=name) for name, deed in DEEDS.items() if FULL or "large" not in name]
)
def test_a_kill_at_any_line_is_made_good_by_one_redelivery(deed: Deed) -> None:
    """Nothing is acknowledged then: the whole batch comes again, with what its changes caused."""
    _, lines = run(deed, most=sys.maxsize)
    assert lines > 200
    for most in range(lines):
        story, killed_after = run(deed, most=most)
        assert killed_after == most
        story.deliver()
        try:
            story.check_right()
        except AssertionError as error:
            raise AssertionError(f"killed after {most} lines: {error}") from error


def test_a_kill_and_a_removal_before_the_redelivery_leave_no_ghost() -> None:
    """The first page of a project may be half written when its only file goes."""
    deed = DEEDS["a new project is published"]
    _, lines = run(deed, most=sys.maxsize)
    for most in range(lines):
        story, _ = run(deed, most=most)
        story.world.remove("new", "1")
        story.come_to_rest()
        if story.world.has_pages("new") or story.world.files_in_bucket("new"):
            story.world.check_pages("new")
        story.world.check_list(*deed.projects)


def test_the_same_kills_find_out_an_upload_that_is_deleted_before_it_is_filed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the tests above can fail."""
    publish = Bucket.publish

    def move(bucket: Bucket, upload: RangedObject, key: str) -> Published:
        content = bucket.open(upload.key, at_end=False).read()
        bucket.delete(upload.key, etag=upload.etag)
        bucket._client.put_object(Bucket=bucket.name, Key=upload.key, Body=content)
        return publish(bucket, upload, key)

    monkeypatch.setattr(Bucket, "publish", move)
    with pytest.raises(AssertionError, match="lost at incoming/"):
        test_a_kill_at_any_line_is_made_good_by_one_redelivery(DEEDS["an sdist is published"])
