"""Each protocol that looks as good and is broken is found out, by scenarios that ours passes.

The variants are those of the model checker (docs/rationale.md), each made by a patch on the real code.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from indexer.answers import raise_conflict
from indexer.bucket import Bucket, Listed, Page
from indexer.errors import ConflictError
from indexer.pages import PagePair, Reading
from simple_index import keys
from simple_index.model import ProjectDetail
from tests.indexer.explorer import Exploration, explore
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.quiet import be_quiet
from tests.indexer.scenarios import (
    Event,
    MakeBucket,
    Scenario,
    pages_of,
    real_bucket,
    scenario,
    whole_batches_of,
)

TWO_COME = scenario("+acme 1, +acme 2")
ONE_COMES_AND_GOES = scenario("+acme 1, -acme 1")
ONE_COMES_AND_GOES_AND_AN_EVENT_IS_REPEATED = scenario("+acme 1, -acme 1, =acme")
ONE_GOES_AND_COMES_BACK = scenario("-acme 1, +acme 1", first="+acme 1, +acme 2")
# It went and came before, so that the page's memory of removed names changes no more.
ONE_GOES_AND_COMES_BACK_AND_AN_EVENT_IS_REPEATED = scenario(
    "-acme 1, +acme 1, =acme", first="+acme 1, +acme 2, -acme 1, +acme 1"
)
A_PROJECT_GOES_AND_COMES_BACK = scenario("-acme 1, +acme 1", first="+acme 1, +bolt 1")


class Variant(Bucket):
    """A bucket that one handler of a broken protocol uses, for one event."""

    def __init__(self, s3: MemoryS3, event: Event) -> None:
        super().__init__(s3, "bucket")  # type: ignore[arg-type]
        self.s3 = s3
        self.event = event


class Unconditional(Variant):
    """PUT, whatever stands there."""

    def write_page(self, key: str, body: bytes, **_arguments: Any) -> str:
        return str(self.s3.put_object(Bucket=self.name, Key=key, Body=body)["ETag"])


class OnlyJsonConditional(Unconditional):
    """PUT the HTML page whatever stands there."""

    def write_page(self, key: str, body: bytes, **arguments: Any) -> str:
        if key.endswith(".html"):
            return super().write_page(key, body)
        return Bucket.write_page(self, key, body, **arguments)


class ReadModifyWrite(Variant):
    """GET the page, add or drop the file of the event, PUT with If-Match. No file is looked for."""

    def __init__(self, s3: MemoryS3, event: Event) -> None:
        super().__init__(s3, event)
        self._on_page: dict[str, Listed] = {}
        stored = s3.objects.get(event.key or "")
        self._mine = stored and Listed(key=event.key or "", etag=stored.etag, size=len(stored.body))

    def read_page(self, key: str) -> Page | None:
        page = super().read_page(key)
        self._on_page = {}
        files = json.loads(gzip.decompress(page.body))["files"] if page else []
        folder = key.removesuffix("index.json")
        entries = [
            Listed(key=folder + file["filename"], etag=file["_etag"], size=file["size"]) for file in files
        ]
        self._on_page = {entry.key: entry for entry in entries}
        return page

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        entries = {one.key: one for one in super().list(prefix) if not keys.is_distribution(one.key)}
        entries |= self._on_page
        if self._mine:
            entries[self._mine.key] = self._mine
        if self.event.removed and self.event.key:
            entries.pop(self.event.key, None)
        return iter(sorted(entries.values(), key=lambda entry: entry.key))


class EtagReadAfterTheList(Variant):
    """HEAD just before the PUT."""

    def write_page(self, key: str, body: bytes, **arguments: Any) -> str:
        return super().write_page(key, body, **{**arguments, "expected": self.etag(key)})


class LoserReadsTheEtagOnly(Variant):
    """412, HEAD, and the same body again."""

    def write_page(self, key: str, body: bytes, **arguments: Any) -> str:
        while True:
            try:
                return super().write_page(key, body, **arguments)
            except ConflictError:
                arguments["expected"] = self.etag(key)


class NeverLooksAgain(Variant):
    """A first page is believed without a second LIST."""

    _seen: tuple[Listed, ...] = ()
    _written = False

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        if not self._written:
            self._seen = tuple(super().list(prefix, after=after))
        self._written = False
        return iter(self._seen)

    def write_page(self, key: str, body: bytes, **arguments: Any) -> str:
        etag = super().write_page(key, body, **arguments)
        self._written = key.endswith(".json")
        return etag


Patch = Callable[[pytest.MonkeyPatch], None]


def loser_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "The winner has listed my file." """

    def try_once(_key: str, attempt: Callable[[int], None], _pause: object) -> None:
        try:
            attempt(0)
        except ConflictError:
            return

    monkeypatch.setattr("indexer.rebuild.retry_on_conflict", try_once)


def no_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3's ETag is a hash of the content, so a page that says the same again has the same."""
    monkeypatch.setattr("indexer.pages.secrets", SimpleNamespace(token_hex=lambda _length: "0"))


