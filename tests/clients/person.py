"""Somebody at a machine of their own: an empty home, no settings but those they wrote, and the clients."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.environments import NEWEST, PIPS, find_python, pip_folder, program
from tests.road.road import Finished, clean_environment

__all__ = ["Person"]


@dataclass(frozen=True)
class Person:
    """What each client is run by: *home* is also where they work."""

    home: Path
    #: What they have exported in their shell.
    exported: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str, *, private: bool = False) -> Path:
        """Write a file below their home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600 if private else 0o644)
        return path

    def run(self, *command: str | Path, **environment: str) -> Finished:
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.home,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=180,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def pip(
        self,
        pip: str,
        *arguments: str | Path,
        python: str | None = None,
        beside: Path | None = None,
        asks: bool = False,
        **environment: str,
    ) -> Finished:
        """A pip of `PIPS`, under the Python at hand or one that it needs.

        *beside* it may be a folder with what it imports. Only who *asks* lets it ask for what it does not
        know: before 23.1 a pip that may not looks into no keyring.
        """
        folders = [str(folder) for folder in (pip_folder(pip), beside) if folder is not None]
        path = {"PYTHONPATH": os.pathsep.join(folders)} if folders else {}
        interpreter = python or find_python(PIPS[pip])
        options = ["--disable-pip-version-check", *([] if asks else ["--no-input"])]
        return self.run(interpreter, "-W", "ignore", "-m", "pip", *arguments, *options, **path, **environment)

    def uv(self, uv: str, *arguments: str | Path, **environment: str) -> Finished:
        """A uv of `UVS`."""
        found = program(uv if uv == NEWEST else f"uv-{uv}", "uv")
        return self.run(found, *arguments, **environment)

    def keep_in_keyring(self, service: str, username: str, password: str) -> dict[str, str]:
        """Keep a password in a keyring, as `keyring set` does; what lets other programs find it."""
        keyring = program("keyring")
        exported = {
            "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
            "PATH": f"{keyring.parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            [keyring, "set", service, username],
            env=self._environment(exported),
            input=password,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return exported

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        # Of the machine's settings, those that its owner made for everybody are looked for there.
        own = {
            "XDG_CONFIG_DIRS": str(self.home / "no-such-folder"),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        environment = clean_environment(self.home, **own)
        # uv's settings may stand in a project: what must not be read is above the home, and there is nothing.
        del environment["UV_NO_CONFIG"]
        return {**environment, **self.exported, **more}
