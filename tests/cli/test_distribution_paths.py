"""What files, folders and patterns on a command line stand for."""

import os
from pathlib import Path

import pytest

from serverless_pypi.distribution_paths import find_distributions
from tests.cli.publishing import write_release, write_sdist, write_wheel


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*arguments: str) -> list[str]:
    found = find_distributions(arguments)
    assert found.problems == {}
    return [path.name for path in found.paths]


def test_a_folder_stands_for_the_distributions_right_in_it(here: Path) -> None:
    """What a build leaves beside them is no distribution, and what lies deeper was not meant."""
    write_release(here / "dist", "acme", "1.0")
    write_wheel(here / "dist" / "old", "acme", "0.9")
    (here / "dist" / ".gitignore").write_text("*")
    (here / "dist" / "SHA256SUMS").write_text("")
    (here / "dist" / "unpacked.whl").mkdir()

    assert names("dist/") == names("dist") == ["acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"]


def test_a_pattern_is_expanded_where_the_shell_has_not(here: Path) -> None:
    write_release(here / "dist", "acme", "1.0")
    write_wheel(here / "dist" / "old", "acme", "0.9")

    assert names("dist/*.whl") == ["acme-1.0-py3-none-any.whl"]
    assert names("**/*.whl") == ["acme-1.0-py3-none-any.whl", "acme-0.9-py3-none-any.whl"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(here: Path) -> None:
    write_sdist(here / "[dist]", "acme", "1.0")
    assert names("[dist]") == names("[dist]/acme-1.0.tar.gz") == ["acme-1.0.tar.gz"]


def test_a_file_that_is_named_twice_is_taken_once(here: Path) -> None:
    write_sdist(here / "dist", "acme", "1.0")
    (here / "link.tar.gz").symlink_to(here / "dist" / "acme-1.0.tar.gz")
    assert names("dist", "dist/*", "dist/../dist/acme-1.0.tar.gz", "link.tar.gz") == ["acme-1.0.tar.gz"]


def test_two_files_of_one_name_are_told(here: Path) -> None:
    """Only one of them can be published, and nobody can know which was meant."""
    write_sdist(here / "new", "acme", "1.0")
    write_sdist(here / "old", "acme", "1.0")

    found = find_distributions(["new", "old"])
    assert [str(path) for path in found.paths] == ["new/acme-1.0.tar.gz"]
    (problem,) = found.problems.values()
    assert problem == "'old/acme-1.0.tar.gz' has the name of 'new/acme-1.0.tar.gz': publish one of them."


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("acme.whl", "'acme.whl' does not exist: build first, or check the name."),
        ("gone.whl", "'gone.whl' does not exist: build first, or check the name."),
        ("dist/*.whl", "'dist/*.whl' matches no file: build first, or name the distributions."),
        ("empty", "the folder 'empty' holds no distribution (.whl, .tar.gz, .zip): build first."),
        ("pipe", "'pipe' is neither a file nor a folder: name distributions."),
        ("", "'' is no file's name: name distributions, or the folder they are in."),
        ("a\0b", "'a\\x00b' is no file's name: name distributions, or the folder they are in."),
        ("x" * 300, f"'{'x' * 300}' cannot be read: File name too long."),
    ],
)
def test_what_stands_for_nothing_is_told(argument: str, problem: str, here: Path) -> None:
    """And keeps nothing else from being found."""
    (here / "empty").mkdir()
    os.mkfifo(here / "pipe")
    (here / "gone.whl").symlink_to("nowhere")
    write_sdist(here, "acme", "1.0")

    found = find_distributions([argument, "acme-1.0.tar.gz"])
    assert found.problems == {argument: problem}
    assert [path.name for path in found.paths] == ["acme-1.0.tar.gz"]