def skip_an_equal_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Nothing changed, so nothing is to be written." """
    write = PagePair.write

    def write_if_other(pair: PagePair[Any], bucket: Bucket, content: Any, *, over: Reading[Any]) -> None:
        if content != over.content:
            write(pair, bucket, content, over=over)

    monkeypatch.setattr(PagePair, "write", write_if_other)


def delete_an_empty_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Absent" is an ETag that comes again, too."""
    write = PagePair.write

    def write_or_delete(
        pair: PagePair[ProjectDetail], bucket: Bucket, content: ProjectDetail, *, over: Reading[ProjectDetail]
    ) -> None:
        if content.files:
            write(pair, bucket, content, over=over)
            return
        for key, etag in ((pair.html_key, over.html_etag), (pair.json_key, over.json_etag)):
            if etag is None:
                continue
            try:
                bucket._client.delete_object(Bucket=bucket.name, Key=key, IfMatch=etag)
            except ClientError as error:
                raise_conflict(key, error)

    monkeypatch.setattr(PagePair, "write", write_or_delete)


def skip_a_list_that_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "It names the project already." Just now a handler may be about to write that it is gone."""

    def disagreeing(listed: Any, rebuilt: Any) -> Mapping[str, str]:
        return {
            one.project: one.since for one in rebuilt if (one.project in listed.projects) != bool(one.files)
        }

    monkeypatch.setattr("indexer.project_list._doubtful", disagreeing)


@dataclass(frozen=True)
class Broken:
    """A variant, the scenario that shows it, and the first words of what is wrong then."""

    steps: Scenario
    wrong: str
    bucket: MakeBucket = real_bucket
    patch: Patch = lambda _monkeypatch: None
    whole: bool = False


ONE_LOST = "JSON ['acme-1.tar.gz'] != bucket ['acme-1.tar.gz', 'acme-2.tar.gz']"
RETURNED_LOST = "JSON ['acme-2.tar.gz'] != bucket ['acme-1.tar.gz', 'acme-2.tar.gz']"
GHOST = "JSON ['acme-1.tar.gz'] != bucket []"

BROKEN = {
    "PUT unconditional": Broken(TWO_COME, ONE_LOST, Unconditional),
    "read, modify, write without LIST": Broken(ONE_COMES_AND_GOES, GHOST, ReadModifyWrite),
    "ETag read after the LIST": Broken(TWO_COME, ONE_LOST, EtagReadAfterTheList),
    "loser gives up": Broken(TWO_COME, ONE_LOST, patch=loser_gives_up),
    "loser re-reads the ETag only": Broken(TWO_COME, ONE_LOST, LoserReadsTheEtagOnly),
    "no nonce": Broken(
        ONE_GOES_AND_COMES_BACK_AND_AN_EVENT_IS_REPEATED,
        "simple/acme/index.json forgot ['acme-1.tar.gz']",
        patch=no_nonce,
    ),
    "write skipped when the page is equal": Broken(
        ONE_GOES_AND_COMES_BACK, RETURNED_LOST, patch=skip_an_equal_page
    ),
    "page of an empty project deleted": Broken(
        ONE_COMES_AND_GOES_AND_AN_EVENT_IS_REPEATED,
        "simple/acme/index.json made up ['acme-1.tar.gz']",
        patch=delete_an_empty_page,
    ),
    "page of an empty project deleted, and a first page believed": Broken(
        ONE_COMES_AND_GOES_AND_AN_EVENT_IS_REPEATED, GHOST, NeverLooksAgain, patch=delete_an_empty_page
    ),
    "first page believed": Broken(ONE_COMES_AND_GOES, GHOST, NeverLooksAgain),
    # It heals, for JSON is written last and its loser starts again; but viewers have seen it.
    "only JSON conditional": Broken(
        TWO_COME, "simple/acme/index.html forgot ['acme-2.tar.gz']", OnlyJsonConditional
    ),
    "project list skipped when it agrees": Broken(
        A_PROJECT_GOES_AND_COMES_BACK,
        "list ['bolt'] != ['acme', 'bolt']",
        patch=skip_a_list_that_agrees,
        whole=True,
    ),
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quiet(monkeypatch)


def explore_scenario(steps: Scenario, bucket: MakeBucket = real_bucket, *, whole: bool) -> Exploration:
    prepare = whole_batches_of(steps) if whole else pages_of(steps, bucket)
    return explore(prepare, preemptions=3, most=3_000)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_protocol_is_found_out(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within three preemptions, by a scenario that the real one passes in the next test."""
    broken.patch(monkeypatch)
    exploration = explore_scenario(broken.steps, broken.bucket, whole=broken.whole)
    assert exploration.wrong is not None
    assert exploration.wrong.startswith(broken.wrong)


@pytest.mark.parametrize(
    ("steps", "whole"),
    {str(broken.steps): (broken.steps, broken.whole) for broken in BROKEN.values()}.values(),
)
def test_the_real_protocol_passes_the_same_scenarios(steps: Scenario, whole: bool) -> None:
    """All schedules within the same bounds."""
    assert explore_scenario(steps, whole=whole).wrong is None
