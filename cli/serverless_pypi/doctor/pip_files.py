"""Where pip finds its configuration, and in which order that counts."""

import os
from dataclasses import dataclass
from pathlib import Path

from serverless_pypi.doctor.machine import Machine

__all__ = ["PipFile", "pip_files"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PipFile:
    """A configuration file of pip's, and the option of `pip config` that means it."""

    path: Path
    level: str


def pip_files(machine: Machine) -> list[PipFile]:
    """The files pip reads, those that outrank others last."""
    own = machine.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    name = "pip.ini" if machine.is_windows else "pip.conf"
    files = [PipFile(path=folder / name, level="global") for folder in _global_folders(machine)]
    if not (own and os.path.exists(own)):
        files += [PipFile(path=folder / name, level="user") for folder in _user_folders(machine)]
    files.append(PipFile(path=machine.prefix / name, level="site"))
    if own:
        # `pip config --user` edits that file while the variable is set.
        files.append(PipFile(path=Path(own), level="user"))
    return files


def _global_folders(machine: Machine) -> list[Path]:
    if machine.is_windows:
        return [Path(machine.get("PROGRAMDATA") or "C:/ProgramData") / "pip"]
    if machine.system == "darwin":
        return [machine.root / "Library" / "Application Support" / "pip"]
    return [*(folder / "pip" for folder in machine.config_folders), machine.root / "etc"]


def _user_folders(machine: Machine) -> list[Path]:
    if machine.is_windows:
        return [machine.home / "pip", machine.roaming / "pip"]
    library = machine.library / "pip"
    if machine.system == "darwin":
        return [
            machine.home / ".pip",
            library if os.path.isdir(library) else machine.home / ".config" / "pip",
        ]
    return [machine.home / ".pip", machine.config_home / "pip"]
