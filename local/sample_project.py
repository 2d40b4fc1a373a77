"""The sample project, built from its source in this repository."""

from pathlib import Path

from build import ProjectBuilder
from pyproject_hooks import quiet_subprocess_runner

__all__ = ["SAMPLE", "build_sample"]

SAMPLE = "serverless-pypi-sample"
_SOURCE = Path(__file__).parent / "sample"


def build_sample(folder: Path) -> None:
    """Build the sample's wheel and sdist into *folder*, with the build backend installed here."""
    builder = ProjectBuilder(_SOURCE, runner=quiet_subprocess_runner)
    for kind in ("wheel", "sdist"):
        builder.build(kind, folder)
