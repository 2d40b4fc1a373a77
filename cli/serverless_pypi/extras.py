"""What a command needs beside the rest: an extra of the distribution, which may not be installed."""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from serverless_pypi.errors import CommandError

__all__ = ["MissingExtraError", "check_extra"]

_DISTRIBUTION = "serverless-pypi"


class MissingExtraError(CommandError):
    def __init__(self, extra: str, missing: str) -> None:
        super().__init__(
            f"`{_DISTRIBUTION} {extra}` needs more than is installed here ({missing} is missing): install it "
            f"with its extra, by `pipx install '.[{extra}]'` in a clone of the repository."
        )


def check_extra(extra: str) -> None:
    """Raises `MissingExtraError` where something of the extra called *extra* is missing."""
    for requirement in map(Requirement, requires(_DISTRIBUTION) or []):
        marker = requirement.marker
        if marker is None or not marker.evaluate({"extra": extra}) or marker.evaluate({"extra": ""}):
            continue
        try:
            version(requirement.name)
        except PackageNotFoundError:
            raise MissingExtraError(extra, requirement.name) from None
