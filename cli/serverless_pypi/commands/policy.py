"""``serverless-pypi policy``: who may read what."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.commands import policy_explain
from serverless_pypi.options import add_parser, add_wait
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Collection

    from serverless_pypi.options import Commands
    from serverless_pypi.store import Store

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "policy",
        None,
        summary="say who may read what",
        example="serverless-pypi policy explain alice acme-core",
    )
    below = parser.add_subparsers(metavar="COMMAND", required=True)
    checking = add_parser(
        below,
        "check",
        _check,
        summary="look for mistakes in a policy, as the edge does before it takes one",
        example="serverless-pypi policy check policy.toml",
        as_json=True,
    )
    checking.add_argument("file", metavar="FILE", help="the policy; - is standard input")
    checking.add_argument(
        "--offline", action="store_true", help="do not ask auth/htpasswd for the names in it"
    )
    add_parser(
        below,
        "show",
        _show,
        summary="print the policy in force",
        example="serverless-pypi policy show > policy.toml",
        as_json=True,
    )
    putting = add_parser(
        below,
        "put",
        _put,
        summary="put a policy in force, and show what changes",
        example="serverless-pypi policy put policy.toml",
    )
    putting.add_argument("file", metavar="FILE", help="the policy; - is standard input")
    putting.add_argument("--yes", action="store_true", help="also if nobody can read anything then")
    add_wait(putting)
    policy_explain.add_command(below)


def _check(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.files import htpasswd_if_reachable
    from serverless_pypi.auth.review import review
    from serverless_pypi.auth.written_policy import RefusedPolicyError, WrittenPolicy
    from serverless_pypi.inputs import read_input

    try:
        policy = WrittenPolicy(*read_input(arguments.file))
    except RefusedPolicyError as error:
        terminal.show({"valid": False, "problem": error.problem, "line": error.line}, "")
        terminal.fail(str(error))
        return 3
    htpasswd = htpasswd_if_reachable(arguments, terminal)
    found = review(policy, htpasswd.names if htpasswd else None)
    found.warn(terminal)
    terminal.show({"valid": True, **found.as_json()}, f"{policy.where} would be taken.")
    return 0


def _show(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.files import read_policy
    from serverless_pypi.auth.written_policy import RefusedPolicyError
    from serverless_pypi.index import Index

    try:
        policy = read_policy(Index.of(arguments).store)
    except RefusedPolicyError as error:
        text = error.content.decode(errors="replace").removesuffix("\n")
        terminal.show({"problem": error.problem, "line": error.line}, text)
        terminal.fail(f"{error} The last good one serves on for a while, and then every request is a 503.")
        return 3
    if not policy.exists:
        terminal.say("There is no auth/policy.toml: this is what holds without one.")
    terminal.show(policy.as_json(), policy.text.removesuffix("\n"))
    return 0


def _put(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.change import AuthChange
    from serverless_pypi.auth.files import POLICY, put_policy
    from serverless_pypi.auth.review import difference, review
    from serverless_pypi.auth.written_policy import WrittenPolicy
    from serverless_pypi.inputs import read_input

    policy = WrittenPolicy(*read_input(arguments.file))
    change = AuthChange(arguments, terminal)
    stored = change.store.read(POLICY)
    before = stored.body if stored else None
    if before == policy.content:
        terminal.say(f"{policy.where} is in force already: nothing to change.")
        return 0
    terminal.say(difference(before or b"", policy))
    found = review(policy, _names(change.store, terminal))
    found.warn(terminal)
    if found.locks_out:
        terminal.confirm("Put it all the same?", yes=arguments.yes)
    put_policy(change.store, policy.content, instead_of=before)
    change.finish(f"{policy.where} is the policy")
    return 0


def _names(store: "Store", terminal: Terminal) -> "Collection[str] | None":
    """Who can come in; None, and a warning, where the file that says so is none."""
    from serverless_pypi.auth.files import read_htpasswd
    from serverless_pypi.auth.htpasswd_file import UnreadableHtpasswdError

    try:
        return read_htpasswd(store).names
    except UnreadableHtpasswdError as error:
        terminal.warn(str(error))
        return None
