"""Why somebody may read something or not, in words and for a program."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from serverless_pypi.auth.decisions import Decider, Decision
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.standing import Standing
from serverless_pypi.auth.written_policy import ANONYMOUS, SIGNED_IN, WrittenPolicy
from serverless_pypi.errors import CommandError
from serverless_pypi.printable import printable
from serverless_pypi.terminal import table

__all__ = ["Explainer", "Explanation", "InvalidProjectError", "normalized"]

_HEADS = ("RULE", "LINE", "PATTERN", "MAY READ", "THROUGH")


class InvalidProjectError(CommandError):
    def __init__(self, text: str) -> None:
        super().__init__(f"{text!a} is no project's name: give one, such as acme-core.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    value: dict[str, Any]
    text: str


class Explainer:
    """A policy, asked for *name*, or for somebody without a credential where that is None.

    *htpasswd* is None where nobody knows who can come in.
    """

    def __init__(self, policy: WrittenPolicy, htpasswd: HtpasswdFile | None, name: str | None) -> None:
        self._policy = policy
        self._name = name
        self._decider = Decider(policy, name)
        self._standing = None if name is None else Standing.of(name, policy, htpasswd)

    def explain(self, project: str) -> Explanation:
        """One project. Raises `InvalidProjectError`."""
        name = normalized(project)
        decision = self._decider.decide(name)
        answer = "may" if self._may_read(decision) else "may not"
        reasons = [*self._reasons(decision), *self._standing_text(), *self._upstream(name, decision)]
        return Explanation(
            value={
                "name": self._name,
                "project": name,
                **self._value(decision),
                **self._common_value(),
            },
            text="\n  ".join([f"{self._who} {answer} read {name}.", *reasons]),
        )

    def explain_all(self) -> Explanation:
        """What each pattern decides, in their order; the project list; and what no pattern names."""
        decisions = self._decider.decide_patterns()
        project_list = self._list_decision()
        rows = [self._row(each) for each in (*decisions, project_list)]
        if all(each.pattern != "*" for each in decisions):
            rows.append(("", "", "(all other projects)", "no", ""))
        value = {
            "name": self._name,
            "patterns": [self._value(each) for each in decisions],
            "project_list": {"may_read": self._may_read(project_list), "through": project_list.through},
            **self._common_value(),
        }
        return Explanation(value=value, text="\n".join([table(_HEADS, rows), *self._standing_text()]))

    @property
    def _who(self) -> str:
        """At the beginning of a sentence."""
        return "Who has no credential" if self._name is None else printable(self._name)

    @property
    def _who_within(self) -> str:
        """In the middle of a sentence."""
        return "who has no credential" if self._name is None else printable(self._name)

    def _may_read(self, decision: Decision) -> bool:
        refused = self._standing is not None and self._standing.problem is not None
        return decision.through is not None and not refused

    def _list_decision(self) -> Decision:
        read = self._policy.list_readers
        return Decision(rule=None, pattern=None, read=read, through=self._decider.through(read))

    def _line(self, decision: Decision) -> int | None:
        if decision.rule is None:
            return self._policy.line("project_list")
        return self._policy.line("rules", decision.rule - 1)

    def _row(self, decision: Decision) -> tuple[str, ...]:
        return (
            str(decision.rule or ""),
            str(self._line(decision) or ""),
            decision.pattern or "(the project list)",
            "yes" if self._may_read(decision) else "no",
            printable(decision.through or ""),
        )

    def _value(self, decision: Decision) -> dict[str, Any]:
        return {
            "may_read": self._may_read(decision),
            "rule": decision.rule,
            "line": self._line(decision) if decision.rule is not None else None,
            "pattern": decision.pattern,
            "through": decision.through,
        }

    def _reasons(self, decision: Decision) -> Iterator[str]:
        """Which rule decides, and what it has to do with the one who asks."""
        if not self._policy.has_rules:
            missing = f"no rule in {self._policy.where}" if self._policy.exists else "no auth/policy.toml"
            yield f"There is {missing}, so whoever is signed in reads everything."
            return
        if decision.rule is None:
            yield f"No rule of {self._policy.where} names it, so it is nobody's to read."
            return
        yield (
            f"Rule {decision.rule} of {self._policy.where} (line {self._line(decision)}) decides: its "
            f'"{decision.pattern}" is the first pattern that names the project.'
        )
        match decision.through:
            case None:
                readers = ", ".join(map(printable, decision.read)) or "nobody"
                yield f"It is for {readers}, which {self._who_within} is not."
            case "@anonymous":
                yield f"It is for {ANONYMOUS}: everybody, with or without a credential."
            case "@signed-in":
                yield f"It is for {SIGNED_IN}: whoever has a good credential."
            case through if through.startswith("@"):
                line = self._policy.line("groups", through[1:])
                yield f"It is for {through}, which {self._who} is in (line {line})."
            case through:
                yield f"It is for {printable(through)}."

    def _standing_text(self) -> Iterator[str]:
        standing = self._standing
        if standing is None:
            return
        if standing.problem is not None:
            yield f"{self._who} {standing.problem}, so a credential of that name is answered 401."
        elif standing.line is not None:
            until = f", until {standing.expires}" if standing.expires else ""
            yield f"{self._who} can come in (line {standing.line} of auth/htpasswd{until})."

    def _upstream(self, project: NormalizedName, decision: Decision) -> Iterator[str]:
        upstream = self._policy.policy.upstream
        if upstream is None or not self._may_read(decision):
            return
        if upstream.reserved.first(project) is not None:
            yield "It is reserved, and never looked for upstream."
        else:
            yield f"If this index never had it, it is looked for at {upstream.url}."

    def _common_value(self) -> dict[str, Any]:
        standing = self._standing
        return {
            "policy": self._policy.where if self._policy.exists else None,
            "refused": standing.problem if standing is not None else None,
            "htpasswd_line": standing.line if standing is not None else None,
            "expires": standing.expires if standing is not None else None,
        }


def normalized(project: str) -> NormalizedName:
    """Raises `InvalidProjectError`."""
    try:
        return canonicalize_name(project, validate=True)
    except InvalidName:
        raise InvalidProjectError(project) from None
