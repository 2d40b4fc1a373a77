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

    terminal.show(None, shtab.complete(make_parser(), arguments.shell))
    return 0
