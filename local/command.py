"""``python -m local``: start the local stack, or show it at work once."""

import argparse
import logging
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from local.stack import Settings, Stack

__all__ = ["main"]

Say = Callable[[str], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv*; the exit code: 0, 1 after a sentence, 2 for a wrong command line.

    Sentences go to standard output; what the functions and the local services log, to standard error.
    The demonstration shows that log only if it fails.
    """
    arguments = _parse(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    say = _say_to(sys.stdout)
    with tempfile.TemporaryFile("w+") as kept_log:
        log = sys.stderr if arguments.command == "serve" else kept_log
        try:
            failure = _run(arguments, say, log)
        except KeyboardInterrupt:
            say("\nStopped.")
            return 0 if arguments.command == "serve" else 130
        if failure is None:
            return 0
        if log is kept_log:
            kept_log.seek(0)
            sys.stderr.writelines(kept_log)
        say(f"ERROR: {failure}")
        return 1


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="A private package index on this machine, as on AWS."
    )
    parser.add_argument("command", choices=["serve", "demo"], help="serve until interrupted, or show it once")
    parser.add_argument("--port", type=_port, default=0, help="the index's port (default: any free one)")
    parser.add_argument("--s3-port", type=_port, default=0, help="the embedded S3's (default: any free one)")
    parser.add_argument("--s3-endpoint", metavar="URL", help="use this S3 instead of the embedded one")
    parser.add_argument("--publish", type=Path, metavar="FOLDER", help="publish these distributions first")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose one from 1024 to 65535, or 0 for any")
    return int(text)


def _say_to(stream: TextIO) -> Say:
    def say(text: str) -> None:
        stream.write(f"{text}\n")
        stream.flush()

    return say


def _run(arguments: argparse.Namespace, say: Say, log: TextIO) -> Exception | None:
    """What went wrong, if it is one of the things that have a sentence."""
    # What a function prints is its log, and it takes the stream when it is imported: hence the late imports.
    sys.stdout = log
    logging.basicConfig(stream=log, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    say("Starting S3, the indexer and the authenticator …")
    from local.demo import demonstrate
    from local.errors import LocalStackError
    from local.s3 import PortUnavailableError
    from local.stack import Settings

    settings = Settings(
        port=arguments.port, s3_port=arguments.s3_port, s3_endpoint=arguments.s3_endpoint or None
    )
    try:
        if arguments.command == "demo":
            demonstrate(settings, arguments.publish, say)
        else:
            _serve(settings, arguments.publish, say)
    except (LocalStackError, PortUnavailableError) as error:
        return error
    return None


def _serve(settings: "Settings", folder: Path | None, say: Say) -> None:
    from local.publishing import publish_first
    from local.stack import run_stack

    with run_stack(settings) as stack:
        publish_first(stack, folder, say)
        say(_instructions(stack))
        try:
            threading.Event().wait()
        finally:
            # Once is enough: a second Ctrl-C must not stop the stopping.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say("\nStopping …")


def _instructions(stack: "Stack") -> str:
    from local.sample_project import SAMPLE

    key = "" if stack.external else "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
    aws = Path(sys.executable).with_name("aws")
    url = stack.index_url_with_credential
    users = "" if stack.credential else "  (the users are those of auth/htpasswd in the bucket)\n"
    return f"""
serverless-pypi runs on this machine. Stop it with Ctrl-C.

  index URL    {url}
{users}  S3 endpoint  {stack.s3_endpoint}
  bucket       {stack.bucket}

Publish the distributions in dist/:

  {key}AWS_DEFAULT_REGION=us-east-1 {aws} --endpoint-url {stack.s3_endpoint} \\
    s3 cp dist/ s3://{stack.bucket}/incoming/ --recursive

Install from the index, with pip or with uv:

  python3 -m pip install --index-url {url} {SAMPLE}

  uv pip install --default-index {url} {SAMPLE}
"""
