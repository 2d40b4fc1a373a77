"""Which index is meant, from what was said."""

import pytest

from serverless_pypi.errors import CommandError
from serverless_pypi.index import Index, split_credential


@pytest.mark.parametrize(
    ("given", "url", "credential"),
    [
        ("https://pypi.example.com/simple/", "https://pypi.example.com/simple/", None),
        ("https://pypi.example.com/simple", "https://pypi.example.com/simple/", None),
        ("https://alice:se%40cret@a.b:8443/simple/", "https://a.b:8443/simple/", ("alice", "se@cret")),
        ("https://alice@a.b/simple/", "https://a.b/simple/", ("alice", "")),
        ("https://a.b/simple/?q=1#x", "https://a.b/simple/", None),
        ("http://[::1]:8000/simple/", "http://[::1]:8000/simple/", None),
    ],
)
def test_a_credential_is_taken_out_of_the_url(
    given: str, url: str, credential: tuple[str, str] | None
) -> None:
    """What is asked, logged or shown is the URL without it."""
    assert split_credential(given) == (url, credential)


@pytest.mark.parametrize(
    "given", ["", "pypi.example.com/simple/", "ftp://a/", "https://", "http://a:b/", "http://[/"]
)
def test_what_is_no_url_is_a_sentence_without_it(given: str) -> None:
    """It may hold a password."""
    with pytest.raises(CommandError) as raised:
        split_credential(given)
    assert str(raised.value) == (
        "The index URL is no URL: write it as https://HOST/simple/, with --index-url."
    )


def test_what_is_given_is_not_asked_for() -> None:
    """Neither the bucket nor the URL needs AWS then."""
    index = Index(service="acme", bucket="my-bucket", index_url="https://alice:secret@a.b/simple/")
    assert index.bucket == "my-bucket"
    assert index.url == "https://a.b/simple/"
    assert index.credential == ("alice", "secret")
