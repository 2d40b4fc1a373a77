"""``serverless-pypi local``: the whole product on this machine, to try it and to develop on it."""

import argparse
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pypi.errors import CommandError
from serverless_pypi.options import add_parser
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Settings, Stack
    from serverless_pypi.options import Commands

__all__ = ["add_command"]

_STARTING = "Starting S3, the indexer and the authenticator …"


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "local",
        _run,
        summary="serve an index on this machine, with the functions that AWS runs",
        example="serverless-pypi local serve --publish dist/",
        index=False,
        as_json=True,
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=["serve", "demo"],
        default="serve",
        help="serve until interrupted, or publish, install and end (default: serve)",
    )
    parser.add_argument("--port", type=_port, default=0, help="the index's port (default: any free one)")
    parser.add_argument("--s3-port", type=_port, default=0, help="the embedded S3's (default: any free one)")
    parser.add_argument("--s3-endpoint", metavar="URL", help="use this S3 instead of the embedded one")
    parser.add_argument("--publish", type=Path, metavar="FOLDER", help="publish these distributions first")
    parser.add_argument("--access-log", type=Path, metavar="FILE", help="log each request as CloudFront does")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose one from 1024 to 65535, or 0 for any")
    return int(text)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.extras import check_extra

    check_extra("local")
    return _serve(arguments, terminal) if arguments.what == "serve" else _demonstrate(arguments, terminal)


def _serve(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from local.log import OnlyTrouble, send_log_to

    send_log_to(OnlyTrouble(terminal.err) if terminal.quiet else terminal.err)
    try:
        terminal.say(_STARTING)
        with _explained():
            from local.serving import serve

            serve(
                _settings(arguments),
                arguments.publish,
                say=terminal.say,
                show=lambda stack: _show(stack, terminal),
            )
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    return 0


def _demonstrate(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """The functions' log is shown only if something fails."""
    from local.log import send_log_to

    with tempfile.TemporaryFile("w+") as log:
        send_log_to(log)
        terminal.say(_STARTING)
        try:
            with _explained():
                from local.demo import demonstrate

                seen = demonstrate(_settings(arguments), arguments.publish, terminal.say)
        except CommandError:
            log.seek(0)
            terminal.err.writelines(log)
            raise
    terminal.show(asdict(seen), str(seen))
    return 0


def _settings(arguments: argparse.Namespace) -> "Settings":
    from local.stack import Settings

    return Settings(
        port=arguments.port,
        s3_port=arguments.s3_port,
        s3_endpoint=arguments.s3_endpoint or None,
        access_log=arguments.access_log,
    )


def _show(stack: "Stack", terminal: Terminal) -> None:
    from local.instructions import environment_of, instructions_for

    value = {
        "index_url": stack.index_url_with_credential,
        "s3_endpoint": stack.s3_endpoint,
        "bucket": stack.bucket,
        "environment": environment_of(stack),
    }
    terminal.show(value, instructions_for(stack))


@contextmanager
def _explained() -> "Iterator[None]":
    from local.errors import LocalStackError
    from local.s3 import PortUnavailableError

    try:
        yield
    except (LocalStackError, PortUnavailableError) as error:
        raise CommandError(str(error)) from error
