import pytest

from authenticator.routing import AssetPath, FilePath, HomePath, PagePath, Path, Redirect, route

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
        ("/", HomePath(project=None)),
        ("/project/acme-core/", HomePath(project="acme-core")),
        ("/assets/style.css", AssetPath(name="style.css")),
        ("/assets/web-pages.0a1b2c.js", AssetPath(name="web-pages.0a1b2c.js")),
        ("/assets/inter.woff2", AssetPath(name="inter.woff2")),
        ("/simple", Redirect(PagePath(project=None))),
        ("/simple/acme-core", Redirect(PagePath(project="acme-core"))),
        ("/simple/Acme_Core/", Redirect(PagePath(project="acme-core"))),
        ("/simple/Acme..Core", Redirect(PagePath(project="acme-core"))),
        ("/simple/A", Redirect(PagePath(project="a"))),
        (f"/simple/Acme_Core/{WHEEL}", Redirect(FilePath(project="acme-core", filename=WHEEL))),
        ("/project/acme-core", Redirect(HomePath(project="acme-core"))),
        ("/project/Acme_Core/", Redirect(HomePath(project="acme-core"))),
    ],
)
def test_a_path_that_is_served(uri: str, expected: Path | Redirect) -> None:
    """Pages, files, what people look at, and the redirects that PEP 503 asks for."""
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
        "/index.html",
        "/health",
        "/project/",
        "/project",
        "/project/acme-core/index.html",
        "/project/acme-core/a-1.tar.gz",
        "/project/../auth/htpasswd",
        "/project//",
        "/assets/",
        "/assets/../auth/policy.toml",
        "/assets/a/b.css",
        "/assets/.css",
        "/assets/a..css",
        "/assets/Style.css",
        "/assets/style.css\n",
        "/assets/style.css/",
        "/assets/%2B.css",
        "/assets/policy.toml",
        "/assets/page.html",
    ],
)
def test_a_path_that_is_not_served(uri: str) -> None:
    """Whatever could be another path to another reader."""
    assert route(uri) is None


def test_the_uri_that_goes_on_is_built_from_what_matched() -> None:
    """S3 would read a + as a space."""
    for written in ("+", "%2B", "%2b"):
        path = route(f"/simple/a/a-1{written}cu118.tar.gz")
        assert isinstance(path, FilePath)
        assert path.uri == path.location == "/simple/a/a-1%2Bcu118.tar.gz"


def test_what_people_look_at_stands_in_the_bucket_once() -> None:
    """Pages as HTML, assets as they are."""
    assert HomePath(project=None).uri == "/index.html"
    assert HomePath(project="a").uri == "/project/a/index.html"
    assert AssetPath(name="style.css").uri == AssetPath(name="style.css").location == "/assets/style.css"


def test_each_path_is_its_own_spelling() -> None:
    """So a redirect to it is the last one."""
    for path in (PagePath(None), PagePath("a"), HomePath(None), HomePath("a"), FilePath("a", "a-1+x.zip")):
        assert route(path.location) == path


def test_a_page_stands_in_the_bucket_in_two_forms() -> None:
    """The form is part of the URI, so it is part of the cache key."""
    assert PagePath(project="a").uri("json") == "/simple/a/index.json"
    assert PagePath(project=None).uri("html") == "/simple/index.html"
