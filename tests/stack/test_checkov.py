"""checkov has nothing to say of the synthesized template but what the template answers in writing.

`make checkov` sets it up and runs this. It asks nobody: whatever it would send goes to a port where nobody
listens.
"""

import copy
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack.places import BUCKET
from tests.stack.synthesized import REMOVED, Stack, mutated

pytestmark = pytest.mark.skipif("CHECKOV_VENV" not in os.environ, reason="`make checkov` sets checkov up")

Findings = dict[str, set[tuple[str, str]]]


def exceptions(stack: Stack) -> dict[tuple[str, str], str]:
    """The reason of each, by its resource and the check."""
    return {
        (name, skip["id"]): skip["comment"]
        for name, resource in stack["deployed"]["Resources"].items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }


def without_exceptions(stack: Stack) -> Stack:
    """As if the template answered nothing."""
    bare = copy.deepcopy(stack)
    for resource in bare["deployed"]["Resources"].values():
        resource.get("Metadata", {}).pop("checkov", None)
    return bare


@pytest.fixture(scope="module")
def nowhere() -> Iterator[str]:
    """An address that is taken, and not listened at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(scope="module")
def findings(stack: Stack, nowhere: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Findings]:
    """What fails and what is skipped, by the name of each template: resources, and the checks."""
    folder, home = tmp_path_factory.mktemp("templates"), tmp_path_factory.mktemp("home")
    templates = {
        "ours": stack,
        "public": mutated(stack, (*BUCKET, "PublicAccessBlockConfiguration"), REMOVED),
        "unanswered": without_exceptions(stack),
    }
    for name, each in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(each["deployed"]))
    checkov = Path(os.environ["CHECKOV_VENV"]) / "bin" / "checkov"
    done = subprocess.run(
        [
            *(checkov, "--framework", "cloudformation", "--directory", folder, "--skip-download"),
            *("--output", "json", "--compact", "--soft-fail"),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    # A template that it cannot read is none that it finds fault with.
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["resource_count"] > len(templates) * len(stack["written"]["Resources"]) // 2
    return {name: _findings(report["results"], f"{name}.json") for name in templates}


def _findings(results: Any, file: str) -> Findings:
    return {
        kind: {
            (check["resource"].rpartition(".")[2], check["check_id"])
            for check in results[f"{kind}_checks"]
            if check["file_path"].endswith(f"/{file}")
        }
        for kind in ("failed", "skipped")
    }


def test_nothing_fails(findings: dict[str, Findings]) -> None:
    """What it finds is mended, or answered."""
    assert findings["ours"]["failed"] == set()


def test_each_exception_has_its_reason_and_is_needed(findings: dict[str, Findings], stack: Stack) -> None:
    """Without it the check would fail; so none outlives what it was made for."""
    answered = exceptions(stack)
    assert all(reason.endswith(".") for reason in answered.values())
    assert findings["unanswered"]["failed"] == answered.keys()
    assert findings["ours"]["skipped"] == answered.keys()


def test_a_public_bucket_is_seen(findings: dict[str, Findings]) -> None:
    """The four checks of the four ways in which a bucket may be public."""
    assert findings["public"]["failed"] == {("Bucket", f"CKV_AWS_{number}") for number in (53, 54, 55, 56)}
