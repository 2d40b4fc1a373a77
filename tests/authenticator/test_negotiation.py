import pytest

from authenticator.errors import NotAcceptableError
from authenticator.negotiation import negotiate

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def headers(accept: str | None, encoding: str | None = "gzip, deflate") -> dict[str, list[dict[str, str]]]:
    fields = {"accept": accept, "accept-encoding": encoding}
    return {name: [{"value": value}] for name, value in fields.items() if value is not None}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", "json"),  # pip from 22.2 on, PDM
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", "json"),  # uv
        (f"{JSON}, */*;q=0.1", "json"),  # Poetry
        ("text/html", "html"),  # pip up to 22.1
        ("*/*", "html"),  # curl, Pipenv
        (None, "html"),
        ("", "html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),  # browsers
        ("application/vnd.pypi.simple.latest+json", "json"),
        ("application/json", "html"),
        (f"{JSON};q=0", "html"),
        (f"{JSON};q=0.2, text/html;q=0.9", "html"),
        (f"{JSON};q=0.2, */*", "html"),
        (f"{JSON}, {HTML}", "json"),
        (JSON.upper(), "json"),
        (f"{JSON};q=high", "html"),
        (f"{JSON};q=2", "html"),
        (f"{JSON};level=1;q=0.5, text/html;q=0.6", "html"),
        (f"{JSON} ;  q = 0.5 , text/html;q=0.4", "json"),
    ],
)
def test_json_goes_to_those_who_name_it_and_like_nothing_better(accept: str | None, form: str) -> None:
    """The answers that real clients depend on."""
    assert negotiate(headers(accept)) == form


@pytest.mark.parametrize("encoding", [None, "", "identity", "br, zstd", "gzip;q=0", "*;q=0"])
def test_without_gzip_there_is_html(encoding: str | None) -> None:
    """The JSON page is stored gzipped and goes out as it is."""
    assert negotiate(headers(f"{JSON}, text/html;q=0.1", encoding)) == "html"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP;q=0.5", "*", "deflate, gzip"])
def test_with_gzip_there_is_json(encoding: str) -> None:
    """However it is said."""
    assert negotiate(headers(JSON, encoding)) == "json"


def test_json_and_nothing_else_without_gzip_is_not_acceptable() -> None:
    """406: what the viewer could read is not what we have."""
    with pytest.raises(NotAcceptableError):
        negotiate(headers(JSON, "identity"))


def test_the_lines_of_a_repeated_header_are_one_list() -> None:
    """CloudFront gives each line as it came."""
    lines = {
        "accept": [{"value": "text/html;q=0.1"}, {"value": JSON}],
        "accept-encoding": [{"value": "gzip"}],
    }
    assert negotiate(lines) == "json"
