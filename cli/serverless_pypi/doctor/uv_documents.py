"""Where uv finds its settings, and in which order they count."""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from serverless_pypi.doctor.documents import Toml
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.machine import Machine

__all__ = ["Table", "UvDocument", "nearest_project", "uv_documents"]

#: A part of uv's settings: () is all of them, ("pip",) those for `uv pip` alone.
Table = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UvDocument:
    """A document, and the path of uv's table in it."""

    toml: Toml
    path: Table

    def get(self, *path: str) -> Any:
        return self.toml.get(*self.path, *path)

    def chosen(self, table: Table, key: str) -> tuple[Table, Any]:
        """What *key* is in *table*, if it is there, or else outside of it; and where it is."""
        inner = self.get(*table, key) if table else None
        return (table, inner) if inner is not None else ((), self.get(key))


def uv_documents(machine: Machine, reading: Reading) -> list[UvDocument]:
    """Those that uv reads, the one that counts most first: of the project, the user, the system."""
    if machine.says_yes("UV_NO_CONFIG"):
        return []
    if given := machine.get("UV_CONFIG_FILE"):
        return _of_uv_toml(machine.folder / given, reading)[:1]
    documents = _of_project(machine, reading)
    for files in (_user_files(machine), _system_files(machine)):
        found = (document for file in files for document in _of_uv_toml(file, reading))
        documents += [document for document in [next(found, None)] if document]
    return documents


def nearest_project(machine: Machine) -> Toml | None:
    """The document of the project that the folder is in. What is wrong with it is told of elsewhere."""
    return next((toml for _, toml in _projects(machine, Reading())), None)


def _of_project(machine: Machine, reading: Reading) -> list[UvDocument]:
    """Of the workspace, if the folder is in one; else the nearest folder that has a document."""
    projects = list(_projects(machine, reading))
    root = _workspace(projects)
    for folder in (root, *root.parents) if root else machine.folders:
        if documents := _of_uv_toml(folder / "uv.toml", reading):
            return documents
        for where, toml in projects:
            if where == folder and toml.get("tool", "uv") is not None:
                return [UvDocument(toml=toml, path=("tool", "uv"))]
    return []


def _projects(machine: Machine, reading: Reading) -> Iterator[tuple[Path, Toml]]:
    for folder in machine.folders:
        if (toml := reading.toml(folder / "pyproject.toml")) is not None:
            yield folder, toml


def _workspace(projects: list[tuple[Path, Toml]]) -> Path | None:
    """The root of the workspace that the nearest project is a member of."""
    for root, toml in projects:
        members, excluded = (toml.get("tool", "uv", "workspace", key) or [] for key in ("members", "exclude"))
        nearest = PurePath(projects[0][0]).relative_to(root)
        if _matches(nearest, members) and not _matches(nearest, excluded):
            return root
    return None


def _matches(path: PurePath, patterns: Any) -> bool:
    strings = (
        [pattern for pattern in patterns if isinstance(pattern, str)] if isinstance(patterns, list) else []
    )
    return any(_names(PurePath(pattern), path) for pattern in strings if pattern.strip("./"))


def _names(pattern: PurePath, path: PurePath) -> bool:
    """Whether all of *path* is as *pattern* says; `PurePath.match` looks at its end alone."""
    if "**" in pattern.parts:
        return fnmatch.fnmatch(path.as_posix(), pattern.as_posix().replace("**", "*"))
    return len(pattern.parts) == len(path.parts) and path.match(str(pattern))


def _of_uv_toml(file: Path, reading: Reading) -> list[UvDocument]:
    toml = reading.toml(file)
    return [UvDocument(toml=toml, path=())] if toml is not None else []


def _user_files(machine: Machine) -> list[Path]:
    folder = machine.roaming if machine.is_windows else machine.config_home
    return [folder / "uv" / "uv.toml"]


def _system_files(machine: Machine) -> list[Path]:
    if machine.is_windows:
        return [Path(machine.get("PROGRAMDATA") or "C:/ProgramData") / "uv" / "uv.toml"]
    folders = [*machine.config_folders, machine.root / "etc"]
    return [folder / "uv" / "uv.toml" for folder in folders]
