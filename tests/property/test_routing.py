"""Whatever a viewer asks for, what goes on is one of our own spellings."""

import re
import string
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from authenticator.routing import AssetPath, FilePath, HomePath, PagePath, Redirect, route
from tests.property.uris import FORWARDED, assert_safe, assert_servable, key_of

# Pieces that paths are made of, and pieces that they should not be made of.
_PIECES = st.sampled_from(
    """/ // simple project assets index.html auth htpasswd policy.toml acme Acme acme-core a 1 . .. - _ + ! ~
    % %2B %2b %21 %252B %2e %2E%2e %2f %5c %00 %0a %20 %25 ; ? # \\ .whl .tar.gz .zip .metadata .provenance
    .css .js style json html""".split()  # noqa: SIM905 - so they can be read
) | st.sampled_from("\0\n é\u0130\u017f\u212a")
URIS = st.text(st.characters()) | st.builds(
    lambda place, pieces: place + "".join(pieces),
    st.sampled_from(["", "/", "/simple/", "/simple/acme/", "/simple/acme/acme-1", "/project/", "/assets/"]),
    st.lists(_PIECES, max_size=8),
)
NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True)
FILENAMES = st.from_regex(
    r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,30}\.(whl|tar\.gz|zip)(\.metadata|\.provenance)?", fullmatch=True
)
_SYMBOLS = "/.%2ef\\a;+\0"


def forwarded(path: PagePath | HomePath | FilePath | AssetPath) -> list[str]:
    """The URIs that a path can go on as."""
    return [path.uri("json"), path.uri("html")] if isinstance(path, PagePath) else [path.uri]


@given(URIS)
@example("/simple/acme/a%2Bb.whl\n")
@example("/simple/acme/a.zip%00.whl")
@example(f"/simple/{'a' * 255}")
@example(f"/simple/{'A' * 255}/{'+' * 251}.tar.gz.provenance")
@example(f"/simple/A/a{'+' * 250}.tar.gz.provenance")
@example(f"/simple/{'a' * 992}")
def test_what_goes_on_is_safe_and_is_the_canonical_spelling(uri: str) -> None:
    """It matches a strict grammar; its project is normalized; asked for again it is the same path."""
    path = route(uri)
    if path is None:
        return
    target = path.target if isinstance(path, Redirect) else path
    for each in forwarded(target):
        assert FORWARDED.fullmatch(each)
        assert_servable(each)
    assert route(target.location) == target
    project = getattr(target, "project", None)
    if project is not None:
        assert canonicalize_name(project) == project
        # Of what was asked for: the second segment, in whichever spelling.
        assert canonicalize_name(uri.split("/")[2]) == project


@given(URIS)
def test_a_redirect_leads_to_where_it_is_let_through(uri: str) -> None:
    """To a path of this host that is no redirect again, and is not what was asked for."""
    path = route(uri)
    if isinstance(path, Redirect):
        location = path.target.location
        assert location != uri
        assert re.fullmatch(r"/(?:[a-z][!-~]*)?", location)
        assert_safe(location)
        assert route(location) == path.target


@given(NAMES)
def test_every_spelling_of_a_name_leads_to_its_one_page(name: str) -> None:
    """With a slash or without; only the canonical one is no redirect."""
    project = canonicalize_name(name)
    for place, target in (("simple", PagePath(project)), ("project", HomePath(project))):
        for uri in (f"/{place}/{name}/", f"/{place}/{name}"):
            expected = target if uri == f"/{place}/{project}/" else Redirect(target)
            assert route(uri) == expected


@given(NAMES, FILENAMES, st.data())
def test_a_file_is_found_however_its_plus_is_written(name: str, filename: str, data: st.DataObject) -> None:
    """What goes on is %2B and %21, which S3 decodes to the file's own name; its case is kept."""
    written = "".join(
        data.draw(st.sampled_from({"+": ["+", "%2B", "%2b"], "!": ["!", "%21"]}.get(character, [character])))
        for character in filename
    )
    project = canonicalize_name(name)
    path = route(f"/simple/{name}/{written}")
    if isinstance(path, Redirect):
        assert name != project
        path = path.target
    else:
        assert name == project
    assert path == FilePath(project, filename)
    assert key_of(path.uri) == f"simple/{project}/{filename}"


@given(NAMES, FILENAMES, st.integers(0, 60), st.sampled_from(string.printable))
def test_no_other_escape_is_decoded(name: str, filename: str, place: int, character: str) -> None:
    """A character that is written as %XX is no path of ours, unless it is + or !."""
    uri = f"/simple/{name}/{filename}"
    place = place % len(uri)
    escaped = f"{uri[:place]}%{ord(character):02X}{uri[place + 1 :]}"
    assert route(escaped) is None or character in "+!"


@pytest.mark.parametrize(
    ("before", "after", "longest"),
    [
        ("/simple/", "", 6),
        ("/", "", 5),
        ("/project/", "", 5),
        ("/assets/", "", 5),
        ("/assets/", ".css", 5),
        ("/simple/a/", ".whl", 5),
        ("/simple/a", "/a.whl", 5),
    ],
)
def test_every_short_string_is_refused_or_safe(before: str, after: str, longest: int) -> None:
    """All strings of these symbols: decoded never, once, and until stable."""
    for length in range(longest + 1):
        for symbols in product(_SYMBOLS, repeat=length):
            path = route(before + "".join(symbols) + after)
            if path is not None:
                target = path.target if isinstance(path, Redirect) else path
                assert_safe(target.location)
                for each in forwarded(target):
                    assert_servable(each)
