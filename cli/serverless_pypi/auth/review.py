"""What a policy may say and hardly means: names that nobody has, or that have expired; nothing for all."""

import difflib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from serverless_pypi.auth.written_policy import WrittenPolicy
from serverless_pypi.terminal import Terminal

__all__ = ["Review", "difference", "review"]

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    where: str
    #: Names, and on which line each stands first.
    missing: Mapping[str, int | None]
    expired: Mapping[str, int | None]
    #: Whether those who can come in could read nothing.
    locks_out: bool

    def warn(self, terminal: Terminal) -> None:
        if self.missing:
            terminal.warn(
                f"{self.where}: auth/htpasswd has no good line for {_listed(self.missing)}, "
                "so nothing is read by such a name."
            )
        if self.expired:
            terminal.warn(f"{self.where}: expired: {_listed(self.expired)}.")
        if self.locks_out:
            terminal.warn(f"{self.where}: by it, nobody can read any project.")

    def as_json(self) -> dict[str, Any]:
        return {"missing": self.missing, "expired": self.expired, "locks_out": self.locks_out}


def review(policy: WrittenPolicy, names: Collection[str] | None) -> Review:
    """Look at *policy*; *names* are those in ``auth/htpasswd``, None if nobody knows."""
    now = time.time()
    return Review(
        where=policy.where,
        missing={
            name: policy.line(*path)
            for name, path in policy.mentioned.items()
            if names is not None and name not in names
        },
        expired={name: policy.line("expires", name) for name in policy.expired(now)},
        locks_out=bool(names) and not policy.admits_anybody(names or (), now),
    )


def difference(before: bytes, policy: WrittenPolicy) -> str:
    """What *policy* changes, as a unified diff."""
    lines = before.decode(errors="replace").splitlines()
    return "\n".join(
        difflib.unified_diff(lines, policy.text.splitlines(), "in force", policy.where, lineterm="")
    )


def _listed(names: Mapping[str, int | None]) -> str:
    listed = [f"{name!r} (line {line})" for name, line in list(names.items())[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        listed.append(f"{len(names) - _MOST_NAMED} more")
    return ", ".join(listed)
