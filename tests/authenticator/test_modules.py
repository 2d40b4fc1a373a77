import ast
import re
from pathlib import Path

import authenticator

FOLDER = Path(authenticator.__file__ or "").parent


def imported(module: str) -> set[str]:
    """The modules of ours that one imports."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "authenticator":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("authenticator."):
            names.add(str(node.module).partition(".")[2])
    return names


def test_a_module_imports_only_what_is_more_basic() -> None:
    """In the order that the package's docstring names them all."""
    listed = (authenticator.__doc__ or "").partition("the most basic first:")[2]
    order = re.findall(r"\w+", listed)
    assert sorted(order) == sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    for place, module in enumerate(order):
        assert imported(module) <= set(order[:place])
