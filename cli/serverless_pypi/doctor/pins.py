"""Which projects are pinned to an index by its name, and how one more is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from serverless_pypi.doctor.documents import Toml, string
from serverless_pypi.doctor.mends import Edit, run
from serverless_pypi.doctor.places import Steps

__all__ = ["Pins", "poetry_pins", "uv_pins"]

_UV = ("tool", "uv", "sources")
_POETRY = ("tool", "poetry", "dependencies")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pins:
    """The names of the indexes that a project is taken from, and from no other."""

    by_project: dict[str, tuple[str, ...]] = field(default_factory=dict)
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
    by_project = dict(_pinned(table if isinstance(table, dict) else {}, key="index"))
    if isinstance(table, dict) and document.has_header(*_UV):
        return Pins(by_project=by_project, file=document.file, line=document.line(*_UV))
    end = len(document.text.splitlines())
    return Pins(by_project=by_project, file=document.file, line=end, header="\n[tool.uv.sources]\n")


def poetry_pins(document: Toml) -> Pins:
    """Those of the dependencies, of each group too."""
    groups = document.get("tool", "poetry", "group")
    tables = [document.get(*_POETRY)]
    tables += [group.get("dependencies") for group in _values(groups) if isinstance(group, dict)]
    pinned = [pin for table in tables if isinstance(table, dict) for pin in _pinned(table, key="source")]
    return Pins(by_project=dict(pinned))


def _pinned(table: dict[str, Any], *, key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in table.items():
        entries = value if isinstance(value, list) else [value]
        names = [string(entry.get(key)) for entry in entries if isinstance(entry, dict)]
        if any(names):
            yield canonicalize_name(name), tuple(filter(None, names))


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []
