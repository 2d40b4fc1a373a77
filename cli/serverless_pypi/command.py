"""The command line: which command, and what its end means.

Exit codes: 0, done. 1, not done, or not all of it; the last line on standard error says why, and what to
do. 2, the command line is not one. 3, done, and what was looked at is not well: an upload was refused, a
page is not true, a configuration is unsafe. 130, interrupted.
"""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from serverless_pypi.commands import COMMANDS
from serverless_pypi.errors import CommandError
from serverless_pypi.terminal import Terminal

__all__ = ["main", "make_parser"]

_INTERRUPTED = "Interrupted: what was done stays done; the same command once more goes on from there."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv*; its exit code. No traceback leaves here."""
    arguments = make_parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a reason in letters that the terminal has not
        sys.stdout.reconfigure(errors="backslashreplace")
    terminal = Terminal(
        out=sys.stdout,
        err=sys.stderr,
        quiet=arguments.quiet,
        as_json=getattr(arguments, "as_json", False),
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = arguments.run(arguments, terminal)
        return code
    except KeyboardInterrupt as interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who cannot wait for the end need not
        terminal.fail(str(interrupt) or _INTERRUPTED)
        return 130
    except BrokenPipeError:  # whoever reads us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        terminal.fail(_explain(error))
        return 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of everything; shells complete by it."""
    parser = _Parser(
        prog="serverless-pypi",
        description="Fills, keeps and guards a serverless-pypi index.",
        epilog="`serverless-pypi COMMAND --help` has an example for each command.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is, and end")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True, parser_class=_Parser)
    for command in COMMANDS:
        command.add_command(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"ERROR: {message}: see `{self.prog} --help`.\n")


class _Version(argparse.Action):
    """argparse's own would have it looked up for every command."""

    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"serverless-pypi {version('serverless-pypi')}")  # noqa: T201  # what was asked for
        raise SystemExit(0)


def _explain(error: Exception) -> str:
    """One sentence for whatever was raised."""
    if isinstance(error, CommandError):
        return str(error)
    # Where neither library was imported the error cannot be one of theirs.
    if "botocore" in sys.modules or "httpx" in sys.modules:
        from serverless_pypi.explaining import explained

        sentence = explained(error)
        if sentence is not None:
            return sentence
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return f"Unexpected {type(error).__name__} ({error}): please report it, with the command that you typed."
