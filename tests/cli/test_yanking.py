"""When a page shows what somebody has put beside its files."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName

from serverless_pypi.project_status import ACTIVE, is_shown
from serverless_pypi.yanking import Mark, are_gone, are_ours, are_shown
from simple_index.model import File, Marker, ProjectDetail, Status

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


@pytest.mark.parametrize(
    ("before", "on_page", "shown", "ours"),
    [
        (None, None, False, False),
        (None, "new", True, True),
        (None, "theirs", True, False),
        (None, "", True, False),  # it stands there and cannot be read, which yanks as well
        ("old", "old", False, False),
        ("old", "new", True, True),
        ("old", "theirs", True, False),
        ("new", "new", True, True),  # the same text again is the same object
    ],
)
def test_a_mark_is_shown_once_the_page_has_read_it(
    before: str | None, on_page: str | None, shown: bool, ours: bool
) -> None:
    """Or one that somebody else has put in its place: to wait on would be in vain."""
    marks = [Mark(filename=FILE.filename, etag="new", before=before)]
    assert are_shown(page(on_page), marks) is shown
    assert are_ours(page(on_page), marks) is ours


def test_every_mark_is_waited_for() -> None:
    marks = [Mark(filename=name, etag="new", before=None) for name in (FILE.filename, "acme-1.0.zip")]
    assert not are_shown(page("new"), marks)


def test_a_yank_is_over_when_no_file_has_a_mark() -> None:
    """Of those that are meant: others may stay yanked."""
    assert are_gone(page(None), [FILE])
    assert not are_gone(page("any"), [FILE])
    assert are_gone(page("any"), [replace(FILE, filename="acme-1.1.tar.gz")])


def test_a_status_is_shown_once_the_page_has_read_that_object() -> None:
    archived = Status(name="archived", reason="", etag="new")
    unreadable = Status(name="quarantined", reason="cannot be read", etag="")

    assert is_shown(replace(page(None), status=archived), archived)
    assert not is_shown(replace(page(None), status=archived), replace(archived, etag="old"))
    assert not is_shown(page(None), archived)
    assert is_shown(page(None), ACTIVE)
    assert not is_shown(replace(page(None), status=unreadable), ACTIVE)
