"""``serverless-pypi token``: machines, which have generated tokens."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_wait
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.options import Commands

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "token",
        None,
        summary="say which machines may come in with a token",
        example='TOKEN="$(serverless-pypi token create ci)"',
    )
    below = parser.add_subparsers(metavar="COMMAND", required=True)
    creating = add_parser(
        below,
        "create",
        _create,
        summary="make a token, and print it this once",
        example='TOKEN="$(serverless-pypi token create ci --wait)"',
        as_json=True,
    )
    creating.add_argument("name", metavar="NAME", help="the username that it goes with")
    add_wait(creating)
    revoking = add_parser(
        below, "revoke", _revoke, summary="end tokens", example="serverless-pypi token revoke ci --wait"
    )
    revoking.add_argument("names", nargs="+", metavar="NAME", help="the username that it goes with")
    revoking.add_argument("--force", action="store_true", help="also if nobody is left then")
    add_wait(revoking)
    add_parser(
        below,
        "list",
        _list,
        summary="list the names of tokens, and what keeps them out",
        example="serverless-pypi token list --json",
        as_json=True,
    )


def _create(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from authenticator.tokens import hash_token
    from local.tokens import issue_token
    from serverless_pypi.auth.change import AuthChange
    from serverless_pypi.auth.files import read_htpasswd
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile
    from serverless_pypi.auth.passwords import check_name

    name = check_name(arguments.name)
    change = AuthChange(arguments, terminal)
    read_htpasswd(change.store).require_free(name)
    change.expect(name)
    token = issue_token()
    stored = hash_token(token.encode())
    told = {"name": name, "token": token}
    change.write(name, stored, HtpasswdFile.with_new, tell=lambda: terminal.show(told, token))
    change.finish_credential(f"{name!r} has this token", name, token)
    return 0


def _revoke(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.change import remove_names

    remove_names(arguments, terminal, "token")
    return 0


def _list(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.roll import show_roll

    show_roll(arguments, terminal, "token")
    return 0
