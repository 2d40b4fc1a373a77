"""Imports go one way: what is more basic knows nothing of what is built on it."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
FOLDERS = {
    "simple_index": "layers/simple_index/simple_index",
    "authenticator": "functions/authenticator",
    "indexer": "functions/indexer",
    "local": "local",
    "serverless_pypi": "cli/serverless_pypi",
}
MAY_IMPORT = {
    "simple_index": set(),
    "authenticator": set(),
    "indexer": {"simple_index"},
    "local": {"simple_index", "indexer", "authenticator"},
    "serverless_pypi": {"simple_index", "indexer", "authenticator", "local"},
}


def imports_of(folder: str) -> set[str]:
    """The top-level names that the modules in *folder* import."""
    names: set[str] = set()
    for path in sorted((REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_go_one_way(package: str) -> None:
    """`local` on top; the authenticator on its own, since a byte of it redeploys CloudFront."""
    ours = imports_of(FOLDERS[package]) & FOLDERS.keys() - {package}
    assert ours <= MAY_IMPORT[package]
