"""Whatever a file is called, its name is refused or safe."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from simple_index import keys
from simple_index.errors import InvalidFilenameError
from simple_index.filenames import is_normalized, parse_filename
from simple_index.metadata import parse_metadata
from simple_index.pep691 import file_url

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}\.(?:whl|tar\.gz|zip)")
SAFE_URL = re.compile(r"\./[A-Za-z0-9](?:[A-Za-z0-9._-]|%2B|%21)*")
SUFFIXES = st.sampled_from([".whl", ".tar.gz", ".zip", "-py3-none-any.whl", ".WHL", "\n", ""])
# Pieces that names are made of, and pieces that they should not be made of.
PIECES = st.sampled_from(
    [
        "acme",
        "Acme",
        "core",
        "1",
        "1.0",
        "1!2.0",
        "+cu118",
        "rc1",
        "-",
        "_",
        ".",
        "--",
        "..",
        "py3",
        "none",
        "any",
    ]
) | st.text(st.characters(), max_size=3)
NAMES = st.text(st.characters()) | st.builds(
    lambda pieces, suffix: "".join(pieces) + suffix, st.lists(PIECES, max_size=10), SUFFIXES
)
RELEASES = st.from_regex(
    r"[1-9]?[0-9](\.[1-9]?[0-9]){0,3}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?", fullmatch=True
)
PROJECTS = st.from_regex(r"[a-z0-9]([a-z0-9]|-[a-z0-9]){0,20}", fullmatch=True)


@given(NAMES)
@example("acme-1.0.tar.gz\n")
@example("acme-" + "1" * 240 + ".zip")
def test_every_name_is_refused_or_safe(filename: str) -> None:
    """Safe as a key, as a URL and as a line of HTML; nothing but a refusal is raised."""
    try:
        distribution = parse_filename(filename)
    except InvalidFilenameError:
        return
    assert distribution.filename == filename
    assert SAFE.fullmatch(filename)
    assert SAFE_URL.fullmatch(file_url(filename))
    assert is_normalized(distribution.project)
    key = keys.distribution_file(distribution)
    assert key.split("/") == ["simple", distribution.project, filename]
    assert keys.normalized_project_of(key) == distribution.project
    assert keys.is_distribution(key)


@given(PROJECTS, RELEASES, st.sampled_from(["", "-1", "-2x"]), st.booleans())
def test_what_build_tools_write_is_accepted(project: str, release: str, build: str, is_wheel: bool) -> None:
    """And agrees with the metadata that it was built from."""
    stem = f"{project.replace('-', '_')}-{release}"
    distribution = parse_filename(f"{stem}{build}-py3-none-any.whl" if is_wheel else f"{stem}.tar.gz")
    assert distribution.project == project
    parse_metadata(f"Name: {project}\nVersion: {release}\n".encode(), distribution)
