"""Index URLs are taken apart as clients do it, and what is shown of them has no credential in it."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_pypi.doctor.index_urls import parse_index_url, split_urls


@pytest.mark.parametrize(
    ("text", "url", "credential"),
    [
        ("https://a.example/simple/", "https://a.example/simple/", None),
        ("  HTTPS://A.example:8443\n", "https://a.example:8443", None),
        ("https://u:p@a.example/", "https://a.example/", ("u", "p")),
        ("https://u:p%40%2F%23@a.example/", "https://a.example/", ("u", "p@/#")),
        ("https://u:p@q@a.example/", "https://a.example/", ("u", "p@q")),
        ("https://u:p:q@a.example/", "https://a.example/", ("u", "p:q")),
        ("https://u@a.example/", "https://a.example/", ("u", "")),
        ("https://u:p@[::1]:8000/simple/", "https://[::1]:8000/simple/", ("u", "p")),
        ("https://u:p/q@a.example/", "https://a.example/", ("u", "p/q")),
        ("https://u:p#q@a.example/", "https://a.example/", ("u", "p#q")),
        ("https://u:p?q@a.example/", "https://a.example/", ("u", "p?q")),
        ("https://u:1/2@a.example/", "https://a.example/", ("u", "1/2")),
    ],
)
def test_parts(text: str, url: str, credential: tuple[str, str] | None) -> None:
    parsed = parse_index_url(text)
    assert parsed is not None
    assert parsed.url == url
    found = parsed.credential
    assert (found and (found.username, found.password)) == credential
    assert parsed.is_plain == (not credential or not set("/?#") & set(text[8:].rpartition("@")[0]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "file:///simple",
        "https://",
        "https:///simple/",
        "https://a b/",
        "https://a:x/",
        "https://a:0/",
    ],
)
def test_what_is_no_index_url(text: str) -> None:
    assert parse_index_url(text) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/simple/", "https://u:p@A.example/other", True),
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example:443/", "https://a.example/", True),
        ("https://a.example:8443/", "https://a.example/", False),
        ("https://a.example/", "https://b.example/", False),
    ],
)
def test_what_is_the_same_index(one: str, other: str, same: bool) -> None:
    """However its path is written."""
    first, second = parse_index_url(one), parse_index_url(other)
    assert first is not None
    assert second is not None
    assert first.has_host_of(second) == same


@given(st.text(min_size=1), st.text(min_size=8))
def test_a_credential_is_read_and_never_shown(username: str, password: str) -> None:
    """Whatever signs are in it, if they are written as a URL wants them."""
    try:
        written = f"{quote(username, safe='')}:{quote(password, safe='')}"
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return
    parsed = parse_index_url(f"https://{written}@a.example/simple/")
    assert parsed is not None
    assert parsed.credential is not None
    assert (parsed.credential.username, parsed.credential.password) == (username, password)
    assert parsed.url == parsed.right == "https://a.example/simple/"
    assert repr(parsed) == repr(parse_index_url("https://x:y@a.example/simple/"))


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Nor does what is behind a scheme; and what is before the last @ is never shown."""
    parse_index_url(text)
    parsed = parse_index_url(f"https://hunter2{text}@a.example/")
    assert parsed is None or "hunter2" not in parsed.url


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("127.1.2.3", True),
        ("[::1]:8000", True),
        ("127.example", False),
        ("127.0.0.1.example", False),
        ("localhost.example", False),
    ],
)
def test_only_this_machine_is_asked_by_http(host: str, is_loopback: bool) -> None:
    """Whatever a name begins with."""
    parsed = parse_index_url(f"http://{host}/simple/")
    assert parsed is not None
    assert parsed.secured().scheme == ("http" if is_loopback else "https")


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", []),
        ("https://a/simple/ https://b/simple/", ["https://a/simple/", "https://b/simple/"]),
        ("./wheels a=https://u:p@b/simple/ /srv", ["./wheels", "a=https://u:p@b/simple/", "/srv"]),
        ("https://u:1 /2@a/simple/ https://b/", ["https://u:1 /2@a/simple/", "https://b/"]),
        ("https://u:1 / .2@a/simple/ ./wheels", ["https://u:1 / .2@a/simple/", "./wheels"]),
    ],
)
def test_a_list_is_not_cut_within_a_password(text: str, urls: list[str]) -> None:
    """Its second half would be shown as a path, and its first as a host."""
    assert split_urls(text) == urls
