"""``serverless-pypi unyank``: a release counts again."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_selection, add_waiting
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "unyank",
        _run,
        summary="take back the yank of a release, or of a file of it",
        example="serverless-pypi unyank acme 1.0",
        as_json=True,
    )
    add_selection(parser)
    add_waiting(parser, "the page says so", patience=60)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.index import Index
    from serverless_pypi.releases import read_project, select
    from serverless_pypi.showing import wait_until_shown
    from serverless_pypi.yanking import mark_of, shows_no_marks, unmark

    index = Index.of(arguments)
    chosen = select(read_project(index, arguments.project), arguments.which).existing()
    changed = unmark(index.store, chosen.project, chosen.files)
    if arguments.wait:
        wait_until_shown(
            index,
            chosen.project,
            lambda detail: shows_no_marks(detail, chosen.filenames),
            objects={mark_of(chosen.project, filename): None for filename in chosen.filenames},
            what=f"The end of the yank of {chosen}",
            patience=arguments.timeout,
        )
    text = f"unyanked {chosen.only(changed)}" if changed else "nothing to unyank"
    unchanged = len(chosen.files) - len(changed)
    text += f" ({unchanged} not yanked)" if unchanged else ""
    terminal.show({"project": chosen.project, "yanked": False, "files": chosen.as_json(changed)}, text)
    return 0
