"""``serverless-pypi user``: people, who have passwords."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_wait
from serverless_pypi.terminal import Terminal

if TYPE_CHECKING:
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile
    from serverless_pypi.options import Commands

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "user",
        None,
        summary="say who may come in with a password",
        example="serverless-pypi user add alice",
    )
    below = parser.add_subparsers(metavar="COMMAND", required=True)
    adding = add_parser(
        below, "add", _add, summary="let somebody in", example="serverless-pypi user add alice --generate"
    )
    changing = add_parser(
        below,
        "passwd",
        _passwd,
        summary="give somebody another password",
        example="serverless-pypi user passwd alice --wait",
    )
    for each in (adding, changing):
        _add_password(each)
    removing = add_parser(
        below,
        "remove",
        _remove,
        summary="let people in no more",
        example="serverless-pypi user remove alice bob",
    )
    removing.add_argument("names", nargs="+", metavar="NAME", help="who it is")
    removing.add_argument("--force", action="store_true", help="also if nobody is left then")
    add_wait(removing)
    add_parser(
        below,
        "list",
        _list,
        summary="list who has a password, and what keeps them out",
        example="serverless-pypi user list --json",
        as_json=True,
    )


def _add_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="who it is")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--generate", action="store_true", help="make a strong password, and print it once")
    source.add_argument(
        "--password-stdin",
        action="store_true",
        help="read one line, also from a terminal, and ask no second time",
    )
    parser.add_argument(
        "--cost", type=_cost, default=10, metavar="COST", help="bcrypt's work factor, 4 to 11 (default: 10)"
    )
    add_wait(parser)


def _cost(text: str) -> int:
    """For argparse: a cost that the edge can bear."""
    from authenticator.htpasswd import HIGHEST_COST

    if text not in map(str, range(4, HIGHEST_COST + 1)):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no cost that the edge bears: give 4 to {HIGHEST_COST} (a check at 10 takes 0.8 s)"
        )
    return int(text)


def _add(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile
    from serverless_pypi.auth.passwords import check_name

    check_name(arguments.name)
    _set_password(arguments, terminal, HtpasswdFile.require_free, HtpasswdFile.with_new)
    return 0


def _passwd(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile

    _set_password(arguments, terminal, HtpasswdFile.require_password, HtpasswdFile.with_password)
    return 0


def _set_password(
    arguments: argparse.Namespace,
    terminal: Terminal,
    require: "Callable[[HtpasswdFile, str], None]",
    put: "Callable[[HtpasswdFile, str, str], HtpasswdFile]",
) -> None:
    """Choose a password and write it with *put*, where *require* has nothing against it."""
    from serverless_pypi.auth.change import AuthChange
    from serverless_pypi.auth.files import read_htpasswd
    from serverless_pypi.auth.passwords import choose_password, hash_password

    name: str = arguments.name
    change = AuthChange(arguments, terminal)
    require(read_htpasswd(change.store), name)
    change.expect(name)
    password = choose_password(arguments, terminal)
    told = password if arguments.generate else ""
    stored = hash_password(password, arguments.cost)
    change.write(name, stored, put, tell=lambda: terminal.show(None, told))
    change.finish_credential(f"{name!r} has this password", name, password)


def _remove(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.change import remove_names

    remove_names(arguments, terminal, "password")
    return 0


def _list(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.roll import show_roll

    show_roll(arguments, terminal, "password")
    return 0
