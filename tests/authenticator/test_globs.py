import pytest

from authenticator.globs import Globs, is_glob


@pytest.mark.parametrize(
    "pattern",
    [
        "a",
        "acme",
        "acme-core",
        "a-b-c",
        "2to3",
        "*",
        "acme-*",
        "*-internal",
        "a*b",
        "a*-*b",
        "*a*b*",
        "**",
        "x" * 255,
    ],
)
def test_a_pattern(pattern: str) -> None:
    """A normalized name, with a star wherever anything may stand."""
    assert is_glob(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "Acme",
        "acme_core",
        "acme.core",
        "a--b",
        "-a",
        "a-",
        "*-",
        "a b",
        "a\n",
        "a?",
        "[ab]",
        "!a",
        "ä",
        "\u0661",
        "a/b",
        "x" * 256,
        "a*b*c*d*",
    ],
)
def test_what_could_name_no_project_is_no_pattern(pattern: str) -> None:
    """Nor what means something elsewhere and would mean nothing here."""
    assert not is_glob(pattern)


@pytest.mark.parametrize(
    ("patterns", "name", "first"),
    [
        ([], "acme", None),
        (["acme"], "acme", 0),
        (["acme"], "acme-core", None),
        (["acme"], "acm", None),
        (["other", "acme"], "acme", 1),
        (["*"], "acme", 0),
        (["acme-*"], "acme-core", 0),
        (["acme-*"], "acme", None),
        (["acme-*"], "acme-", 0),
        (["acme-*"], "my-acme-core", None),
        (["*-core"], "acme-core", 0),
        (["*-core"], "acme-core-2", None),
        (["a*c*e"], "a-b-c-d-e", 0),
        (["a*c*e"], "a-b-d-e", None),
        (["a*a"], "a", None),
        (["acme", "acme*", "*"], "acme", 0),
        (["acme*", "acme", "*"], "acme", 0),
        (["x*", "acme", "acme*"], "acme", 1),
        (["x*", "acme", "*"], "other", 2),
        (["a*", "b*", "c*", "*"], "c1", 2),
        (["acme", "acme"], "acme", 0),
        (["acme*"], "acme\nx", 0),
        (["acme"], "acme\n", None),
    ],
)
def test_the_first_pattern_that_names_a_project(patterns: list[str], name: str, first: int | None) -> None:
    """Whole names, plain and starred patterns alike."""
    assert Globs(patterns).first(name) == first


def test_many_stars_take_no_longer_than_a_few() -> None:
    """Nobody waits for a name that almost matches."""
    assert Globs(["*a" * 100 + "b"]).first("a" * 255) is None
