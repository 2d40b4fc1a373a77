"""``serverless-pypi completion``: what a shell needs to complete the rest."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "completion",
        _run,
        summary="print what has a shell complete this command",
        example='eval "$(serverless-pypi completion bash)"',
        index=False,
    )
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="the shell")


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import shtab

    from serverless_pypi.command import make_parser

    parser = make_parser()
    _complete_files(parser, shtab.FILE)
    terminal.show(None, shtab.complete(parser, arguments.shell))
    return 0


def _complete_files(parser: argparse.ArgumentParser, files: object) -> None:
    """Have the shell complete files where the help says that one is meant."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _complete_files(below, files)
        elif isinstance(action.metavar, str) and not {"FILE", "FOLDER"}.isdisjoint(action.metavar.split("|")):
            action.complete = files  # type: ignore[attr-defined]  # where shtab looks for it
