import pytest

from authenticator.errors import NotServedError
from authenticator.routing import FilePath, PagePath, Redirect, route

WHEEL = "acme_core-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("/simple/", PagePath(project=None)),
        ("/simple/acme-core/", PagePath(project="acme-core")),
        (f"/simple/acme-core/{WHEEL}", FilePath(project="acme-core", filename=WHEEL)),
        (f"/simple/acme-core/{WHEEL}.metadata", FilePath(project="acme-core", filename=f"{WHEEL}.metadata")),
        ("/simple/a/a-1.zip.provenance", FilePath(project="a", filename="a-1.zip.provenance")),
        ("/simple/a/a-1.tar.gz", FilePath(project="a", filename="a-1.tar.gz")),
        ("/simple/a/a-1.zip", FilePath(project="a", filename="a-1.zip")),
        ("/simple/a/a-1+cu118.tar.gz", FilePath(project="a", filename="a-1+cu118.tar.gz")),
        ("/simple/a/a-1%2Bcu118.tar.gz", FilePath(project="a", filename="a-1+cu118.tar.gz")),
        ("/simple/a/a-1%2bcu118.tar.gz", FilePath(project="a", filename="a-1+cu118.tar.gz")),
        ("/simple/a/a-1%212.tar.gz", FilePath(project="a", filename="a-1!2.tar.gz")),
        ("/", Redirect(location="/simple/")),
        ("/simple", Redirect(location="/simple/")),
        ("/simple/acme-core", Redirect(location="/simple/acme-core/")),
        ("/simple/Acme_Core/", Redirect(location="/simple/acme-core/")),
        ("/simple/Acme..Core", Redirect(location="/simple/acme-core/")),
        (f"/simple/Acme_Core/{WHEEL}", Redirect(location=f"/simple/acme-core/{WHEEL}")),
    ],
)
def test_a_path_that_is_served(uri: str, expected: PagePath | FilePath | Redirect) -> None:
    """Pages, files, and the redirects that PEP 503 asks for."""
    assert route(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "simple/",
        "//simple/",
        "/simple//",
        "/simple//acme/",
        "/Simple/",
        "/simple/./",
        "/simple/../auth/htpasswd",
        "/simple/..%2f..%2fauth%2fhtpasswd",
        "/simple/%2e%2e/",
        "/auth/htpasswd",
        "/auth%2fhtpasswd",
        "/incoming/a-1.tar.gz",
        "/rejected/incoming/a-1.tar.gz",
        "/simple/acme/index.json",
        "/simple/acme/index.html",
        "/simple/acme/.status",
        "/simple/acme/a-1.tar.gz.yanked",
        "/simple/acme/a-1.tar.gz.removed",
        "/simple/acme/a-1.tar.gz.metadata.metadata",
        "/simple/acme/sub/a-1.tar.gz",
        "/simple/acme/a-1.tar.gz/",
        "/simple/acme/a 1.tar.gz",
        "/simple/acme/a%201.tar.gz",
        "/simple/acme/a-1.tar.gz\n",
        "/simple/acme/\n",
        "/simple/acme/a%00.tar.gz",
        "/simple/acme/a%252B1.tar.gz",
        "/simple/acme\\a-1.tar.gz",
        "/simple/acme/?list-type=2",
        "/simple/-acme/",
        "/simple/acme-/",
        "/simple/ärger/",
        "/simple/acm\u212a/",
        "/simple/" + "a" * 1000 + "/",
    ],
)
def test_a_path_that_is_not_served(uri: str) -> None:
    """Whatever could be another path to another reader."""
    with pytest.raises(NotServedError):
        route(uri)


def test_the_uri_that_goes_on_is_built_from_what_matched() -> None:
    """S3 would read a + as a space."""
    path = route("/simple/a/a-1+cu118.tar.gz")
    assert isinstance(path, FilePath)
    assert path.uri == "/simple/a/a-1%2Bcu118.tar.gz"


def test_a_page_stands_in_the_bucket_in_two_forms() -> None:
    """The form is part of the URI, so it is part of the cache key."""
    assert PagePath(project="a").uri("json") == "/simple/a/index.json"
    assert PagePath(project=None).uri("html") == "/simple/index.html"
