import time

import pytest

from simple_index.errors import InvalidFilenameError
from simple_index.filenames import Distribution, is_normalized, parse_filename

LONGEST = "a" * (255 - len("-1.0.tar.gz")) + "-1.0.tar.gz"


@pytest.mark.parametrize(
    ("filename", "kind", "project", "version"),
    [
        ("acme-1.0-py3-none-any.whl", "wheel", "acme", "1.0"),
        ("acme_core-1.0-py3-none-any.whl", "wheel", "acme-core", "1.0"),
        # Build tags.
        ("acme-1.0-1-py3-none-any.whl", "wheel", "acme", "1.0"),
        ("acme-1.0-20260102nightly-cp313-cp313-win_amd64.whl", "wheel", "acme", "1.0"),
        # Versions.
        ("acme-1!2.0-py3-none-any.whl", "wheel", "acme", "1!2.0"),
        ("acme-1.0+cu118-py3-none-any.whl", "wheel", "acme", "1.0+cu118"),
        ("acme-1.0+Ubuntu_1-py3-none-any.whl", "wheel", "acme", "1.0+ubuntu.1"),
        ("acme-1.0.0RC1.post2.dev3-py3-none-any.whl", "wheel", "acme", "1.0.0rc1.post2.dev3"),
        ("acme-v01.0-py3-none-any.whl", "wheel", "acme", "1.0"),
        # Tags.
        ("acme-1.0-py2.py3-none-any.whl", "wheel", "acme", "1.0"),
        ("acme-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "wheel", "acme", "1.0"),
        # Names that consumers must accept, though nobody should produce them any more.
        ("Acme.Core-1.0-py3-none-any.whl", "wheel", "acme-core", "1.0"),
        ("ACME_Core-1.0-py3-none-any.whl", "wheel", "acme-core", "1.0"),
        ("7zip-1.0-py3-none-any.whl", "wheel", "7zip", "1.0"),
        # Sdists.
        ("acme-1.0.tar.gz", "sdist", "acme", "1.0"),
        ("acme_core-1.0.tar.gz", "sdist", "acme-core", "1.0"),
        ("acme-core-1.0.tar.gz", "sdist", "acme-core", "1.0"),
        ("Acme.Core-1.0.tar.gz", "sdist", "acme-core", "1.0"),
        ("acme-1.0.zip", "sdist", "acme", "1.0"),
        ("acme-1!1.0a2+local.7.tar.gz", "sdist", "acme", "1!1.0a2+local.7"),
        (LONGEST, "sdist", "a" * 244, "1.0"),
    ],
)
def test_a_name_says_kind_project_and_version(filename: str, kind: str, project: str, version: str) -> None:
    """Project and version in their normal forms, the filename as it is."""
    distribution = parse_filename(filename)
    assert isinstance(distribution, Distribution)
    assert distribution.filename == filename
    assert (distribution.kind, distribution.project, distribution.version) == (kind, project, version)


@pytest.mark.parametrize(
    "filename",
    [
        # Not a distribution.
        "",
        ".whl",
        ".tar.gz",
        "acme.whl",
        "acme.tar.gz",
        "acme-1.0.exe",
        "acme-1.0-py3.13.egg",
        "acme-1.0.tar.bz2",
        "acme-1.0-py3-none-any.WHL",
        "acme-1.0-py3-none-any.whl.metadata",
        "index.html",
        # The grammar of wheels and sdists.
        "acme-1.0-py3-none.whl",
        "acme-1.0-x-py3-none-any.whl",
        "acme-1.0-1-2-py3-none-any.whl",
        "acme-one-py3-none-any.whl",
        "acme-one.tar.gz",
        "-1.0.tar.gz",
        "_-1.0.tar.gz",
        "_acme-1.0-py3-none-any.whl",
        "acme__core-1.0-py3-none-any.whl",
        "acme_-1.0-py3-none-any.whl",
        "a+b-1.0.tar.gz",
        "a!b-1.0.tar.gz",
        # Markup.
        "<b>-1.0.tar.gz",
        '"onload="x-1.0-py3-none-any.whl',
        "acme&amp;-1.0-py3-none-any.whl",
        "acme'-1.0.tar.gz",
        # Paths and schemes.
        "..-1.0.tar.gz",
        "../acme-1.0.tar.gz",
        "..-1.0-py3-none-any.whl",
        ".acme-1.0-py3-none-any.whl",
        "acme/acme-1.0.tar.gz",
        "acme\\acme-1.0.tar.gz",
        "javascript:acme-1.0.tar.gz",
        "%2e%2e-1.0.tar.gz",
        "acme-1.0.tar.gz?x.zip",
        "acme-1.0.tar.gz#x.zip",
        # Control characters and spaces.
        "acme-1.0.tar.gz\n",
        "acme-1.0-py3-none-any.whl\n",
        "acme\n-1.0-py3-none-any.whl",
        "acme\t-1.0.tar.gz",
        "acme\0-1.0.tar.gz",
        "acme\x7f-1.0.tar.gz",
        "acme -1.0.tar.gz",
        " acme-1.0.tar.gz",
        # Other scripts.
        "\u0430cme-1.0.tar.gz",
        "acme-\u0661.0.tar.gz",
        "acme\u202egz.rat-1.0.zip",
        "acme-1.0-py3-none-any\u017f.whl",
        "\uff41cme-1.0-py3-none-any.whl",
        "\ud800-1.0.tar.gz",
        # Too much.
        "a" + LONGEST,
        "acme-1.0-" + ".".join(["py3"] * 32) + "-none-any.whl",
    ],
)
def test_anything_else_is_refused(filename: str) -> None:
    """Also names that `packaging` takes: a name becomes a key, a URL and a line of HTML."""
    with pytest.raises(InvalidFilenameError) as refused:
        parse_filename(filename)
    assert refused.value.filename == filename
    assert refused.value.problem


def test_a_name_that_stands_for_many_tags_costs_nothing() -> None:
    """60 x 60 x 60 tags would take a second to expand."""
    tags = "-".join(".".join(f"{part}{n}" for n in range(20)) for part in "abc")
    started = time.process_time()
    with pytest.raises(InvalidFilenameError):
        parse_filename(f"a-1-{tags}.whl")
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    ("name", "normalized"),
    [
        ("acme", True),
        ("acme-core", True),
        ("7", True),
        ("a-7-b", True),
        ("", False),
        ("-acme", False),
        ("acme-", False),
        ("acme--core", False),
        ("acme_core", False),
        ("acme.core", False),
        ("Acme", False),
        ("..", False),
        ("acme\n", False),
        ("acm\u0435", False),
        ("\u0661", False),
    ],
)
def test_a_project_folder_has_one_spelling(name: str, normalized: bool) -> None:
    """PEP 503, and nothing but ASCII."""
    assert is_normalized(name) is normalized
