"""The whole road once: publish, install, import, and a wrong password refused."""

import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.errors import FailedStepError
from local.publishing import publish_first
from local.sample_project import SAMPLE
from local.stack import Settings, run_stack

__all__ = ["Demonstration", "demonstrate"]

_IMPORT = "import serverless_pypi_sample; print(serverless_pypi_sample.GREETING)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """What was seen on the road."""

    #: What the installed project said when it was imported.
    greeting: str
    #: What a wrong password was answered.
    refusal: str
    keys: list[str]
    seconds: float

    def __str__(self) -> str:
        lines = [f"imported: {self.greeting}", f"refused: {self.refusal}", "", "The bucket holds:"]
        return "\n".join([*lines, *(f"  {key}" for key in self.keys), "", f"Done in {self.seconds:.1f} s."])


def demonstrate(settings: Settings, folder: Path | None, say: Callable[[str], None]) -> Demonstration:
    """Walk the road on a stack that ends with it. Raises `LocalStackError` where a step fails."""
    started = time.monotonic()
    with run_stack(settings) as stack, tempfile.TemporaryDirectory() as temporary:
        publish_first(stack, folder, say)
        _check(stack.credential is not None, "Finding a user", "The bucket has users of its own already.")
        python = _make_environment(Path(temporary))
        say(f"Installing {SAMPLE} with pip …")
        installed = _run_pip(python, stack.index_url_with_credential)
        _check(installed.returncode == 0, "pip install", installed.stdout + installed.stderr)
        greeting = _run([str(python), "-c", _IMPORT])
        _check(greeting.returncode == 0, "Importing the installed project", greeting.stderr)
        say("Trying a wrong password …")
        refused = httpx.get(stack.index_url, auth=("demo", "wrong"), trust_env=False)
        _check(refused.status_code == 401, "Refusing a wrong password", refused.text)
        return Demonstration(
            greeting=greeting.stdout.strip(),
            refusal=f"{refused.status_code} {refused.reason_phrase}. {refused.text.strip()}",
            keys=[entry["Key"] for entry in stack.s3.list_objects_v2(Bucket=stack.bucket)["Contents"]],
            seconds=time.monotonic() - started,
        )


def _make_environment(folder: Path) -> Path:
    """A virtual environment without pip, which takes seconds to copy; ours installs into it."""
    venv.create(folder / "environment", symlinks=os.name != "nt")
    return folder / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"


def _run_pip(python: Path, index_url: str) -> subprocess.CompletedProcess[str]:
    """Run pip on the environment of *python*, with the index URL and nothing else to go by."""
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--isolated", "--no-cache-dir"]
    return _run([*pip, "--no-input", "install", "--index-url", index_url, SAMPLE])


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    # The machine's own pip configuration may name other indexes.
    return subprocess.run(  # noqa: S603  # pip and Python, with our own arguments
        command, env={**kept, "PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True, check=False
    )


def _check(condition: bool, step: str, output: str) -> None:
    if not condition:
        raise FailedStepError(step, output)
