"""Who stands in ``auth/htpasswd``, as a list: names, and never what their lines keep."""

import argparse
import time
from typing import Any

from serverless_pypi.auth.entry import Entry, Kind
from serverless_pypi.auth.files import read_htpasswd, usable_policy
from serverless_pypi.auth.written_policy import WrittenPolicy
from serverless_pypi.index import Index
from serverless_pypi.printable import printable
from serverless_pypi.terminal import Terminal, table

__all__ = ["show_roll"]


def show_roll(arguments: argparse.Namespace, terminal: Terminal, kind: Kind) -> None:
    """Show the names that have a password, or a token, with what keeps them from coming in."""
    store = Index.of(arguments).store
    htpasswd = read_htpasswd(store)
    policy = usable_policy(store, terminal) or WrittenPolicy.unwritten()
    expired = set(policy.expired(time.time()))
    entries = [entry for entry in htpasswd.entries.values() if entry.kind == kind]
    rows = [_row(entry, policy, expired) for entry in entries]
    values = [_value(entry, policy, expired) for entry in entries]
    terminal.show(values, table(["NAME", "KEPT BY", "STATE"], rows) if rows else "")
    for bad in htpasswd.other_bad_lines:
        terminal.warn(f"Line {bad.number} of auth/htpasswd is left out: {bad.problem}.")
    if not htpasswd.names:
        terminal.warn(
            "auth/htpasswd names nobody, so the index answers 503: `serverless-pypi user add` mends that."
        )


def _row(entry: Entry, policy: WrittenPolicy, expired: set[str]) -> tuple[str, str, str]:
    return printable(entry.name), _kept_by(entry), _state(entry, policy, expired)


def _kept_by(entry: Entry) -> str:
    if entry.kind == "token":
        return "SHA-256"
    return f"bcrypt, cost {entry.cost}" if entry.cost is not None else ""


def _state(entry: Entry, policy: WrittenPolicy, expired: set[str]) -> str:
    if entry.shut_out:
        return "shut out by a !"
    if entry.problem is not None:
        return f"left out: {entry.problem}"
    moment = policy.expires.get(entry.name)
    if moment is None:
        return ""
    return f"expired {moment}" if entry.name in expired else f"until {moment}"


def _value(entry: Entry, policy: WrittenPolicy, expired: set[str]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "line": entry.number,
        "cost": entry.cost,
        "can_sign_in": entry.problem is None and entry.name not in expired,
        "shut_out": entry.shut_out,
        "problem": entry.problem,
        "expires": policy.expires.get(entry.name),
    }
