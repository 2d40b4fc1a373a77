"""The command as a process, cut off from this machine's settings, against a local stack."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.road.road import COMMAND, Finished, Road, clean_environment

__all__ = ["COMMAND", "Command", "run_command", "stack_environment"]


def stack_environment(road: Road) -> dict[str, str]:
    """The variables that the local stack prints, by which the command finds it."""
    return {
        "AWS_ENDPOINT_URL": road.s3_endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SERVERLESS_PYPI_INDEX_URL": road.index_url,
    }


def run_command(home: Path, *arguments: str | Path, typed: str = "", **environment: str) -> Finished:
    """Run the command to its end, with *typed* on its standard input."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=home,
        env=clean_environment(home, **environment),
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@dataclass(frozen=True, kw_only=True)
class Command:
    """The command of somebody whose environment names a running local stack."""

    road: Road
    home: Path

    def __call__(self, *arguments: str | Path, typed: str = "", **environment: str) -> Finished:
        return run_command(
            self.home, *arguments, typed=typed, **{**stack_environment(self.road), **environment}
        )

    def ok(self, *arguments: str | Path, typed: str = "", **environment: str) -> str:
        """The standard output of a command that succeeds."""
        done = self(*arguments, typed=typed, **environment)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def read_json(self, *arguments: str | Path, **environment: str) -> Any:
        """What it says with --json."""
        return json.loads(self.ok(*arguments, "--json", **environment))

    def fails(self, *arguments: str | Path, code: int = 1, typed: str = "", **environment: str) -> str:
        """The last line on standard error of a command that ends with *code*, without its "ERROR: "."""
        done = self(*arguments, typed=typed, **environment)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stderr.splitlines()[-1].removeprefix("ERROR: ")
