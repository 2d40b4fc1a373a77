"""The options that commands share."""

import argparse
import os
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers returns.
    Commands = argparse._SubParsersAction[Any]

__all__ = [
    "Run",
    "add_parser",
    "add_reason",
    "add_selection",
    "add_waiting",
    "count",
    "seconds",
]

#: A command's story; the exit code is what it returns.
Run = Callable[[argparse.Namespace, Terminal], int]

#: Characters. The indexer cuts off what is longer.
_LONGEST_REASON = 500


def add_parser(
    commands: "Commands",
    name: str,
    run: Run | None,
    *,
    summary: str,
    example: str,
    index: bool = True,
    as_json: bool = False,
) -> argparse.ArgumentParser:
    """A command's parser, with what each has: help with an example, and the options of output.

    With *index* it also has those that say which index is meant, for `Index.of`. *run* is None where
    commands of its own follow.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if run is None:
        return parser
    parser.set_defaults(run=run)
    output = parser.add_argument_group("output")
    output.add_argument("--quiet", action="store_true", help="only results, warnings and errors")
    if as_json:
        output.add_argument(
            "--json", action="store_true", dest="as_json", help="results for a program, as JSON"
        )
    if index:
        _add_index(parser.add_argument_group("which index"))
    return parser


def _add_index(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--service",
        metavar="NAME",
        default=os.environ.get("SERVERLESS_PYPI_SERVICE") or "serverless-pypi",
        help="the stack's ServiceName (default: $SERVERLESS_PYPI_SERVICE, or serverless-pypi)",
    )
    group.add_argument("--stack", metavar="NAME", help="the stack, if it is not called as the service")
    group.add_argument(
        "--bucket",
        metavar="NAME",
        default=os.environ.get("SERVERLESS_PYPI_BUCKET") or None,
        help="the bucket, where neither name leads to it (default: $SERVERLESS_PYPI_BUCKET)",
    )
    group.add_argument(
        "--index-url",
        metavar="URL",
        default=os.environ.get("SERVERLESS_PYPI_INDEX_URL") or None,
        help="where it is read, with or without a credential "
        "(default: $SERVERLESS_PYPI_INDEX_URL, or what the stack says)",
    )
    group.add_argument(
        "--profile", metavar="NAME", help="the AWS profile (default: as the AWS CLI finds one)"
    )
    group.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="another AWS, such as the local stack's (default: $AWS_ENDPOINT_URL)",
    )


def add_waiting(parser: argparse.ArgumentParser, what: str, *, patience: float) -> None:
    """How long to wait until *what*; `arguments.wait` is False if not at all."""
    waiting = parser.add_mutually_exclusive_group()
    waiting.add_argument(
        "--timeout",
        type=seconds,
        default=patience,
        metavar="SECONDS",
        help=f"how long to wait until {what} (default: {patience:g})",
    )
    waiting.add_argument("--no-wait", action="store_false", dest="wait", help=f"do not wait until {what}")


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Whether to wait until a change of ``auth/`` holds, and how long: `arguments.timeout` may be None."""
    parser.add_argument("--wait", action="store_true", help="return when the change holds at the index URL")
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="how long to --wait (default: the policy's refresh_seconds, and a minute)",
    )


def add_reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", type=_reason, metavar="TEXT", help="why, for the page to say")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which files of which project; `releases.select` finds them."""
    parser.add_argument("project", metavar="PROJECT", help="the project's name, in any spelling")
    parser.add_argument(
        "which", nargs="+", metavar="VERSION|FILENAME", help="all files of that version, or one file"
    )


def _reason(text: str) -> str:
    """For argparse: a line as the page will show it."""
    for character in text:
        # Spaces of all widths are taken for spaces.
        if not character.isprintable() and unicodedata.category(character) != "Zs":
            raise argparse.ArgumentTypeError(
                f"{character!r} cannot be shown on a page: give one line of plain text"
            )
    reason = " ".join(text.split())
    if len(reason) > _LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"it has {len(reason)} characters: give {_LONGEST_REASON} at most")
    return reason


def seconds(text: str) -> float:
    """For argparse: how long something may take."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give seconds, up to 86400")
    return value


def count(text: str) -> int:
    """For argparse: how many at once."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= 64 or len(text) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no such number: give one from 1 to 64")
    return int(text)
