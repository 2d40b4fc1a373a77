"""``serverless-pypi policy explain``: who may read what, and why."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile
    from serverless_pypi.auth.written_policy import WrittenPolicy
    from serverless_pypi.options import Commands

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "explain",
        _run,
        summary="say whether somebody may read a project, and by which rule",
        example="serverless-pypi policy explain alice acme-core",
        as_json=True,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="who; not with --anonymous and --everybody")
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="what; without it, all that rules name")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--anonymous", action="store_true", help="ask for who has no credential")
    whose.add_argument("--everybody", action="store_true", help="ask for each name: who may read PROJECT")
    parser.add_argument("--file", metavar="FILE", help="by this policy, instead of the one in force")
    parser.add_argument(
        "--offline", action="store_true", help="with --file: do not ask auth/htpasswd for NAME"
    )
    parser.set_defaults(misused=parser.error)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.audience import explain_audience
    from serverless_pypi.auth.explanation import Explainer

    name, project = _asked(arguments)
    policy, htpasswd = _read(arguments, terminal)
    if arguments.everybody:
        explanation = explain_audience(policy, htpasswd, project or "")
    elif project is not None:
        explanation = Explainer(policy, htpasswd, name).explain(project)
    else:
        explanation = Explainer(policy, htpasswd, name).explain_all()
    terminal.show(explanation.value, explanation.text)
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[str | None, str | None]:
    """Whose right is asked for, None for nobody's in particular; and to what, None for everything."""
    if not arguments.anonymous and not arguments.everybody:
        if arguments.name is None:
            arguments.misused("give a NAME, or --anonymous, or --everybody")
        return arguments.name, arguments.project
    if arguments.project is not None:
        arguments.misused("--anonymous and --everybody have no NAME")
    if arguments.everybody and arguments.name is None:
        arguments.misused("--everybody needs a PROJECT")
    return None, arguments.name


def _read(arguments: argparse.Namespace, terminal: Terminal) -> tuple["WrittenPolicy", "HtpasswdFile | None"]:
    from serverless_pypi.auth.files import htpasswd_if_reachable, read_htpasswd, read_policy
    from serverless_pypi.auth.written_policy import WrittenPolicy
    from serverless_pypi.index import Index
    from serverless_pypi.inputs import read_input

    if arguments.file is not None:
        policy = WrittenPolicy(*read_input(arguments.file))
        return policy, htpasswd_if_reachable(arguments, terminal)
    if arguments.offline:
        arguments.misused("--offline goes with --file")
    store = Index.of(arguments).store
    return read_policy(store), read_htpasswd(store)
