import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simple_index.hostile import HOSTILE, LONGEST, write_all

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of each hostile file, in a process that may use no more than 300 MB."""
    folder = tmp_path_factory.mktemp("hostile")
    write_all(folder)
    command = [sys.executable, "-m", "tests.simple_index.hostile", str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    for path in folder.iterdir():  # gigabytes, if sparse ones
        path.unlink()
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little_and_is_refused(results: dict[str, Any], name: str) -> None:
    """No exception but a refusal: `MemoryError` would be one of ours, and tried again."""
    result = results[name]
    assert result["error"] == "refused", result["sentence"]
    assert result["seconds"] < LONGEST
