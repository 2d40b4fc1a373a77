"""Numbers, sizes and releases as a sentence has them."""

import pytest

from serverless_pypi.wording import counted, releases, sized


def test_one_is_no_plural() -> None:
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (2_500_000_000, "2.5 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ],
)
def test_sizes_have_units_of_a_thousand(size: int, text: str) -> None:
    assert sized(size) == text


@pytest.mark.parametrize(
    ("of", "text"),
    [
        ([("acme", "1.0")], "acme 1.0"),
        ([("acme", "1.10"), ("acme", "1.9"), ("acme", "1.9")], "acme 1.9 and acme 1.10"),
        ([("bolt", "1"), ("acme", "2"), ("acme", "1")], "acme 1, acme 2 and bolt 1"),
        ([("acme", str(version)) for version in range(4)], "4 releases"),
    ],
)
def test_releases_are_named_as_long_as_they_are_few(of: list[tuple[str, str]], text: str) -> None:
    assert releases(of) == text
