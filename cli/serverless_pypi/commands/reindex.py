"""``serverless-pypi reindex``: pages written anew by the indexer, whatever they say now."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_waiting
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.comparison import Comparison
    from serverless_pypi.indexer_queue import IndexerQueue
    from serverless_pypi.options import Commands
    from serverless_pypi.walking import Scope

__all__ = ["add_command"]

_JOBS = 16


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "reindex",
        _run,
        summary="have the indexer write pages anew",
        example="serverless-pypi reindex acme acme-core",
        as_json=True,
    )
    parser.add_argument(
        "projects", nargs="*", metavar="PROJECT", help="these (default: all that has drifted)"
    )
    add_waiting(parser, "it is done", patience=300)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.comparison import Comparison
    from serverless_pypi.index import Index
    from serverless_pypi.indexer_queue import IndexerQueue
    from serverless_pypi.known_projects import scope_of

    index = Index.of(arguments)
    comparison = Comparison.of(index)
    scope = scope_of(comparison, arguments.projects, after=None)
    queue = IndexerQueue(index)
    story = _rebuild if scope.projects else _reconcile
    story(comparison, scope, queue, arguments, terminal)
    return 0


def _rebuild(
    comparison: "Comparison",
    scope: "Scope",
    queue: "IndexerQueue",
    arguments: argparse.Namespace,
    terminal: Terminal,
) -> None:
    from serverless_pypi.known_projects import is_in_use
    from serverless_pypi.wording import counted
    from serverless_pypi.workers import Workers
    from serverless_pypi.written_pages import read_etags, wait_until_written

    pages = counted(len(scope.projects), "page")
    with Workers(_JOBS) as workers:
        before = read_etags(comparison, workers, scope.projects)
        queue.ask_for_rebuild(scope.projects)
        if arguments.wait:
            terminal.say(f"Waiting until the indexer has written {pages} …")
            # One that is nothing but a name on the project list leaves that, and gets no page.
            real = {
                project: etag for project, etag in before.items() if etag or is_in_use(comparison, project)
            }
            wait_until_written(comparison, workers, real, patience=arguments.timeout)
    done = f"The indexer has written {pages}." if arguments.wait else f"The indexer is asked for {pages}."
    terminal.show({"projects": list(scope.projects), "written": arguments.wait}, done)


def _reconcile(
    comparison: "Comparison",
    scope: "Scope",
    queue: "IndexerQueue",
    arguments: argparse.Namespace,
    terminal: Terminal,
) -> None:
    """Have the indexer walk over everything, and come behind it."""
    from serverless_pypi.following import follow
    from serverless_pypi.wording import counted
    from serverless_pypi.workers import Workers

    queue.ask_for_walk()
    if not arguments.wait:
        terminal.show({"projects": None, "written": False}, "The indexer is asked to walk over the index.")
        return
    terminal.say("Waiting until nothing has drifted …")
    with (
        Workers(_JOBS) as workers,
        terminal.progress(
            "Comparing", total=scope.count(comparison) if terminal.is_watched else None
        ) as advance,
    ):
        number = follow(comparison, workers, scope, patience=arguments.timeout, advance=advance)
    done = f"{counted(number, 'project')} compared since the indexer was asked: nothing has drifted any more."
    terminal.show({"projects": number, "written": True}, done)
