"""Which files of a project are meant: versions are compared, filenames are not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from serverless_pypi.releases import NoSuchFileError, RemovedError, select
from simple_index.filenames import parse_filename
from simple_index.model import File, ProjectDetail, Removed


def detail(*filenames: str, removed: tuple[str, ...] = ()) -> ProjectDetail:
    return ProjectDetail(
        project=NormalizedName("acme"),
        files=tuple(
            File(
                filename=filename,
                version=parse_filename(filename).version,
                sha256="0" * 64,
                size=1,
                upload_time=datetime(2026, 1, 1, tzinfo=UTC),
                etag="e",
            )
            for filename in filenames
        ),
        removed=tuple(Removed(filename=filename, sha256="0" * 64, etag="e") for filename in removed),
    )


WHEEL, SDIST = "acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"
LOCAL, NEXT = "acme-1.0+cu118-py3-none-any.whl", "acme-1.1.tar.gz"
PAGE = detail(SDIST, NEXT, LOCAL, WHEEL, removed=("acme-0.9.tar.gz", WHEEL))


@pytest.mark.parametrize(
    ("wanted", "filenames"),
    [
        (["1.0"], [WHEEL, SDIST]),
        (["1"], [WHEEL, SDIST]),
        (["v1.0.0"], [WHEEL, SDIST]),
        (["1.0+cu118"], [LOCAL]),
        ([WHEEL], [WHEEL]),
        (["1.1", "1.0"], [WHEEL, SDIST, NEXT]),
        ([SDIST, "1.0.0", SDIST], [WHEEL, SDIST]),
    ],
)
def test_what_is_meant_is_chosen_once(wanted: list[str], filenames: list[str]) -> None:
    chosen = select(PAGE, wanted)
    assert chosen.filenames == filenames
    assert chosen.removed == ()


def test_what_was_removed_is_known_by_name_alone() -> None:
    """By a version too; what has come back is there."""
    chosen = select(PAGE, ["0.9.0"])
    assert (chosen.files, chosen.removed) == ((), ("acme-0.9.tar.gz",))
    with pytest.raises(RemovedError, match=r"acme-0\.9\.tar\.gz of acme was removed before: first publish"):
        chosen.existing()
    assert select(PAGE, [WHEEL]).existing().removed == ()


@pytest.mark.parametrize(
    ("page", "wanted", "sentence"),
    [
        (PAGE, "2.0", "acme has no '2.0', as a version or a filename: it has 1.1, 1.0+cu118, 1.0."),
        (PAGE, "latest", "acme has no 'latest', as a version or a filename: it has 1.1, 1.0+cu118, 1.0."),
        (
            PAGE,
            "acme-1.1.zip",
            "acme has no 'acme-1.1.zip', as a version or a filename: it has acme-1.1.tar.gz",
        ),
        (detail(), "1.0", "acme has no '1.0', as a version or a filename: it has no files."),
        (
            detail(*(f"acme-{number}.tar.gz" for number in range(12))),
            "99",
            "it has 11, 10, 9, 8, 7, 6, 5, 4, 3, 2 and 2 more.",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is(page: ProjectDetail, wanted: str, sentence: str) -> None:
    with pytest.raises(NoSuchFileError) as missing:
        select(page, [wanted])
    assert sentence in str(missing.value)


@given(st.text(max_size=20) | st.from_regex(r"[0-9v.!+a-z-]{1,12}", fullmatch=True))
def test_no_text_chooses_more_than_it_says(text: str) -> None:
    """Whatever is typed: files of one version, or one file, or a sentence."""
    try:
        chosen = select(PAGE, [text])
    except NoSuchFileError:
        return
    assert len({file.version for file in chosen.files}) <= 1
