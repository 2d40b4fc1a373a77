"""One module a command, in the order of the help: its options, and the story it tells.

Each has ``add_command``. What it works with it imports when it runs, so that `--help` costs next to nothing.
"""

from typing import TYPE_CHECKING, Protocol

from serverless_pypi.commands import (
    check,
    completion,
    doctor,
    import_,
    import_htpasswd,
    local,
    policy,
    publish,
    reindex,
    remove,
    status,
    token,
    unyank,
    user,
    yank,
)

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

__all__ = ["COMMANDS"]


class Command(Protocol):
    """A module of this folder."""

    def add_command(self, commands: "Commands") -> None: ...


COMMANDS: tuple[Command, ...] = (
    user,
    token,
    import_htpasswd,
    policy,
    publish,
    yank,
    unyank,
    remove,
    status,
    reindex,
    check,
    import_,
    doctor,
    local,
    completion,
)
