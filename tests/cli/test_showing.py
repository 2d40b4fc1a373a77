"""When a page shows what somebody has put beside its files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName

from serverless_pypi.errors import NotHoldingError
from serverless_pypi.index import Index
from serverless_pypi.project_status import ACTIVE, is_shown
from serverless_pypi.showing import OvertakenError, wait_until_shown
from serverless_pypi.yanking import shows_marks, shows_no_marks
from simple_index.model import File, Marker, ProjectDetail, Status
from tests.cli.publishing import open_index, publish_sdist
from tests.road.road import Road


@pytest.fixture
def index(road: Road) -> Iterator[Index]:
    with open_index(road) as opened:
        yield opened


FILE = File(
    filename="acme-1.0.tar.gz",
    version="1.0",
    sha256="0" * 64,
    size=1,
    upload_time=datetime(2026, 1, 1, tzinfo=UTC),
    etag="e",
)


def page(yanked: str | None) -> ProjectDetail:
    """A page whose file has the mark with that ETag, or none."""
    marker = None if yanked is None else Marker(text="", etag=yanked)
    return ProjectDetail(project=NormalizedName("acme"), files=(replace(FILE, yanked=marker),))


@pytest.mark.parametrize(("on_page", "shown"), [(None, False), ("old", False), ("", False), ("new", True)])
def test_a_mark_is_shown_once_the_page_has_read_it(on_page: str | None, shown: bool) -> None:
    assert shows_marks(page(on_page), {FILE.filename: "new"}) is shown
    assert not shows_marks(page(on_page), {FILE.filename: "new", "acme-1.0.zip": "new"})


def test_a_yank_is_over_when_no_file_has_a_mark() -> None:
    """Of those that are meant: others may stay yanked."""
    assert shows_no_marks(page(None), [FILE.filename])
    assert not shows_no_marks(page("any"), [FILE.filename])
    assert shows_no_marks(page("any"), ["acme-1.1.tar.gz"])


def test_a_status_is_shown_once_the_page_has_read_that_object() -> None:
    archived = Status(name="archived", reason="", etag="new")
    unreadable = Status(name="quarantined", reason="cannot be read", etag="")

    assert is_shown(replace(page(None), status=archived), archived)
    assert not is_shown(replace(page(None), status=archived), replace(archived, etag="old"))
    assert not is_shown(page(None), archived)
    assert is_shown(page(None), ACTIVE)
    assert not is_shown(replace(page(None), status=unreadable), ACTIVE)


def test_what_somebody_else_has_changed_is_not_waited_for(index: Index, road: Road) -> None:
    """The page would never show it. As long as it stands as it was put, the page may follow."""
    project = NormalizedName("shown-not")
    publish_sdist(road, project, "1.0")
    there, gone = "simple/shown-not/other", "simple/shown-not/shown_not-1.0.tar.gz.yanked"
    etag = index.store.put(there, b"ours")

    def wait(**objects: str | None) -> None:
        named = {{"there": there, "gone": gone}[name]: etag for name, etag in objects.items()}
        wait_until_shown(index, project, lambda _: False, objects=named, what="It", patience=0.5)

    with pytest.raises(NotHoldingError, match=r"It does not show after 0\.5 s: it is done"):
        wait(there=etag, gone=None)
    with pytest.raises(OvertakenError, match="Somebody else has changed 'simple/shown-not/other'"):
        wait(there='"theirs"')
    with pytest.raises(OvertakenError, match="simple/shown-not/other"):
        wait(there=None)
    with pytest.raises(OvertakenError, match="yanked"):
        wait(gone=etag)
    index.store.delete(there)
