"""What was and what was not taken, for a person and for a program."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serverless_pypi.errors import CommandError
from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.wording import counted, sized

__all__ = ["NotTakenError", "Report"]


class NotTakenError(CommandError):
    def __init__(self, losses: int) -> None:
        super().__init__(
            f"{losses} of what was to be taken {'was' if losses == 1 else 'were'} not, as said above: mend "
            "that and import again, or leave it out by --exclude."
        )


@dataclass(kw_only=True)
class Report:
    """What has become of everything so far."""

    source: str
    dry_run: bool
    outcomes: list[Outcome] = field(default_factory=list)
    #: By project.
    statuses: dict[str, str] = field(default_factory=dict)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        self.outcomes += outcomes

    def correct(self, outcomes: Iterable[Outcome]) -> None:
        """Put what turned out otherwise in the place of what was thought before."""
        corrected = {(one.project, one.filename): one for one in outcomes}
        self.outcomes = [corrected.get((one.project, one.filename), one) for one in self.outcomes]

    @property
    def pending(self) -> list[Outcome]:
        """What the index has still to list."""
        return [one for one in self.outcomes if one.pending]

    @property
    def losses(self) -> int:
        return sum(one.result.is_loss for one in self.outcomes)

    def summary(self) -> str:
        """How many of each, in a line."""
        counts = Counter(one.result for one in self.outcomes)
        size = sum(one.size or 0 for one in self.outcomes if one.result is Result.TAKEN)
        yanked = sum(one.yanked for one in self.outcomes)
        taken = f"{'would be taken' if self.dry_run else 'taken'} ({sized(size)}"
        taken += f", {yanked} yanked)" if yanked else ")"
        words = {
            Result.TAKEN: taken,
            Result.THERE: "there already",
            Result.SKIPPED: "skipped",
            Result.REFUSED: "refused",
            Result.CONFLICT: "in conflict",
            Result.FAILED: "failed",
        }
        parts = [
            f"{counts[result]} {words[result]}"
            for result in Result
            if counts[result] or result is Result.TAKEN
        ]
        return f"{', '.join(parts)}."

    def text(self) -> str:
        """What was not taken, and the summary as its last line."""
        lines = [f"skipped: {reason} ({counted(number, 'file')})" for reason, number in self._skipped()]
        lines += [
            f"{one.result}: {one.reason}"
            if one.filename is None or one.filename in one.reason
            else f"{one.result}: {one.filename}: {one.reason}"
            for one in self._in_order()
            if one.result.is_loss
        ]
        lines += [f"status: {project} is {status}" for project, status in sorted(self.statuses.items())]
        return "\n".join([*lines, self.summary()])

    def values(self) -> dict[str, Any]:
        """The whole, as JSON has it."""
        return {
            "source": self.source,
            "dry-run": self.dry_run,
            "counts": {result: sum(one.result is result for one in self.outcomes) for result in Result},
            "files": [_values(one) for one in self._in_order()],
            "statuses": self.statuses,
        }

    def write(self, path: Path) -> None:
        """Raises `OSError`."""
        path.write_text(json.dumps(self.values(), indent=2) + "\n", encoding="utf-8")

    def _in_order(self) -> list[Outcome]:
        return sorted(self.outcomes, key=lambda one: (one.project or "", one.filename or ""))

    def _skipped(self) -> list[tuple[str, int]]:
        reasons = Counter(one.reason for one in self.outcomes if one.result is Result.SKIPPED)
        return sorted(reasons.items())


def _values(one: Outcome) -> dict[str, Any]:
    values = {
        "result": one.result,
        "project": one.project,
        "filename": one.filename,
        "reason": one.reason,
        "sha256": one.sha256,
        "size": one.size,
        "yanked": one.yanked,
    }
    return {name: value for name, value in values.items() if value not in ("", None, False)}
