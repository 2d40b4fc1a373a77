"""What sam makes of the repository, made once a session: the template as deployed, and the bundles."""

import fcntl
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# Runs in sam's own environment, whose pins do not agree with ours. The translator takes code from S3 only.
_TRANSFORM = """
import json, sys
from pathlib import Path
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

class NoManagedPolicies:
    def load(self):
        return {}

text = Path(sys.argv[1]).read_text()
template = yaml_parse(text)
for resource in template["Resources"].values():
    for name in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
        resource["Properties"][name] = "s3://bucket/key"
deployed = transform(template, {}, NoManagedPolicies())
json.dump({"written": yaml_parse(text), "deployed": deployed}, sys.stdout)
"""


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder with template.yaml."""
    return REPOSITORY


@pytest.fixture(scope="session")
def sam_venv() -> Path:
    """The virtual environment with sam in it."""
    venv = Path(os.environ.get("SAM_VENV", REPOSITORY / ".venv-sam"))
    if not (venv / "bin" / "sam").exists():
        pytest.fail(f"There is no sam in {venv}: `make test` sets it up, or SAM_VENV names another.")
    return venv


@pytest.fixture(scope="session")
def sam_environment(sam_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables under which sam asks nobody, tells nobody, and leaves nothing in the home folder."""
    # HOME itself stays: pip's cache and the machine's choice of an index are there.
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_CLI_"))}
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON", "PYTHONPATH"):  # those of an outer `make test`
        outside.pop(name, None)
    return outside | {
        "PATH": f"{sam_venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(tmp_path_factory.mktemp("sam-home")),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def stack(sam_venv: Path, sam_environment: dict[str, str]) -> dict[str, Any]:
    """The template twice: as "written", and as "deployed", after SAM's transform."""
    done = subprocess.run(
        [sam_venv / "bin" / "python", "-c", _TRANSFORM, REPOSITORY / "template.yaml"],
        env=sam_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="session")
def build(sam_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `sam build` filled, one folder a function or layer."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # one build for all workers: the first one in makes it
    folder = root / "sam-build" / "build"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.yaml").exists():  # written last
            done = subprocess.run(
                ["sam", "build", "--no-cached", "--build-dir", folder],
                cwd=REPOSITORY,
                env=sam_environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the sizes that tests have measured."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.endswith(" bytes") and report.when == "call":
                terminalreporter.write_line(f"{name}: {value:,}")
