"""Who may read a project: each name that stands under ``auth/``, and who has none."""

from collections.abc import Iterator
from typing import Any

from serverless_pypi.auth.decisions import Decider
from serverless_pypi.auth.explanation import Explanation, normalized
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.standing import Standing
from serverless_pypi.auth.written_policy import WrittenPolicy
from serverless_pypi.printable import printable
from serverless_pypi.terminal import table

__all__ = ["explain_audience"]


def explain_audience(policy: WrittenPolicy, htpasswd: HtpasswdFile | None, project: str) -> Explanation:
    """Raises `InvalidProjectError`."""
    name = normalized(project)
    decision = Decider(policy, None).decide(name)
    readers = list(_readers(policy, htpasswd, decision.read))
    value = {
        "project": name,
        "rule": decision.rule,
        "line": policy.line("rules", decision.rule - 1) if decision.rule is not None else None,
        "pattern": decision.pattern,
        "readers": readers,
    }
    return Explanation(value=value, text=table(("NAME", "MAY READ", "THROUGH", "BUT"), map(_row, readers)))


def _readers(
    policy: WrittenPolicy, htpasswd: HtpasswdFile | None, read: list[str]
) -> Iterator[dict[str, Any]]:
    """What the readers of a rule are to each, None first, who has no credential."""
    yield _reader(None, Decider(policy, None).through(read), None)
    names = dict.fromkeys([*(htpasswd.entries if htpasswd is not None else ()), *policy.mentioned])
    for name in names:
        standing = Standing.of(name, policy, htpasswd)
        yield _reader(name, Decider(policy, name).through(read), standing.problem)


def _reader(name: str | None, through: str | None, problem: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "may_read": through is not None and problem is None,
        "through": through,
        "refused": problem,
    }


def _row(reader: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        "(no credential)" if reader["name"] is None else printable(reader["name"]),
        "yes" if reader["may_read"] else "no",
        reader["through"] or "",
        reader["refused"] or "",
    )
