"""Projects that are pinned to the index, and whether that holds."""

from collections.abc import Iterator

from serverless_pypi.doctor.findings import Finding, wrong
from serverless_pypi.doctor.index_urls import IndexUrl
from serverless_pypi.doctor.mends import run
from serverless_pypi.doctor.places import FileLine
from serverless_pypi.doctor.settings import ClientSettings

__all__ = ["judge_pins"]


def judge_pins(settings: ClientSettings, index: IndexUrl) -> Iterator[Finding]:
    """uv heeds a pin for what the project itself depends on, and for nothing else."""
    names = [source.name for source in settings.of(index)]
    pins = settings.pins
    if pins.dependencies is None or pins.file is None:
        return
    for project, indexes in pins.by_project.items():
        if project not in pins.dependencies and any(name in indexes for name in names):
            what = (
                f"{project} is pinned to this index, and is none of the project's own dependencies: uv then "
                "heeds no pin, and whoever publishes that name elsewhere has it installed"
            )
            mend = (run("uv", "add", "--quiet", "--frozen", project),)
            yield wrong("pin-in-vain", settings.title, what, FileLine(file=pins.file), mend=mend)
