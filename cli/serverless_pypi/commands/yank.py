"""``serverless-pypi yank``: installers pass over a release, unless asked for exactly that version."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_reason, add_selection, add_waiting
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pypi.index import Index
    from serverless_pypi.options import Commands
    from serverless_pypi.releases import Selection
    from serverless_pypi.yanking import Mark

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "yank",
        _run,
        summary="have installers pass over a release, or a file of it",
        example='serverless-pypi yank acme 1.0 --reason "breaks logins, take 1.0.1"',
        as_json=True,
    )
    add_selection(parser)
    add_reason(parser)
    add_waiting(parser, "the page says so", patience=60)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.index import Index
    from serverless_pypi.releases import read_project, select
    from serverless_pypi.yanking import mark

    index = Index.of(arguments)
    chosen = select(read_project(index, arguments.project), arguments.which).existing()
    marks = mark(index.store, chosen.project, chosen.files, arguments.reason)
    if arguments.wait and marks:
        _wait(index, chosen, marks, arguments.timeout, terminal)
    changed = [one.filename for one in marks]
    text = f"yanked {chosen.only(changed)}" if marks else "nothing to yank"
    unchanged = len(chosen.files) - len(marks)
    text += f" ({unchanged} yanked already)" if unchanged else ""
    terminal.show({"project": chosen.project, "yanked": True, "files": chosen.as_json(changed)}, text)
    return 0


def _wait(
    index: "Index", chosen: "Selection", marks: "Sequence[Mark]", patience: float, terminal: Terminal
) -> None:
    from serverless_pypi.showing import wait_until_shown
    from serverless_pypi.yanking import are_ours, are_shown

    terminal.say("Waiting until the page says so …")
    detail = wait_until_shown(
        index,
        chosen.project,
        lambda detail: are_shown(detail, marks),
        what=f"The yank of {chosen}",
        patience=patience,
    )
    if not are_ours(detail, marks):
        terminal.warn("Somebody else has yanked it at the same time: the reason on the page is theirs.")
