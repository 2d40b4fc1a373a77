"""The machine, folder and environment that a client would run in."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from serverless_pypi.errors import CommandError
from serverless_pypi.printable import printable

__all__ = ["Machine"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """By what a client finds its settings. *root* is where its files begin."""

    environment: Mapping[str, str]
    folder: Path
    home: Path
    root: Path = Path("/")
    #: As `sys.platform` spells it.
    system: str = sys.platform

    @classmethod
    def here(cls) -> "Machine":
        try:
            folder = Path.cwd()
        except FileNotFoundError:
            raise CommandError("The folder that you are in is gone: go to another, and look again.") from None
        return cls(environment=os.environ, folder=folder, home=Path(os.path.expanduser("~")))

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder and those above it, from the inside out."""
        return (self.folder, *self.folder.parents)

    @property
    def is_windows(self) -> bool:
        return self.system == "win32"

    @property
    def config_home(self) -> Path:
        """Where a user's settings are, for programs that follow the XDG specification."""
        folder = self.environment.get("XDG_CONFIG_HOME", "").strip()
        return Path(folder) if os.path.isabs(folder) else self.home / ".config"

    @property
    def config_folders(self) -> tuple[Path, ...]:
        """Where the machine's settings are, likewise; the first counts most."""
        folders = self.environment.get("XDG_CONFIG_DIRS", "").split(os.pathsep)
        given = tuple(Path(folder.strip()) for folder in folders if os.path.isabs(folder.strip()))
        return given or (self.root / "etc" / "xdg",)

    @property
    def roaming(self) -> Path:
        """Where a user's settings are on Windows."""
        return Path(self.environment.get("APPDATA") or self.home / "AppData" / "Roaming")

    @property
    def library(self) -> Path:
        """Where a user's settings are on macOS."""
        return self.home / "Library" / "Application Support"

    @property
    def prefix(self) -> Path:
        """The environment of the pip and the Python that the shell finds."""
        active = self.environment.get("VIRTUAL_ENV")
        program = self.find("pip") or self.find("python") or self.find("python3")
        return Path(active) if active else program.parent.parent if program else Path(sys.prefix)

    def find(self, program: str) -> Path | None:
        """Where the shell finds *program*."""
        found = shutil.which(program, path=self.environment.get("PATH", os.defpath))
        return Path(found) if found else None

    def get(self, variable: str) -> str | None:
        """What the variable holds; None where that is nothing."""
        return self.environment.get(variable) or None

    def says_yes(self, variable: str) -> bool:
        return self.environment.get(variable, "").strip().lower() in ("1", "true", "yes", "y", "on", "t")

    def prefixes(self, beginning: str, *, besides: Iterable[str | None]) -> Iterator[str]:
        """What stands before USERNAME and PASSWORD in the names of variables, but for some."""
        known = set(besides)
        for name in sorted(self.environment):
            prefix = name.removesuffix("PASSWORD")
            if name.startswith(beginning) and name.endswith("_PASSWORD") and prefix not in known:
                yield prefix

    def shorten(self, path: Path) -> str:
        """*path* as a person here would write it."""
        if path.is_relative_to(self.folder):
            return printable(str(path.relative_to(self.folder)))
        if path.is_relative_to(self.home):
            return printable(f"~/{path.relative_to(self.home).as_posix()}")
        return printable(str(path))
