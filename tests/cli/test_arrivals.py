"""What becomes of uploads, as the page and the reasons say it."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from serverless_pypi.arrivals import read_pages, wait_for_arrivals
from serverless_pypi.candidates import examine
from serverless_pypi.index import Index
from serverless_pypi.uploads import plan_uploads
from tests.cli.publishing import open_index, write_sdist
from tests.road.road import Road


@pytest.fixture
def index(road: Road) -> Iterator[Index]:
    with open_index(road) as opened:
        yield opened


def test_a_file_that_went_in_parts_and_changed_is_found_out(index: Index, road: Road, tmp_path: Path) -> None:
    """S3 holds no SHA-256 against a whole that comes in parts; the page does."""
    path = write_sdist(tmp_path, "came-changed", "1.0")
    (upload,) = plan_uploads([examine(path)])
    write_sdist(tmp_path, "came-changed", "1.0", Summary="what was under way by then")
    road.put(upload.key, path.read_bytes())

    (arrival,) = wait_for_arrivals(index, [upload], jobs=1, patience=20)

    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert arrival.reason == (
        f"'came_changed-1.0.tar.gz' was written to while it was sent, and is published as it was then, with "
        f"sha256 {sha256}: yank it, and publish a new version."
    )


def test_a_reason_that_cannot_be_read_is_a_refusal_all_the_same(
    index: Index, road: Road, tmp_path: Path
) -> None:
    (upload,) = plan_uploads([examine(write_sdist(tmp_path, "came-odd", "1.0"))])
    road.put(f"rejected/{upload.key}.reason.json", b"[]")

    (arrival,) = wait_for_arrivals(index, [upload], jobs=1, patience=20)
    assert arrival.reason == "the reason cannot be read: ask an operator for what stands under rejected/."


def test_each_file_is_waited_for(index: Index, road: Road, tmp_path: Path) -> None:
    """Of one project and of several, in whatever order they come."""
    files = [write_sdist(tmp_path, name, "1.0") for name in ("came-a", "came-b", "came-c")]
    uploads = plan_uploads(examine(path) for path in files)
    steps: list[int] = []
    for upload in reversed(uploads):
        road.put(upload.key, upload.candidate.path.read_bytes())

    arrived = wait_for_arrivals(index, uploads, jobs=2, patience=20, advance=steps.append)

    assert sorted(one.upload.key for one in arrived) == sorted(one.key for one in uploads)
    assert all(one.reason is None for one in arrived)
    assert sum(steps) == 3
    # Whoever sent it: it is there.
    sent_by_others = replace(uploads[0], key="incoming/elsewhere/came_a-1.0.tar.gz")
    assert wait_for_arrivals(index, [sent_by_others], jobs=1, patience=20)[0].reason is None


def test_all_threads_ask_through_one_client(index: Index) -> None:
    """Whichever of them is the first: boto3 does not bear two that make one at once."""
    with ThreadPoolExecutor(16) as pool:
        stores = list(pool.map(lambda _: index.store, range(16)))
    assert all(store is stores[0] for store in stores)


def test_a_page_that_cannot_be_read_back_says_nothing(index: Index, road: Road) -> None:
    """The indexer makes it anew with the next upload, so it keeps nobody from publishing."""
    broken, never = NormalizedName("came-broken"), NormalizedName("came-never")
    road.put(f"simple/{broken}/index.json", b"not gzip")
    try:
        assert read_pages(index, [broken, never], jobs=2) == {broken: None, never: None}
    finally:
        road.remove(f"simple/{broken}/index.json")
