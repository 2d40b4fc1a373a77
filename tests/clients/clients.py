"""Each client as the page recommends to set it up, with one verb for all: get a project and what it needs."""

import json
import re
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.clients.environments import NEWEST, program
from tests.clients.person import Person
from tests.clients.settings import Access, block, exports
from tests.road.road import Finished

__all__ = [
    "CLIENTS",
    "REPRESENTATIVE",
    "Client",
    "Hatch",
    "Pdm",
    "Pip",
    "PipTools",
    "Pipenv",
    "Poetry",
    "Uv",
    "marked",
]

_CREDENTIAL = re.compile("USER|PASSWORD")
_PROJECT = '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.11"\n\n'


@dataclass(frozen=True)
class Client(ABC):
    """A client in the hands of a person, set up for an index."""

    person: Person
    access: Access
    #: What is exported in their shell.
    exported: dict[str, str] = field(default_factory=dict)
    #: Its heading on the page.
    heading: ClassVar[str]
    #: Whether what is exported goes into a URL.
    percent_encoded: ClassVar[bool] = False

    @abstractmethod
    def set_up(self) -> None:
        """Write the page's blocks where they belong."""

    @abstractmethod
    def get(self, *projects: str) -> Finished:
        """Install projects and what they need, as one who has decided to use them."""

    def resolve(self, project: str) -> Finished:
        """Find out what to install for a project that is needed, anew and without installing it."""
        raise NotImplementedError

    def need(self, project: str) -> None:
        """Write down that the project at hand needs another."""
        path = self.person.home / "pyproject.toml"
        needs = f"dependencies = [{json.dumps(project)}]\n"
        path.write_text(path.read_text().replace(needs, "").replace("\n\n", f"\n{needs}\n", 1))

    def run(self, *arguments: str | Path, **environment: str) -> Finished:
        """The client's own program."""
        return self.person.run(program(self.heading.lower()), *arguments, **{**self.exported, **environment})

    def write(self, file: str, before: str = "", after: str = "") -> None:
        """Write the page's block for *file*, amid what the person has there."""
        self.person.write(file.removeprefix("~/"), before + self.filled(file) + after)

    def export(self) -> None:
        """Export what the page says; who has no credential leaves out what is one."""
        exported = exports(self.filled("environment"))
        if self.access.user is None:
            exported = {name: value for name, value in exported.items() if not _CREDENTIAL.search(name)}
        self.exported.update(exported)

    def filled(self, file: str) -> str:
        return self.access.fill(block(self.heading, file))

    def installed(self, project: str) -> str | None:
        """The version of a project that is installed, by what its module says."""
        module = f"{project.replace('-', '_')}.py"
        found = [
            path for place in ("site-packages", "out") for path in self.person.home.rglob(f"{place}/{module}")
        ]
        return found[0].read_text().split("'")[1] if found else None


@dataclass(frozen=True)
class Pip(Client):
    heading = "pip"
    version: ClassVar[str] = NEWEST

    def set_up(self) -> None:
        self.write("~/.config/pip/pip.conf")
        if self.access.user is not None:
            self.write("~/.netrc")
        self.exported["PIP_CONFIG_FILE"] = str(self.person.home / ".config/pip/pip.conf")

    def run(self, *arguments: str | Path, **environment: str) -> Finished:
        return self.person.pip(self.version, *arguments, **{**self.exported, **environment})

    def get(self, *projects: str) -> Finished:
        return self.run("install", "--target", "out", "--upgrade", *projects)

    def resolve(self, project: str) -> Finished:
        return self.run("install", "--dry-run", "--target", "out", project)


class OldPip(Pip):
    version = "20"

    def resolve(self, project: str) -> Finished:
        """By downloading, since it has no `--dry-run`."""
        return self.run("download", "--dest", "files", project)


@dataclass(frozen=True)
class Uv(Client):
    heading = "uv"
    version: ClassVar[str] = NEWEST

    def set_up(self) -> None:
        self.write("pyproject.toml", _PROJECT)
        self.export()
        self.exported["UV_PYTHON"] = sys.executable

    def run(self, *arguments: str | Path, **environment: str) -> Finished:
        return self.person.uv(self.version, *arguments, **{**self.exported, **environment})

    def get(self, *projects: str) -> Finished:
        return self.run("add", *projects)

    def resolve(self, project: str) -> Finished:
        self.need(project)
        return self.run("lock", "--upgrade")


