"""``serverless-pypi yank``: installers pass over a release, unless asked for exactly that version."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_reason, add_selection, add_waiting
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

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
    from serverless_pypi.showing import wait_until_shown
    from serverless_pypi.yanking import mark, mark_of, shows_marks

    index = Index.of(arguments)
    chosen = select(read_project(index, arguments.project), arguments.which).existing()
    marks = mark(index.store, chosen.project, chosen.files, arguments.reason)
    if arguments.wait and marks:
        terminal.say("Waiting until the page says so …")
        wait_until_shown(
            index,
            chosen.project,
            lambda detail: shows_marks(detail, marks),
            objects={mark_of(chosen.project, filename): etag for filename, etag in marks.items()},
            what=f"The yank of {chosen}",
            patience=arguments.timeout,
        )
    text = f"yanked {chosen.only(marks)}" if marks else "nothing to yank"
    unchanged = len(chosen.files) - len(marks)
    text += f" ({unchanged} yanked already)" if unchanged else ""
    terminal.show({"project": chosen.project, "yanked": True, "files": chosen.as_json(marks)}, text)
    return 0
