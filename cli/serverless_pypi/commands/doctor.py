"""``serverless-pypi doctor``: what is wrong between the clients here and an index, and what mends it."""

import argparse
import os
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, seconds
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

__all__ = ["add_command"]

#: As they are typed, and what they are called.
_CLIENTS = ("pip", "uv", "poetry", "pdm", "pipenv")


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "doctor",
        _run,
        summary="say what is wrong with how this machine reaches an index, and what mends it",
        example="serverless-pypi doctor https://packages.example.com/simple/ --project acme-core",
        index=False,
        as_json=True,
    )
    parser.add_argument(
        "index_url",
        metavar="INDEX_URL",
        nargs="?",
        help="the index, with or without a credential "
        "(default: $SERVERLESS_PYPI_INDEX_URL, or the one that clients here are told of)",
    )
    parser.add_argument("--project", metavar="NAME", help="also whether this project can be had from here")
    parser.add_argument(
        "--client",
        metavar="CLIENT",
        action="append",
        choices=_CLIENTS,
        default=[],
        help=f"one to look at ({', '.join(_CLIENTS)}); may be repeated (default: those that are here)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=10.0,
        help="for how long to wait for each answer (default: 10)",
    )


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.doctor.choosing import choose_index, project_name
    from serverless_pypi.doctor.clients import read_clients
    from serverless_pypi.doctor.examination import Patient, examine
    from serverless_pypi.doctor.findings import Severity
    from serverless_pypi.doctor.machine import Machine
    from serverless_pypi.doctor.netrc_file import read_netrc
    from serverless_pypi.doctor.report import as_json, as_text
    from serverless_pypi.doctor.settings import Client

    machine = Machine.here()
    project = project_name(arguments.project) if arguments.project else None
    wanted = [client for client in Client if client.lower() in arguments.client]
    settings, netrc = read_clients(machine, wanted), read_netrc(machine)
    variable = os.environ.get("SERVERLESS_PYPI_INDEX_URL")
    index = choose_index(arguments.index_url, variable, settings, netrc)
    terminal.say(f"Looking at {index.origin} …")
    findings = examine(
        Patient(
            machine=machine,
            index=index,
            settings=settings,
            netrc=netrc,
            wanted=wanted,
            project=project,
            timeout=arguments.timeout,
        )
    )
    terminal.show(as_json(index.right, findings), as_text(index.right, findings, machine.shorten))
    return 3 if any(finding.severity == Severity.WRONG for finding in findings) else 0