class OldUv(Uv):
    version = "year-old"


@dataclass(frozen=True)
class Poetry(Client):
    heading = "Poetry"

    def set_up(self) -> None:
        self.write("pyproject.toml", f"{_PROJECT}[tool.poetry]\npackage-mode = false\n\n")
        self.export()
        self.exported["POETRY_VIRTUALENVS_IN_PROJECT"] = "1"

    def get(self, *projects: str) -> Finished:
        return self.run("add", *projects)

    def resolve(self, project: str) -> Finished:
        self.need(project)
        return self.run("lock", "--regenerate")


@dataclass(frozen=True)
class Pdm(Client):
    heading = "PDM"

    def set_up(self) -> None:
        self.write("pyproject.toml", f"{_PROJECT}[tool.pdm]\ndistribution = false\n\n")
        self.export()
        self.exported["PDM_CHECK_UPDATE"] = "0"

    def get(self, *projects: str) -> Finished:
        return self.run("add", *projects)

    def resolve(self, project: str) -> Finished:
        self.need(project)
        return self.run("lock")


@dataclass(frozen=True)
class Hatch(Client):
    heading = "Hatch"
    percent_encoded = True
    installer: ClassVar[str] = "pip"

    def set_up(self) -> None:
        self.export()
        self.exported["HATCH_DATA_DIR"] = str(self.person.home / "hatch")

    def get(self, *projects: str) -> Finished:
        needs = (
            f'skip-install = true\ninstaller = "{self.installer}"\ndependencies = {json.dumps(projects)}\n\n'
        )
        self.write("pyproject.toml", f"{_PROJECT}[tool.hatch.envs.default]\n{needs}")
        return self.run("run", "python", "-c", "")


class HatchWithUv(Hatch):
    installer = "uv"


@dataclass(frozen=True)
class Pipenv(Client):
    heading = "Pipenv"

    def set_up(self) -> None:
        self.write("Pipfile", after="\n[packages]\n")
        self.export()
        self.exported.update(PIPENV_VENV_IN_PROJECT="1", PIPENV_NOSPIN="1")

    def get(self, *projects: str) -> Finished:
        return self.run("install", *projects)

    def resolve(self, project: str) -> Finished:
        self.write("Pipfile", after=f'\n[packages]\n{project} = "*"\n')
        return self.run("lock")


@dataclass(frozen=True)
class PipTools(Client):
    heading = "pip-tools"

    def set_up(self) -> None:
        self.write("pyproject.toml", _PROJECT)
        self.export()
        if self.access.user is None:
            # To find hashes it asks for a path that is none of ours, and then for a username.
            self.exported["PIP_NO_INPUT"] = "1"

    def run(self, *arguments: str | Path, **environment: str) -> Finished:
        command, *rest = arguments
        return self.person.run(program("pip-tools", str(command)), *rest, **{**self.exported, **environment})

    def get(self, *projects: str) -> Finished:
        self.person.write("requirements.in", "\n".join([*projects, ""]))
        compiled = self._compile()
        if compiled.returncode != 0:
            return compiled
        if not (python := self.person.home / ".venv/bin/python").exists():
            self.person.run(sys.executable, "-m", "venv", ".venv")
        return self.run("pip-sync", "--python-executable", python, "requirements.txt")

    def resolve(self, project: str) -> Finished:
        self.person.write("requirements.in", f"{project}\n")
        return self._compile()

    def _compile(self) -> Finished:
        return self.run("pip-compile", "--upgrade", "--output-file", "requirements.txt", "requirements.in")


#: By the name that they have in the page's tables.
CLIENTS: dict[str, type[Client]] = {
    "pip": Pip,
    "pip 20.3": OldPip,
    "uv": Uv,
    "uv, a year old": OldUv,
    "Poetry": Poetry,
    "PDM": Pdm,
    "Hatch": Hatch,
    "Hatch with uv": HatchWithUv,
    "Pipenv": Pipenv,
    "pip-tools": PipTools,
}
#: Those that `make test` runs, too.
REPRESENTATIVE = frozenset({"pip", "pip 20.3", "uv", "Poetry"})


def marked(*names: str) -> list[Any]:
    """Parameters, of which `make test` takes those that are representative."""
    return [
        pytest.param(name, marks=() if name in REPRESENTATIVE else pytest.mark.every_client) for name in names
    ]
