import dataclasses

from packaging.utils import NormalizedName
from pypi_simple import IndexPage, ProjectPage

from simple_index.html import CONTENT_TYPE, names_on_list, render_detail, render_list
from simple_index.model import Marker, ProjectDetail, ProjectList, Sidecar, Status
from tests.simple_index.acme import DETAIL, PAGE_URL, PROJECTS, WHEEL

NONCE = "0123456789abcdef"
DETAIL_PAGE = b"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.4">
<meta name="serverless-pypi:nonce" content="0123456789abcdef">
<meta name="pypi:project-status" content="deprecated">
<meta name="pypi:project-status-reason" content="use bolt">
<title>Links for acme-core</title>
</head>
<body>
<h1>Links for acme-core</h1>
<a href="./acme_core-1.10%2Bcu118-py3-none-any.whl\
#sha256=2222222222222222222222222222222222222222222222222222222222222222" \
data-requires-python="&gt;=3.9, &lt;4" \
data-core-metadata="sha256=3333333333333333333333333333333333333333333333333333333333333333" \
data-dist-info-metadata="sha256=3333333333333333333333333333333333333333333333333333333333333333" \
data-yanked="breaks &lt;b&gt;logins&lt;/b&gt;" \
data-provenance="https://index.example/simple/acme-core/acme.provenance">\
acme_core-1.10+cu118-py3-none-any.whl</a><br>
<a href="./acme_core-1.9.tar.gz\
#sha256=1111111111111111111111111111111111111111111111111111111111111111">acme_core-1.9.tar.gz</a><br>
</body>
</html>
"""
LIST_PAGE = b"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.4">
<meta name="serverless-pypi:nonce" content="0123456789abcdef">
<title>Simple index</title>
</head>
<body>
<h1>Simple index</h1>
<a href="./acme-core/">acme-core</a><br>
<a href="./zoo/">zoo</a><br>
</body>
</html>
"""


def test_a_project_page_in_full() -> None:
    """PEP 503 with 629, 658 under both names, and the sdist's anchor with nothing that it does not say."""
    assert render_detail(DETAIL, NONCE) == DETAIL_PAGE
    assert CONTENT_TYPE == "text/html; charset=utf-8"


def test_a_project_list_in_full() -> None:
    """Normalized names, in order, each a URL that ends in a slash."""
    assert render_list(PROJECTS, NONCE) == LIST_PAGE


def test_an_empty_page_is_a_page() -> None:
    """A project whose files are gone is still claimed."""
    assert b"<a" not in render_detail(ProjectDetail(project=NormalizedName("acme")), NONCE)
    assert b"<a" not in render_list(ProjectList(), NONCE)


def test_the_same_values_give_the_same_bytes() -> None:
    """In whatever order they come; and another nonce gives other bytes."""
    turned = dataclasses.replace(DETAIL, files=DETAIL.files[::-1])
    assert render_detail(turned, NONCE) == DETAIL_PAGE
    assert render_detail(DETAIL, "1") != DETAIL_PAGE
    assert render_list(PROJECTS, "1") != LIST_PAGE


def test_every_value_is_escaped() -> None:
    """None of these can reach a page; should one, it is text."""
    markup = "\"'><script>&amp;"
    escaped = b"&quot;&#x27;&gt;&lt;script&gt;&amp;amp;"
    file = dataclasses.replace(
        WHEEL,
        filename=markup,
        sha256=markup,
        requires_python=markup,
        core_metadata=Sidecar(sha256=markup, etag=""),
        yanked=Marker(text=markup, etag=""),
    )
    status = Status(name=markup, reason=markup, etag="")
    page = render_detail(ProjectDetail(project=NormalizedName(markup), files=(file,), status=status), markup)
    assert page.count(escaped) == 11
    assert b"<script" not in page
    assert b"<script" not in render_list(ProjectList(projects={NormalizedName(markup): ""}), markup)


def test_an_independent_parser_reads_the_project_page() -> None:
    """pypi-simple, with URLs resolved against the page's; of sizes and times HTML says nothing."""
    page = ProjectPage.from_html("acme-core", DETAIL_PAGE, PAGE_URL)
    assert (page.project, page.repository_version) == ("acme-core", "1.4")
    wheel, sdist = page.packages
    assert wheel.filename == "acme_core-1.10+cu118-py3-none-any.whl"
    assert wheel.url == PAGE_URL + "acme_core-1.10%2Bcu118-py3-none-any.whl"
    assert wheel.digests == {"sha256": "2" * 64}
    assert wheel.requires_python == ">=3.9, <4"
    assert (wheel.has_metadata, wheel.metadata_digests) == (True, {"sha256": "3" * 64})
    assert (wheel.is_yanked, wheel.yanked_reason) == (True, "breaks <b>logins</b>")
    assert (sdist.filename, sdist.url) == ("acme_core-1.9.tar.gz", PAGE_URL + "acme_core-1.9.tar.gz")
    assert sdist.digests == {"sha256": "1" * 64}
    assert (sdist.requires_python, sdist.has_metadata, sdist.metadata_digests) == (None, None, None)


def test_an_independent_parser_reads_the_project_list() -> None:
    """pypi-simple again."""
    page = IndexPage.from_html(LIST_PAGE)
    assert (page.projects, page.repository_version) == (["acme-core", "zoo"], "1.4")


def test_the_names_on_a_list_are_read_back() -> None:
    """And no others, whatever other hands have made of it."""
    names = {NormalizedName("acme"), NormalizedName("acme-core")}
    page = render_list(ProjectList(projects=dict.fromkeys(names, "since")), "nonce")
    assert names_on_list(page) == names
    assert names_on_list(page + b'<a href="./-x/">x</a><a href="../up/">y</a>\xff') == names
