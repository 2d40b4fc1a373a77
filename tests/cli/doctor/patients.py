"""A consumer's machine: a home, a folder to work in, an environment; and what is done to it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serverless_pypi.doctor.choosing import choose_index, project_name
from serverless_pypi.doctor.clients import read_clients
from serverless_pypi.doctor.examination import Patient, examine
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.netrc_file import read_netrc
from serverless_pypi.doctor.report import as_text
from serverless_pypi.doctor.settings import Client
from tests.cli.running import COMMAND
from tests.road.road import Finished

__all__ = ["WRONG", "Consumer", "Found", "only", "wrong"]

#: A password that the index refuses; always the same, for it looks at few that it has not refused before.
WRONG = "wr0ng-password"

Found = dict[str, Any]
_BIN = Path(sys.executable).parent


@dataclass(kw_only=True)
class Consumer:
    """Somebody with pip and uv, a home and a project's folder, and nothing else from this machine."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    #: What may never be shown.
    secrets: tuple[str, ...] = (WRONG,)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        nothing = self.home / "nothing"
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{_BIN}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "LANG": "C.UTF-8",
            "XDG_CONFIG_DIRS": str(nothing),
            **self.environment,
        }

    @property
    def folder(self) -> Path:
        return self.home / "work"

    @property
    def machine(self) -> Machine:
        return Machine(environment=self.environment, folder=self.folder, home=self.home)

    def write(self, name: str, text: str, *, mode: int = 0o600) -> Path:
        """A file in the home, or in the folder where the name begins with ``./``."""
        file = self.folder / name if name.startswith("./") else self.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def examine(
        self,
        index_url: str | None = None,
        *,
        wanted: Sequence[Client] = (),
        project: str | None = None,
        timeout: float = 10,
    ) -> list[Found]:
        """What the command would find, in this process."""
        settings, netrc = read_clients(self.machine, wanted), read_netrc(self.machine)
        findings = examine(
            Patient(
                machine=self.machine,
                index=choose_index(index_url, None, settings, netrc),
                settings=settings,
                netrc=netrc,
                wanted=wanted,
                project=project_name(project) if project else None,
                timeout=timeout,
            )
        )
        self._shows_no_secret(as_text("", findings, self.machine.shorten))
        return [finding.to_json() for finding in findings]

    def doctor(self, *arguments: str) -> Finished:
        """The command as a process. No traceback comes of it."""
        done = self.run([str(COMMAND), "doctor", *arguments])
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        self._shows_no_secret(done.stdout + done.stderr)
        return done

    def findings(self, *arguments: str) -> list[Found]:
        """What the process finds; its exit code says whether all is well."""
        done = self.doctor(*arguments, "--json")
        assert done.stdout, done.stderr
        report = json.loads(done.stdout)
        assert done.returncode == (0 if report["well"] else 3)
        found: list[Found] = report["findings"]
        return found

    def run(self, command: Sequence[str]) -> Finished:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def installs(self, project: str, *, by: str) -> str:
        """What real pip or uv say when they install *project* by what they are told here alone."""
        target = ["--target", str(self.home / f"target-{by}"), "--quiet", project]
        commands = {
            "pip": [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--no-input", *target],
            "uv": [str(_BIN / "uv"), "pip", "install", "--no-cache", "--python", sys.executable, *target],
        }
        done = self.run(commands[by])
        return "" if done.returncode == 0 else done.stdout + done.stderr or str(done.returncode)

    def follow(self, mend: Sequence[Found], words: Mapping[str, str] | None = None) -> None:
        """Do what a mend says; *words* are what its words in capitals stand for."""
        edits = [step["edit"] for step in mend if "edit" in step]
        # Its line numbers are those of the file as it is.
        for edit in sorted(edits, key=lambda edit: -int(edit["first"])):
            self._edit(edit, words or {})
        for step in mend:
            if "run" in step:
                self._run_line(_filled(step["run"], words or {}))

    def _shows_no_secret(self, text: str) -> None:
        assert not [secret for secret in self.secrets if secret in text]

    def _edit(self, edit: Found, words: Mapping[str, str]) -> None:
        file = Path(edit["file"])
        lines = file.read_text().splitlines()
        lines[edit["first"] - 1 : edit["last"]] = _filled(edit["text"], words).splitlines()
        file.write_text("\n".join([*lines, ""]))

    def _run_line(self, line: str) -> None:
        """In a shell whose environment we go on with."""
        after = self.home / "environment"
        done = self.run(["/bin/sh", "-c", f"{line}\nset -e\nenv -0 > {after}"])
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert not done.stderr, f"{line}\n{done.stderr}"
        pairs = (pair.partition("=") for pair in after.read_text().split("\0") if pair)
        self.environment = {name: value for name, _, value in pairs if name not in ("_", "SHLVL", "PWD")}


def only(findings: Sequence[Found], code: str) -> Found:
    """The one finding with that *code*."""
    found = [finding for finding in findings if finding["code"] == code]
    assert len(found) == 1, [(finding["code"], finding["what"]) for finding in findings]
    return found[0]


def wrong(findings: Sequence[Found]) -> list[str]:
    """The codes of what is not well."""
    return [finding["code"] for finding in findings if finding["severity"] == "wrong"]


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = re.sub(rf"\b{word}\b", value, text)
    return text
