"""An independent implementation of the simple repository API, CERN's, reads our pages as we meant them."""

from simple_repository import parser

from simple_index import html, pep691
from tests.simple_index.acme import DETAIL, PROJECTS, SDIST, WHEEL, WRITING


def test_it_reads_the_json_page() -> None:
    """Every field of every PEP that it knows."""
    page = parser.parse_json_project_page(pep691.render_detail(DETAIL, WRITING).decode())
    assert (page.name, page.meta.api_version) == ("acme-core", "1.4")
    assert page.versions == {"1.9", "1.10+cu118"}
    wheel, sdist = page.files
    assert (wheel.filename, wheel.hashes) == (WHEEL.filename, {"sha256": WHEEL.sha256})
    assert (wheel.size, wheel.upload_time) == (WHEEL.size, WHEEL.upload_time.replace(tzinfo=None))
    assert wheel.requires_python == WHEEL.requires_python
    assert wheel.dist_info_metadata == {"sha256": "3" * 64}
    assert wheel.yanked == "breaks <b>logins</b>"
    assert (sdist.filename, sdist.upload_time) == (SDIST.filename, SDIST.upload_time.replace(tzinfo=None))
    assert not sdist.yanked


def test_it_reads_the_html_page() -> None:
    """The same, as far as HTML can say it."""
    page = parser.parse_html_project_page(html.render_detail(DETAIL, "nonce").decode(), "acme-core")
    wheel, sdist = page.files
    assert (wheel.filename, wheel.hashes) == (WHEEL.filename, {"sha256": WHEEL.sha256})
    assert wheel.requires_python == WHEEL.requires_python
    assert wheel.dist_info_metadata == {"sha256": "3" * 64}
    assert wheel.yanked == "breaks <b>logins</b>"
    assert sdist.filename == SDIST.filename


def test_it_reads_both_lists() -> None:
    """The projects that have files, and no other."""
    json_list = parser.parse_json_project_list(pep691.render_list(PROJECTS, WRITING).decode())
    html_list = parser.parse_html_project_list(html.render_list(PROJECTS, "nonce").decode())
    assert {project.name for project in json_list.projects} == {"acme-core", "zoo"}
    assert {project.name for project in html_list.projects} == {"acme-core", "zoo"}
