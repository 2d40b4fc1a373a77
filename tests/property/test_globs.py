"""Several patterns at once decide as each of them would alone."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from authenticator.globs import Globs, is_glob

# Few letters, so that patterns meet names.
PATTERNS = st.from_regex(r"[ab0*](-?[ab0*]){0,5}", fullmatch=True).filter(is_glob)
NAMES = st.from_regex(r"[ab0](-?[ab0]){0,8}", fullmatch=True)


def first(patterns: Sequence[str], name: str) -> int | None:
    """The standard library's answer, asked one by one."""
    return next((place for place, pattern in enumerate(patterns) if fnmatchcase(name, pattern)), None)


@given(st.lists(PATTERNS, max_size=8), NAMES)
def test_the_first_that_names_it_decides(patterns: list[str], name: str) -> None:
    """Plain names and stars, in whatever order."""
    assert Globs(patterns).first(name) == first(patterns, name)


@given(PATTERNS, st.lists(st.from_regex(r"[ab0-]{0,4}", fullmatch=True), min_size=11, max_size=11))
def test_a_star_stands_for_any_run(pattern: str, runs: list[str]) -> None:
    """None, and hyphens, included."""
    name = "".join(runs.pop() if character == "*" else character for character in pattern)
    assert Globs([pattern]).first(name) == 0


@given(st.text(st.characters()) | st.from_regex(r"[A-Za-z0-9*?\[\]!._-]{1,6}\n?", fullmatch=True))
def test_a_pattern_is_a_normalized_name_with_stars(pattern: str) -> None:
    """Nothing else that a shell's pattern has is taken; each is put into an expression as it is."""
    if is_glob(pattern):
        name = pattern.replace("*", "x")
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert not name.startswith("-")
        assert not name.endswith("-")
        assert "--" not in name
        assert Globs([pattern]).first(name) == 0


@given(st.integers(1, 300))
def test_a_pattern_is_no_longer_than_a_filename(length: int) -> None:
    """255 characters."""
    assert is_glob("a" * length) == (length <= 255)
