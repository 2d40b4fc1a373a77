"""Whether somebody can come in at all, before any rule is asked."""

import time
from dataclasses import dataclass

from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.written_policy import WrittenPolicy

__all__ = ["Standing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What ``auth/`` says of a name."""

    #: Why each credential of that name is refused; None if a good one is not.
    problem: str | None
    #: Of auth/htpasswd; None where the name has none, or nobody looked.
    line: int | None
    #: From when it is refused, as that is written.
    expires: str | None

    @classmethod
    def of(cls, name: str, policy: WrittenPolicy, htpasswd: HtpasswdFile | None) -> "Standing":
        """*htpasswd* is None where nobody looked."""
        entry = htpasswd.entries.get(name) if htpasswd is not None else None
        return cls(
            problem=_expiry_problem(name, policy) or _line_problem(name, htpasswd),
            line=entry.number if entry is not None else None,
            expires=policy.expires.get(name),
        )


def _expiry_problem(name: str, policy: WrittenPolicy) -> str | None:
    if not policy.policy.has_expired(name, time.time()):
        return None
    return f"has expired ({policy.expires[name]}, by line {policy.line('expires', name)} of {policy.where})"


def _line_problem(name: str, htpasswd: HtpasswdFile | None) -> str | None:
    if htpasswd is None:
        return None
    entry = htpasswd.entries.get(name)
    if entry is None:
        return "has no line in auth/htpasswd"
    if entry.shut_out:
        return f"is shut out by the ! on line {entry.number} of auth/htpasswd"
    if entry.problem is not None:
        return f"has line {entry.number} of auth/htpasswd, which is left out, for {entry.problem}"
    return None
