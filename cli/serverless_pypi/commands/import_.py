"""``serverless-pypi import``: an index filled from a folder, a bucket or another index."""

import argparse
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_waiting, count
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pypi.importing.report import Report
    from serverless_pypi.index import Credential, Index
    from serverless_pypi.options import Commands
    from serverless_pypi.sources import Source
    from serverless_pypi.workers import Workers

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "import",
        _run,
        summary="fill the index from a folder, an S3 bucket or another index",
        example="serverless-pypi import https://old-index.example/simple/ --project 'acme-*' --dry-run",
        as_json=True,
    )
    parser.add_argument(
        "source", metavar="SOURCE", help="a folder, s3://BUCKET/PREFIX, or the URL of an index"
    )
    parser.add_argument(
        "--project",
        action="append",
        default=[],
        metavar="NAME",
        help="only this project, or those that a pattern matches; repeatable",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="no project and no file of that name; repeatable",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be taken, and take nothing")
    parser.add_argument(
        "--deep", action="store_true", help="read again what only its name and size say to be there"
    )
    parser.add_argument(
        "--jobs", type=count, default=8, metavar="N", help="how many files at a time (default: 8)"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what became of each file, as JSON")
    add_waiting(parser, "the pages list what was taken", patience=600)
    _add_source(parser.add_argument_group("how the source is read"))


def _add_source(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--username", metavar="NAME", help="for an index that asks who you are")
    group.add_argument(
        "--password-stdin", action="store_true", help="take the password or token from standard input"
    )
    group.add_argument(
        "--source-profile", metavar="NAME", help="the AWS profile for s3:// (default: --profile)"
    )
    group.add_argument(
        "--source-endpoint-url", metavar="URL", help="another S3 for s3:// (default: --endpoint-url)"
    )


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.importing.report import NotTakenError, Report
    from serverless_pypi.index import Index

    _check_options(arguments)
    index = Index.of(arguments)
    report = Report(source="", dry_run=arguments.dry_run)
    with _written(report, arguments.report):
        try:
            _fill(index, report, arguments, terminal)
        except BaseException:
            if report.outcomes:
                terminal.say(f"So far: {report.summary()}")
            raise
        try:
            if arguments.wait and not arguments.dry_run:
                _wait(index, report, arguments, terminal)
        finally:
            terminal.show(report.values(), report.text())
    if report.losses:
        terminal.fail(str(NotTakenError(report.losses)))
        return 3
    return 0


@contextmanager
def _written(report: "Report", path: Path | None) -> "Iterator[None]":
    """Whatever happens meanwhile, *path* has the report of it; that it cannot have shows before."""
    if path is None:
        yield
        return
    path.open("a").close()
    try:
        yield
    finally:
        report.write(path)


def _check_options(arguments: argparse.Namespace) -> None:
    """An option that goes with another kind of source would do nothing."""
    from serverless_pypi.errors import CommandError
    from serverless_pypi.sources import is_bucket, is_web

    if arguments.username is not None and not is_web(arguments.source):
        raise CommandError("--username goes with the URL of an index alone: leave it out.")
    of_bucket = (arguments.source_profile, arguments.source_endpoint_url)
    if any(of_bucket) and not is_bucket(arguments.source):
        raise CommandError("--source-profile and --source-endpoint-url go with s3:// alone: leave them out.")


def _fill(index: "Index", report: "Report", arguments: argparse.Namespace, terminal: Terminal) -> None:
    from serverless_pypi.importing.filling import fill
    from serverless_pypi.importing.planning import Planner
    from serverless_pypi.importing.taking import Taker
    from serverless_pypi.importing.wanted import Wanted
    from serverless_pypi.workers import Workers

    wanted, dry_run = Wanted(arguments.project, arguments.exclude), arguments.dry_run
    workers = Workers(arguments.jobs)
    with closing(_source(arguments, _credential(arguments, terminal), workers)) as source, workers:
        report.source = source.name
        planner = Planner(index, source, wanted, dry_run=dry_run, check=workers.check)
        taker = Taker(index.store, source, dry_run=dry_run, deep=arguments.deep, check=workers.check)
        terminal.say(f"{'Looking at' if dry_run else 'Importing'} {source.name} …")
        with terminal.progress("Files", total=None) as advance:
            fill(source, wanted, planner, taker, workers, report, advance=advance)


def _source(arguments: argparse.Namespace, credential: "Credential | None", workers: "Workers") -> "Source":
    from serverless_pypi.sources import find_source

    return find_source(
        arguments.source,
        credential=credential,
        profile=arguments.source_profile or arguments.profile,
        endpoint_url=arguments.source_endpoint_url or arguments.endpoint_url,
        jobs=arguments.jobs,
        check=workers.check,
    )


def _wait(index: "Index", report: "Report", arguments: argparse.Namespace, terminal: Terminal) -> None:
    from serverless_pypi.importing.listing import wait_until_listed

    pending = report.pending
    if not pending:
        return
    terminal.say("Waiting until the pages list what was taken …")
    with terminal.progress("Waiting", total=len(pending)) as advance:
        refused = wait_until_listed(
            index, pending, jobs=arguments.jobs, patience=arguments.timeout, advance=advance
        )
    report.correct(refused)


def _credential(arguments: argparse.Namespace, terminal: Terminal) -> "Credential | None":
    from serverless_pypi.errors import CommandError

    if arguments.username is None:
        if arguments.password_stdin:
            raise CommandError("A password needs a name: say --username as well.")
        return None
    if not (arguments.password_stdin or terminal.asks):
        raise CommandError("Nobody can be asked for the password: give it to --password-stdin.")
    try:
        password = terminal.ask_secret(f"Password of {arguments.username}")
        password.encode()
    except UnicodeError:
        raise CommandError("The password is not UTF-8: give it as a line of that.") from None
    if not password:
        raise CommandError("No password was given: give it as a line to --password-stdin.")
    return arguments.username, password
