"""``serverless-pypi status``: what a project is, and what it is called to be."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_reason, add_waiting
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.index import Index
    from serverless_pypi.options import Commands
    from simple_index.model import ProjectDetail

__all__ = ["add_command"]

_STATUSES = ("active", "archived", "deprecated", "quarantined")


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "status",
        _run,
        summary="show a project, or set its status",
        example='serverless-pypi status acme archived --reason "use bolt instead"',
        as_json=True,
    )
    parser.add_argument("project", metavar="PROJECT", help="the project's name, in any spelling")
    parser.add_argument(
        "status",
        nargs="?",
        choices=_STATUSES,
        help="the status to set: archived and quarantined projects take no uploads, "
        "and quarantined ones offer no files",
    )
    add_reason(parser)
    add_waiting(parser, "the page says so", patience=60)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.errors import CommandError
    from serverless_pypi.index import Index
    from serverless_pypi.project_status import as_json, as_text
    from serverless_pypi.releases import read_project

    index = Index.of(arguments)
    if arguments.reason and arguments.status in (None, "active"):
        raise CommandError(
            "A --reason goes with archived, deprecated or quarantined: name one, or leave it out."
        )
    detail = read_project(index, arguments.project)
    if arguments.status is not None:
        detail = _set(index, detail, arguments, terminal)
    terminal.show(as_json(detail), as_text(detail))
    return 0


def _set(
    index: "Index", detail: "ProjectDetail", arguments: argparse.Namespace, terminal: Terminal
) -> "ProjectDetail":
    """What the page says once the status is set."""
    from serverless_pypi.project_status import ACTIVE, is_shown, set_status
    from serverless_pypi.showing import wait_until_shown
    from simple_index import keys

    wanted = set_status(index.store, detail, arguments.status, arguments.reason)
    if not arguments.wait:
        return replace(detail, status=wanted)
    terminal.say("Waiting until the page says so …")
    return wait_until_shown(
        index,
        detail.project,
        lambda page: is_shown(page, wanted),
        objects={keys.status_of(detail.project): None if wanted is ACTIVE else wanted.etag},
        what=f"The status of {detail.project}",
        patience=arguments.timeout,
    )
