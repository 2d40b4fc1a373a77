"""Which projects are pinned to an index by its name, and how one more is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from serverless_pypi.doctor.documents import Toml, string
from serverless_pypi.doctor.mends import Edit, run
from serverless_pypi.doctor.places import Steps

__all__ = ["Pins", "poetry_pins", "uv_pins"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_UV = ("tool", "uv", "sources")
_POETRY = ("tool", "poetry", "dependencies")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pins:
    """The names of the indexes that a project is taken from, and from no other."""

    by_project: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: The projects that it depends on by itself; None where that does not matter.
    dependencies: frozenset[str] | None = None
    #: Where another is written: a file, the line before it, and what stands between that and it.
    file: Path | None = None
    line: int = 0
    header: str = ""

    def of(self, project: NormalizedName) -> tuple[str, ...]:
        return self.by_project.get(project, ())

    def pin(self, project: NormalizedName, index: str) -> Steps:
        """*project* is taken from the *index* of that name."""
        if self.file is None:
            return (run("poetry", "add", "--source", index, project),)
        text = f'{self.header}{project} = {{ index = "{index}" }}'
        return (Edit(file=self.file, first=self.line + 1, last=self.line, text=text),)


def uv_pins(document: Toml | None) -> Pins:
    """Those of ``[tool.uv.sources]``."""
    if document is None:
        return Pins()
    table = document.get(*_UV)
    pins = Pins(
        by_project=dict(_pinned(table if isinstance(table, dict) else {}, key="index")),
        dependencies=frozenset(_dependencies(document)),
        file=document.file,
    )
    if isinstance(table, dict) and document.has_header(*_UV):
        return replace(pins, line=document.line(*_UV))
    return replace(pins, line=len(document.text.splitlines()), header="\n[tool.uv.sources]\n")


def poetry_pins(document: Toml) -> Pins:
    """Those of the dependencies, of each group too."""
    groups = document.get("tool", "poetry", "group")
    tables = [document.get(*_POETRY)]
    tables += [group.get("dependencies") for group in _values(groups) if isinstance(group, dict)]
    pinned = [pin for table in tables if isinstance(table, dict) for pin in _pinned(table, key="source")]
    return Pins(by_project=dict(pinned))


def _dependencies(document: Toml) -> Iterator[str]:
    """The names of what the project itself depends on, with each extra and in each group."""
    lists = [document.get("project", "dependencies"), document.get("tool", "uv", "dev-dependencies")]
    for tables in (document.get("project", "optional-dependencies"), document.get("dependency-groups")):
        lists += _values(tables)
    for requirement in (entry for entries in lists if isinstance(entries, list) for entry in entries):
        if name := _NAME.match(string(requirement) or ""):
            yield canonicalize_name(name[0])


def _pinned(table: dict[str, Any], *, key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in table.items():
        entries = value if isinstance(value, list) else [value]
        names = [string(entry.get(key)) for entry in entries if isinstance(entry, dict)]
        if any(names):
            yield canonicalize_name(name), tuple(filter(None, names))


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []
