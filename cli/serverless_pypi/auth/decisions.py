"""Which rule of a policy decides who may read what: as the authenticator does, which keeps no reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from authenticator.globs import Globs
from serverless_pypi.auth.written_policy import ANONYMOUS, SIGNED_IN, WrittenPolicy

__all__ = ["Decider", "Decision"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the rules say of somebody and a project, or a pattern of some."""

    #: The number of the rule that decides, from 1; None where none names the project.
    rule: int | None
    pattern: str | None
    #: Who may read by that rule.
    read: list[str]
    #: Which of those is the one who asks; None if none is.
    through: str | None

    @property
    def may_read(self) -> bool:
        return self.through is not None


class Decider:
    """The rules of a policy, asked for who is signed in as *name*; None is who has no credential."""

    def __init__(self, policy: WrittenPolicy, name: str | None) -> None:
        self._policy = policy
        self._name = name
        #: Of each pattern: its rule's place, and itself.
        self._patterns = [
            (place, pattern) for place, rule in enumerate(policy.rules) for pattern in rule["projects"]
        ]

    def decide(self, project: str) -> Decision:
        place = self._globs.first(project)
        if place is None:
            return Decision(rule=None, pattern=None, read=[], through=None)
        return self._decision(*self._patterns[place])

    def decide_patterns(self) -> list[Decision]:
        """What each pattern decides, in their order."""
        return [self._decision(place, pattern) for place, pattern in self._patterns]

    def through(self, readers: Sequence[str]) -> str | None:
        """The first of *readers* that stands for the one who asks."""
        return next((reader for reader in readers if self._stands_for(reader)), None)

    @cached_property
    def _globs(self) -> Globs:
        return Globs([pattern for _, pattern in self._patterns])

    def _decision(self, place: int, pattern: str) -> Decision:
        read = self._policy.rules[place]["read"]
        return Decision(rule=place + 1, pattern=pattern, read=read, through=self.through(read))

    def _stands_for(self, reader: str) -> bool:
        if reader == ANONYMOUS:
            return True
        if self._name is None:
            return False
        if reader == SIGNED_IN:
            return True
        if reader.startswith("@"):
            return self._name in self._policy.groups[reader[1:]]
        return reader == self._name
