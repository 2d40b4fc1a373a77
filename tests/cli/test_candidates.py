"""Distributions are looked at as the indexer will look at them."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from serverless_pypi.candidates import Candidate, examine, is_present
from simple_index.errors import AlreadyPublishedError, ClosedProjectError, RefusedError
from simple_index.model import File, ProjectDetail, Removed, Status
from tests.cli.publishing import write_sdist, write_wheel
from tests.distributions import make_sdist, make_wheel, make_zip

ACME = NormalizedName("acme")
OTHER = "0" * 64


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    return examine(write_wheel(tmp_path, "acme", "1.0"))


@pytest.mark.parametrize("write", [write_wheel, write_sdist])
def test_a_sound_distribution_is_known_by_its_bytes(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(tmp_path, "Acme.Core", "1.0")
    found = examine(path)

    assert (found.filename, found.size) == (path.name, path.stat().st_size)
    assert (found.distribution.project, found.distribution.version) == ("acme-core", "1.0")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("filename", "content", "sentence"),
    [
        ("acme.txt", b"text", "it ends in none of .whl, .tar.gz, .zip"),
        ("acme-1.0-py3-none-any.whl", b"", "it is empty"),
        ("acme-1.0-py3-none-any.whl", b"no archive", "cannot be read"),
        ("acme-1.0-py3-none-any.whl", make_zip({"acme.py": b""}), "must hold exactly one"),
        ("bolt-1.0.tar.gz", make_sdist("acme", "1.0"), "says name 'bolt', but its core metadata says 'acme'"),
        ("bolt-1.0-py3-none-any.whl", make_wheel("acme", "1.0"), "its folder is 'bolt-1.0.dist-info'"),
        (
            "acme-2.0-py3-none-any.whl",
            make_wheel("acme", "2.0", metadata=b"Name: acme\n\n"),
            "exactly one Version",
        ),
    ],
)
def test_what_the_indexer_would_refuse_is_refused(
    filename: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / filename).write_bytes(content)
    with pytest.raises(RefusedError, match=sentence):
        examine(tmp_path / filename)


def test_a_file_that_is_written_again_is_another_one(candidate: Candidate) -> None:
    assert not candidate.has_changed()
    candidate.path.write_bytes(b"longer than before" * 1000)
    assert candidate.has_changed()
    candidate.path.unlink()
    assert candidate.has_changed()


def page(
    *files: str, status: str | None = None, removed: str | None = None, of: str = "acme-1.0-py3-none-any.whl"
) -> ProjectDetail:
    """A page that lists the file *of* with these hashes, or remembers it."""
    return ProjectDetail(
        project=ACME,
        files=tuple(
            File(
                filename=of,
                version="1.0",
                sha256=sha256,
                size=1,
                upload_time=datetime(2026, 1, 1, tzinfo=UTC),
                etag="e",
            )
            for sha256 in files
        ),
        status=Status(name=status, reason="", etag="e") if status else None,
        removed=(Removed(filename=of, sha256=removed, etag="e"),) if removed else (),
    )


def test_where_there_is_no_page_nothing_stands_in_the_way(candidate: Candidate) -> None:
    assert not is_present(candidate, None)
    assert not is_present(candidate, page())
    assert not is_present(candidate, page(OTHER, of="acme-1.1-py3-none-any.whl"))


@pytest.mark.parametrize("status", [None, "active", "deprecated", "archived"])
def test_the_same_bytes_are_there_already(status: str | None, candidate: Candidate) -> None:
    """Also in an archived project, which takes no more: nothing is sent, so nothing is refused."""
    assert is_present(candidate, page(candidate.sha256, status=status))


def test_a_removed_file_may_come_back(candidate: Candidate) -> None:
    """As the same bytes, which have to be sent."""
    assert not is_present(candidate, page(removed=candidate.sha256))


@pytest.mark.parametrize("before", [page(OTHER), page(removed=OTHER)], ids=["published", "removed"])
def test_other_bytes_are_refused(before: ProjectDetail, candidate: Candidate) -> None:
    with pytest.raises(AlreadyPublishedError, match=f"with sha256 {OTHER}"):
        is_present(candidate, before)


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_a_closed_project_takes_nothing_new(status: str, candidate: Candidate) -> None:
    with pytest.raises(ClosedProjectError, match=f"'acme' is {status}"):
        is_present(candidate, page(status=status))


def test_what_a_quarantined_project_hides_is_not_there(candidate: Candidate) -> None:
    """It was published, and nobody can install it: a job must not take that for a success."""
    with pytest.raises(ClosedProjectError):
        is_present(candidate, page(candidate.sha256, status="quarantined"))
