"""``serverless-pypi publish``: distributions looked at, sent, and waited for until the index lists them."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_waiting, count
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pypi.index import Index
    from serverless_pypi.options import Commands
    from serverless_pypi.publications import Publication
    from serverless_pypi.publishing import Plan
    from serverless_pypi.uploads import Upload

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "publish",
        _run,
        summary="publish wheels and sdists, and wait until the index lists them",
        example="serverless-pypi publish dist/",
        as_json=True,
    )
    parser.add_argument(
        "what", nargs="+", metavar="FILE|FOLDER|GLOB", help="distributions, or the folder they are in"
    )
    parser.add_argument("--dry-run", action="store_true", help="look at all of it and send nothing")
    parser.add_argument(
        "--jobs", type=count, default=4, metavar="N", help="how much goes at a time (default: 4)"
    )
    add_waiting(parser, "the index lists them", patience=300)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.index import Index
    from serverless_pypi.uploads import plan_uploads, send

    index = Index.of(arguments)
    plan = _plan(index, arguments, terminal)
    if plan.refused:
        return _refuse(plan, terminal)
    if arguments.dry_run or not plan.to_send:
        return _tell(plan.publications(pending="not sent: this is a dry run"), terminal, "would publish")
    uploads = plan_uploads(plan.to_send)
    terminal.say(f"Sending {plan.extent} …")
    size = sum(candidate.size for candidate in plan.to_send)
    with terminal.progress("Sending", total=size, unit="B") as advance:
        send(
            index.store,
            uploads,
            jobs=arguments.jobs,
            advance=advance,
            interrupted=lambda: terminal.say(
                "Giving up what is under way: Ctrl-C once more does not wait for it."
            ),
        )
    if not arguments.wait:
        return _tell(plan.publications(pending="sent, and not waited for"), terminal, "sent")
    return _wait(index, plan, uploads, arguments, terminal)


def _plan(index: "Index", arguments: argparse.Namespace, terminal: Terminal) -> "Plan":
    """What is to be sent of what was named, once all of it was looked at."""
    from serverless_pypi.arrivals import read_pages
    from serverless_pypi.distribution_paths import find_distributions
    from serverless_pypi.errors import NoRightToReadError
    from serverless_pypi.publishing import check_pages, examine_all

    found = find_distributions(arguments.what)
    with terminal.progress("Looking", total=len(found.paths)) as advance:
        plan = examine_all(found, jobs=arguments.jobs, advance=advance)
    try:
        return check_pages(plan, read_pages(index, plan.projects, jobs=arguments.jobs))
    except NoRightToReadError:
        if arguments.wait:
            raise
        terminal.warn("You may not read what is published already, so nothing is held against it.")
        return plan


def _refuse(plan: "Plan", terminal: Terminal) -> int:
    from serverless_pypi.publications import as_json
    from serverless_pypi.publishing import NothingSentError

    terminal.show(as_json(plan.publications(pending="not sent: others would be refused")), "")
    for one in plan.refused:
        terminal.fail(one.reason or "")
    raise NothingSentError(len(plan.refused), len(plan.publications()))


def _wait(
    index: "Index",
    plan: "Plan",
    uploads: "Sequence[Upload]",
    arguments: argparse.Namespace,
    terminal: Terminal,
) -> int:
    from serverless_pypi.arrivals import NotListedError, wait_for_arrivals
    from serverless_pypi.publishing import outcomes

    terminal.say("Waiting until the index lists what was sent …")
    try:
        with terminal.progress("Waiting", total=len(uploads)) as advance:
            arrived = wait_for_arrivals(
                index, uploads, jobs=arguments.jobs, patience=arguments.timeout, advance=advance
            )
    except NotListedError as error:
        _tell(outcomes(plan, error.arrived, pending="sent, and not listed in time"), terminal, "sent")
        raise
    return _tell(outcomes(plan, arrived, pending=""), terminal, "sent")


def _tell(publications: "Sequence[Publication]", terminal: Terminal, pending: str) -> int:
    """Say what became of each, and of all; *pending* is what was done with those of which nobody knows."""
    from serverless_pypi.publications import State, as_json, summary

    for one in publications:
        terminal.say(f"  {one.path.name}: {pending if one.state is State.PENDING else one.state}")
    terminal.show(as_json(publications), summary(publications, pending=pending))
    refused = [one for one in publications if one.state is State.REFUSED]
    for one in refused:
        terminal.fail(f"{one.path.name} was refused: {one.reason}")
    return 3 if refused else 0
