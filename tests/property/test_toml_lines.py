"""Where something stands is where whoever wrote the document put it."""

import tomllib

from hypothesis import HealthCheck, given, settings

from authenticator.toml_lines import line_of
from tests.property.toml_documents import Document, documents, paths_of


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_every_path_stands_on_the_line_of_its_statement(document: Document) -> None:
    """Whatever brackets, quotes and line ends stand in strings, keys and comments around it."""
    paths = set(paths_of(tomllib.loads(document.text))) - {()}
    assert {path: line_of(document.text, path) for path in paths} == document.lines
