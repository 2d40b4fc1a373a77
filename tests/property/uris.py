"""What may go on to the cache and to S3, said without the authenticator's own expressions."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

__all__ = ["FORWARDED", "assert_safe", "assert_servable", "key_of"]

_NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"
_FILE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]|%2B|%21)*\.(?:whl|tar\.gz|zip)(?:\.metadata|\.provenance)?"
#: Every URI that a request may go on with.
FORWARDED = re.compile(
    rf"/index\.html|/project/{_NAME}/index\.html"
    rf"|/simple/(?:{_NAME}/)?index\.(?:json|html)|/simple/{_NAME}/{_FILE}"
    r"|/assets/[a-z0-9][a-z0-9.-]*\.(?:css|js|svg|png|ico|woff2)"
)
_PLACES = ("simple/", "project/", "assets/")


def assert_safe(uri: str) -> None:
    """Assert that *uri* means one thing, however often it is decoded."""
    for text in _decodings(uri):
        assert text.startswith("/")
        assert text.isascii()
        assert text.isprintable()
        assert not re.search(r"//|[\\?#;]", text)
        assert not {".", ".."} & set(text.split("/"))
    assert "+" not in uri  # S3 reads it as a space


def assert_servable(uri: str) -> None:
    """Assert that *uri* is safe, and means an object that viewers may read."""
    assert_safe(uri)
    key = key_of(uri)
    assert key == "index.html" or key.startswith(_PLACES)


def key_of(uri: str) -> str:
    """The key that S3 looks for, which decodes a path once."""
    return unquote(uri.removeprefix("/"))


def _decodings(uri: str) -> Iterator[str]:
    """*uri* decoded never, once, and so on until it stays as it is."""
    yield uri
    while (decoded := unquote(uri)) != uri:
        yield decoded
        uri = decoded
