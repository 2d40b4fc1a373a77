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
from dataclasses import replace
from typing import NoReturn

from serverless_pypi.commands import COMMANDS
from serverless_pypi.errors import ClosedOutputError, CommandError
from serverless_pypi.printable import harmless
from serverless_pypi.terminal import Terminal

__all__ = ["main", "make_parser"]

_INTERRUPTED = "Interrupted: what was done stays done; the same command once more goes on from there."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv*; its exit code. No traceback leaves here."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Python has None for what was closed.
    terminal = Terminal(out=sys.stdout, err=sys.stderr or open(os.devnull, "w"))  # noqa: SIM115  # to the end
    try:
        return _run(argv, terminal)
    except KeyboardInterrupt as interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who cannot wait for the end need not
        terminal.fail(str(interrupt) or _INTERRUPTED)
        return 130
    except BrokenPipeError:  # whoever reads us has seen enough
        _forget_output()
        return 1
    except Exception as error:
        terminal.fail(_explain(error))
        if isinstance(error, OSError) and error.filename is None:
            _forget_output()
        return 1


def _run(argv: Sequence[str] | None, terminal: Terminal) -> int:
    if terminal.out is None:
        raise ClosedOutputError
    if isinstance(terminal.out, io.TextIOWrapper):  # a reason in letters that the terminal has not
        terminal.out.reconfigure(errors="backslashreplace")
    try:
        arguments = make_parser().parse_args(argv)
    except SystemExit:
        terminal.out.flush()  # what cannot be written is told here, and not by the interpreter
        raise
    as_json = getattr(arguments, "as_json", False)
    code: int = arguments.run(arguments, replace(terminal, quiet=arguments.quiet, as_json=as_json))
    return code


def _forget_output() -> None:
    """Have what could not be written not be tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
        # It repeats a word of the command line, which may be the name of a file.
        self.exit(2, f"ERROR: {harmless(message)}: see `{self.prog} --help`.\n")


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
    if isinstance(error, OSError) and error.strerror:
        return (
            f"The system does not go on ({error.strerror}): check standard output, the disk and the network."
        )
    return f"Unexpected {type(error).__name__} ({error}): please report it, with the command that you typed."
