"""``serverless-pypi import-htpasswd``: users of a server that has kept them so far."""

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
        "import-htpasswd",
        _run,
        summary="take over the users of a password file of Apache, nginx or pypiserver",
        example="serverless-pypi import-htpasswd /etc/nginx/htpasswd --dry-run",
        as_json=True,
    )
    parser.add_argument("file", metavar="FILE", help="the password file; - is standard input")
    parser.add_argument("--replace", action="store_true", help="also names that auth/htpasswd has already")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    add_wait(parser)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.auth.change import AuthChange
    from serverless_pypi.auth.files import edit_htpasswd, read_htpasswd
    from serverless_pypi.auth.foreign_htpasswd import read_foreign_htpasswd
    from serverless_pypi.auth.htpasswd_file import HtpasswdFile
    from serverless_pypi.auth.merge import merge, report
    from serverless_pypi.inputs import read_input
    from serverless_pypi.wording import counted

    content, where = read_input(arguments.file)
    foreign = read_foreign_htpasswd(content, where)
    change = AuthChange(arguments, terminal)
    outcome = merge(read_htpasswd(change.store), foreign, replace=arguments.replace)

    def take_over(htpasswd: HtpasswdFile) -> HtpasswdFile:
        nonlocal outcome  # of what is there when it is written
        outcome = merge(htpasswd, foreign, replace=arguments.replace)
        return outcome.merged

    if outcome.taken and not arguments.dry_run:
        edit_htpasswd(change.store, take_over)
        change.finish(f"{counted(len(outcome.taken), 'name')} of {where} taken over")
    report(outcome, where, terminal, dry_run=arguments.dry_run)
    return 3 if outcome.left_out else 0
