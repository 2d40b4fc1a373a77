"""A change of ``auth/``, from what is looked at before to when it holds."""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from authenticator.tokens import hash_token
from local.tokens import issue_token
from serverless_pypi.auth.decisions import Decider
from serverless_pypi.auth.entry import Kind
from serverless_pypi.auth.files import edit_htpasswd, read_htpasswd, usable_policy
from serverless_pypi.auth.holding import Watch
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.passwords import is_sent_by_pip
from serverless_pypi.auth.written_policy import WrittenPolicy
from serverless_pypi.errors import CommandError
from serverless_pypi.index import Index
from serverless_pypi.interrupts import held_back
from serverless_pypi.store import Store
from serverless_pypi.terminal import Terminal

__all__ = ["AuthChange", "ExpiredNameError", "UntoldError", "remove_names"]

#: Of a file, a name and what that is to keep: the file in which it keeps that.
Put = Callable[[HtpasswdFile, str, str], HtpasswdFile]

#: Whose a token is that was thrown away.
_NOBODY = "nobody"
#: Seconds. The last good policy may say so, where the one in force is none.
_LONGEST_REFRESH = 300


class ExpiredNameError(CommandError):
    def __init__(self, name: str, moment: str) -> None:
        super().__init__(
            f"{name!r} has expired ({moment}, by auth/policy.toml), so no credential of it holds: "
            "change its line under [expires], or leave --wait out. Nothing was done."
        )


class UntoldError(CommandError):
    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"Nobody could be told it on standard output ({error.strerror}), so it was taken back: "
            "mend that, and type the command again."
        )


class AuthChange:
    """Begun before anything is written; what can be known to go wrong raises here."""

    def __init__(self, arguments: argparse.Namespace, terminal: Terminal) -> None:
        self._terminal = terminal
        self.index = Index.of(arguments)
        policy = usable_policy(self.index.store, terminal)
        self.policy = policy or WrittenPolicy.unwritten()
        self._refresh_seconds = policy.policy.freshness.refresh_seconds if policy else _LONGEST_REFRESH
        self._watch = None
        if arguments.wait:
            self._watch = Watch.over(
                self.index, refresh_seconds=self._refresh_seconds, patience=arguments.timeout
            )

    @property
    def store(self) -> Store:
        return self.index.store

    def expect(self, name: str) -> None:
        """Say what the policy has against a credential of *name*. Raises `ExpiredNameError`."""
        if self.policy.policy.has_expired(name, time.time()):
            expired = ExpiredNameError(name, self.policy.expires[name])
            if self._watch is not None:
                raise expired
            self._terminal.warn(f"{name!r} has expired ({self.policy.expires[name]}, by auth/policy.toml).")
        elif not any(decision.may_read for decision in Decider(self.policy, name).decide_patterns()):
            self._terminal.warn(f"auth/policy.toml gives {name!r} no project to read.")

    def write(self, name: str, stored: str, put: Put, tell: Callable[[], None]) -> None:
        """Have *put* write what *name* is to keep, and *tell* of it; where that fails, nothing was done.

        Raises `UntoldError`. An interrupt waits for both, lest a secret holds that nobody has.
        """
        before: str | None = None

        def change(htpasswd: HtpasswdFile) -> HtpasswdFile:
            nonlocal before
            changed = put(htpasswd, name, stored)
            entry = htpasswd.entries.get(name)
            before = entry.stored if entry is not None and entry.stored != stored else before
            return changed

        with held_back(self._terminal):
            edit_htpasswd(self.store, change)
            try:
                tell()
            except OSError as error:
                # Else what is left in the buffer fails once more, at the end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._terminal.out.fileno())
                edit_htpasswd(self.store, lambda each: each.with_former(name, before, instead_of=stored))
                raise UntoldError(error) from None

    def finish_credential(self, news: str, name: str, secret: str) -> None:
        """Say the *news*, and wait until the credential is taken if that was asked for."""
        if not is_sent_by_pip(name, secret):
            self._terminal.warn(
                f"pip cannot send this credential of {name!r}: it writes ISO-8859-1, not UTF-8."
            )
        if self._watch is None:
            self._tell(news)
            return
        self._terminal.say(f"{news}; waiting until the index takes the credential …")
        with _interruptible(news):
            self._watch.wait_for_credential((name, secret))
        self._terminal.say("The index takes it.")

    def finish(self, news: str) -> None:
        """The same for what cannot be tried."""
        if self._watch is None:
            self._tell(news)
            return
        self._terminal.say(
            f"{news}; waiting until no copy at an edge is older ({self._refresh_seconds:g} s) …"
        )
        with _interruptible(news):
            self._watch.wait_for_age()
        self._terminal.say("It holds.")

    def _tell(self, news: str) -> None:
        self._terminal.say(f"{news}: it holds everywhere within {self._refresh_seconds:g} s.")


@contextmanager
def _interruptible(news: str) -> Iterator[None]:
    """Wait in the block; who interrupts that should know what stays."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{news}, but nobody waited until that holds.") from None


def remove_names(arguments: argparse.Namespace, terminal: Terminal, kind: Kind) -> None:
    """Take all lines of the given names, which keep something of that *kind*, out of ``auth/htpasswd``."""
    names: list[str] = arguments.names
    change = AuthChange(arguments, terminal)
    htpasswd = read_htpasswd(change.store)
    for name in names:
        htpasswd.require_kind(name, kind)
    last = {_NOBODY: hash_token(issue_token().encode())} if arguments.force else None
    left = htpasswd

    def remove(each: HtpasswdFile) -> HtpasswdFile:
        nonlocal left
        left = each.without(names, last=last)
        return left

    edit_htpasswd(change.store, remove)
    if list(left.names) == [_NOBODY]:
        terminal.warn(f"Nobody can come in: a token that nobody has is all that is left, as {_NOBODY!r}.")
    change.finish(f"{', '.join(map(repr, names))} can come in no more")
