"""What stands under ``auth/`` in the bucket, as administrators read and write it."""

import argparse
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.written_policy import DeletedPolicyError, UnusablePolicyError, WrittenPolicy
from serverless_pypi.errors import CommandError
from serverless_pypi.explaining import explained
from serverless_pypi.index import Index
from serverless_pypi.store import Store
from serverless_pypi.terminal import Terminal

__all__ = [
    "HTPASSWD",
    "POLICY",
    "PolicyChangedError",
    "edit_htpasswd",
    "htpasswd_if_reachable",
    "put_policy",
    "read_htpasswd",
    "read_policy",
    "usable_policy",
]

HTPASSWD = "auth/htpasswd"
POLICY = "auth/policy.toml"


class PolicyChangedError(CommandError):
    def __init__(self) -> None:
        super().__init__(
            "Somebody else has put another auth/policy.toml meanwhile, and it was left alone: "
            "look at it by `serverless-pypi policy show`, then put yours again."
        )


def read_htpasswd(store: Store) -> HtpasswdFile:
    """The password file; an empty one where there is none."""
    stored = store.read(HTPASSWD)
    return HtpasswdFile(stored.body if stored else b"")


def edit_htpasswd(store: Store, change: Callable[[HtpasswdFile], HtpasswdFile]) -> None:
    """Put what *change* makes of the password file; again, of theirs, if somebody was faster."""
    store.edit(HTPASSWD, lambda content: change(HtpasswdFile(content or b"")).content)


def read_policy(store: Store) -> WrittenPolicy:
    """The policy; what holds without one where there is none. Raises `UnusablePolicyError`."""
    stored = store.read(POLICY)
    if stored is not None:
        return WrittenPolicy(stored.body, POLICY)
    if store.was_deleted(POLICY):
        raise DeletedPolicyError
    return WrittenPolicy.unwritten()


def put_policy(store: Store, content: bytes, *, instead_of: bytes | None) -> None:
    """Put a policy in the place of one that somebody has seen, or of none. Raises `PolicyChangedError`."""

    def change(there: bytes | None) -> bytes:
        # Ours may be there already, if it was an answer that was lost.
        if there not in (instead_of, content):
            raise PolicyChangedError
        return content

    store.edit(POLICY, change, content_type="application/toml")


def usable_policy(store: Store, terminal: Terminal) -> WrittenPolicy | None:
    """The policy in force, or what holds without one; None, and a warning, where it cannot be used."""
    try:
        return read_policy(store)
    except UnusablePolicyError as error:
        terminal.warn(str(error))
        return None


def htpasswd_if_reachable(arguments: argparse.Namespace, terminal: Terminal) -> HtpasswdFile | None:
    """The password file; None, and a warning, where it cannot be read, or if nobody wants to (--offline)."""
    if arguments.offline:
        return None
    try:
        return read_htpasswd(Index.of(arguments).store)
    except (BotoCoreError, ClientError, CommandError) as error:
        why = explained(error) or str(error)
        terminal.warn(f"auth/htpasswd was not looked at, as with --offline: {why}")
        return None
