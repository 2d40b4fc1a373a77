"""``serverless-pypi check``: every page held against the bucket; what drifted, told and mended."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_waiting, count, seconds
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from serverless_pypi.checking import Report
    from serverless_pypi.comparison import Comparison
    from serverless_pypi.options import Commands
    from serverless_pypi.terminal import Advance
    from serverless_pypi.walking import Scope

__all__ = ["add_command"]

#: Seconds. The indexer has two minutes for a batch: what looks wrong for longer is not just under way.
_PATIENCE = 180.0
#: Bytes of files that are read before what was done so far can be left off.
_READ_AT_ONCE = 4 * 1024**3


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "check",
        _run,
        summary="compare every page with the bucket, and say what has drifted",
        example="serverless-pypi check --repair",
        as_json=True,
    )
    parser.add_argument(
        "projects", nargs="*", metavar="PROJECT", help="only these (default: the whole index)"
    )
    parser.add_argument("--deep", action="store_true", help="also read every file, and compare its SHA-256")
    parser.add_argument("--repair", action="store_true", help="have the indexer write what has drifted")
    parser.add_argument("--after", metavar="PROJECT", help="go on behind this project")
    parser.add_argument(
        "--jobs", type=count, default=16, metavar="N", help="how much is read at a time (default: 16)"
    )
    parser.add_argument(
        "--calm",
        type=seconds,
        default=10.0,
        metavar="SECONDS",
        help="how long something has to look wrong before it is believed (default: 10)",
    )
    add_waiting(parser, "what was repaired shows", patience=300)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.checking import Check, Report, told
    from serverless_pypi.comparison import Comparison
    from serverless_pypi.contents import Contents
    from serverless_pypi.index import Index
    from serverless_pypi.indexer_queue import IndexerQueue
    from serverless_pypi.known_projects import scope_of
    from serverless_pypi.settling import Settling
    from serverless_pypi.wording import counted
    from serverless_pypi.workers import Workers

    index = Index.of(arguments)
    comparison = Comparison.of(index, files=arguments.deep)
    scope = scope_of(comparison, arguments.projects, after=arguments.after)
    queue = IndexerQueue(index)
    if arguments.repair:
        queue.find()
    report = Report(after=scope.after)
    with told(report, terminal), Workers(arguments.jobs) as workers:
        with _bar(comparison, scope, arguments, terminal) as advance:
            contents = Contents(index.store, advance=advance, check=workers.check) if arguments.deep else None
            settling = Settling(is_idle=queue.is_idle, calm=arguments.calm, patience=_PATIENCE)
            check = Check(comparison, workers, settling, contents)
            for stretch in scope.stretches(
                comparison,
                workers,
                most_bytes=_READ_AT_ONCE if arguments.deep else float("inf"),
                seen=lambda _: None if arguments.deep else advance(1),
            ):
                findings = check.judge(stretch)
                if arguments.repair:
                    check.ask_for(findings, queue)
                report.add(stretch, findings)
            report.is_complete = True
        if arguments.repair and arguments.wait and report.to_mend:
            terminal.say(f"Waiting until the indexer has written {counted(len(report.to_mend), 'page')} …")
            report.mended = check.wait_until_true(report.to_mend, patience=arguments.timeout)
    return _conclude(report, arguments, terminal)


def _bar(
    comparison: "Comparison", scope: "Scope", arguments: argparse.Namespace, terminal: Terminal
) -> "AbstractContextManager[Advance]":
    """Of bytes where files are read, else of projects."""
    if not terminal.is_watched:
        return terminal.progress("", total=None)
    if arguments.deep:
        return terminal.progress("Reading", total=scope.size(comparison), unit="B")
    return terminal.progress("Comparing", total=scope.count(comparison))


def _conclude(report: "Report", arguments: argparse.Namespace, terminal: Terminal) -> int:
    """0 if nothing is wrong, or nothing any more; else 3, and what to do next."""
    from serverless_pypi.wording import counted

    if not report.remaining:
        return 0
    unmended = report.to_mend - report.mended
    if not unmended:
        what = counted(len(report.remaining), "finding")
        terminal.fail(f"No rebuild mends {what}: docs/command.md says what does.")
    elif not arguments.repair:
        terminal.fail("Pages are not as the bucket is: `serverless-pypi check --repair` has them written.")
    elif not arguments.wait:
        terminal.fail("What has drifted was asked for, and not waited for: check again in a minute.")
    else:
        terminal.fail(
            f"{counted(len(unmended), 'page')} did not become true in {arguments.timeout:g} s: look at the "
            "indexer's log and at its dead letters, and check again."
        )
    return 3
