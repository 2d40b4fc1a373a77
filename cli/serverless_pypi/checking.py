"""A check of the index: looks, what is believed of them, and what becomes of it when the indexer is asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from packaging.utils import NormalizedName

from serverless_pypi.comparison import LIST, Comparison, Finding, Look
from serverless_pypi.contents import Contents, Reading
from serverless_pypi.errors import InterruptedCommandError
from serverless_pypi.indexer_queue import IndexerQueue
from serverless_pypi.settling import Settling, wait_until_true
from serverless_pypi.terminal import Terminal
from serverless_pypi.walking import Stretch
from serverless_pypi.wording import counted
from serverless_pypi.workers import Workers
from simple_index import keys

__all__ = ["Check", "InterruptedCheckError", "Report", "told"]


@dataclass(kw_only=True)
class Report:
    """What was compared so far, and what of it is wrong."""

    #: Behind which project the walk goes on: all up to it are judged. None at the end.
    after: str | None
    is_complete: bool = False
    projects: int = 0
    files: int = 0
    drift: list[Finding] = field(default_factory=list)
    #: The projects that the indexer has made true since.
    mended: set[NormalizedName] = field(default_factory=set)

    def add(self, stretch: Stretch, findings: Iterable[Finding]) -> None:
        self.projects += sum(look.project != LIST for look in stretch.looks)
        self.files += sum(look.count for look in stretch.looks)
        self.drift += findings
        self.after = stretch.after

    @property
    def to_mend(self) -> set[NormalizedName]:
        """The projects, and `LIST`, that a rebuild makes true."""
        return {finding.project for finding in self.drift if finding.by_rebuild}

    @property
    def remaining(self) -> list[Finding]:
        return [finding for finding in self.drift if not self.is_mended(finding)]

    def is_mended(self, finding: Finding) -> bool:
        return finding.by_rebuild and finding.project in self.mended

    def as_json(self) -> dict[str, Any]:
        drift = [
            {
                "project": finding.project or None,
                "kind": finding.kind,
                "key": finding.key,
                "problem": finding.problem,
                "mended": self.is_mended(finding),
            }
            for finding in self.drift
        ]
        return {"projects": self.projects, "files": self.files, "drift": drift, "after": self.after}

    def __str__(self) -> str:
        lines = [f"{finding}{' (mended)' if self.is_mended(finding) else ''}" for finding in self.drift]
        compared = f"{counted(self.projects, 'project')} with {counted(self.files, 'file')} compared"
        if not self.drift:
            return f"{compared}: nothing has drifted."
        mended = f", {len(lines) - len(self.remaining)} of them mended" if self.mended else ""
        return "\n".join([*lines, f"{compared}: {counted(len(lines), 'finding')}{mended}."])


class InterruptedCheckError(InterruptedCommandError):
    def __init__(self, report: Report) -> None:
        if report.after:
            text = f"compared up to {report.after}: `--after {report.after}` goes on from there"
        elif report.is_complete:
            text = "all was compared, and is asked for where it is to be mended: check once more"
        else:
            text = "not all was compared: the same command begins again"
        super().__init__(f"Interrupted; {text}.")


@contextmanager
def told(report: Report, terminal: Terminal) -> Iterator[None]:
    """Tell what was found when the block ends, and, where it is left before, where to go on."""
    try:
        yield
    except KeyboardInterrupt:
        _tell_some(report, terminal)
        raise InterruptedCheckError(report) from None
    except Exception:
        _tell_some(report, terminal)
        if report.after:
            terminal.warn(f"Compared up to {report.after}: `--after {report.after}` goes on from there.")
        raise
    terminal.show(report.as_json(), str(report))


def _tell_some(report: Report, terminal: Terminal) -> None:
    if report.projects:
        terminal.show(report.as_json(), str(report))


class Check:
    """Judges one stretch of a walk after the other. *contents* are given where files are to be read."""

    def __init__(
        self, comparison: Comparison, workers: Workers, settling: Settling, contents: Contents | None = None
    ) -> None:
        self._comparison = comparison
        self._workers = workers
        self._settling = settling
        self._contents = contents

    def judge(self, stretch: Stretch) -> list[Finding]:
        """What is wrong in *stretch*."""
        findings = self._believed(stretch.looks)
        if self._contents is not None:
            inside = self._judge_contents(self._contents, stretch.looks, {one.key for one in findings})
            findings += [finding for finding in inside if finding not in findings]
        return findings

    def ask_for(self, findings: Iterable[Finding], queue: IndexerQueue) -> None:
        """Have the indexer make true what it can."""
        projects = {finding.project for finding in findings if finding.by_rebuild}
        queue.ask_for_rebuild(sorted(projects - {LIST}))
        if LIST in projects:
            # A walk over nothing: it makes the list true, and takes no time.
            names = sorted(self._comparison.read_list().names(), key=lambda name: f"{name}/")
            queue.ask_for_walk(after=names[-1] if names else "")

    def wait_until_true(self, projects: Iterable[NormalizedName], *, patience: float) -> set[NormalizedName]:
        """Those of *projects* of which all is true within *patience* seconds."""
        wanted = set(projects)
        return wanted - {
            look.project for look in wait_until_true(wanted, self._look_again, patience=patience)
        }

    def _believed(self, looks: Iterable[Look]) -> list[Finding]:
        suspects = [look for look in looks if look.findings]
        believed = self._settling.believed(suspects, self._look_again)
        return [finding for look in believed for finding in look.findings]

    def _look_again(self, projects: Iterable[NormalizedName]) -> Iterator[Look]:
        look = partial(self._comparison.look, listing=self._comparison.read_list())
        return self._workers.each(look, projects)

    def _judge_contents(self, contents: Contents, looks: Sequence[Look], wrong: set[str]) -> list[Finding]:
        """What is wrong inside the files whose objects are not *wrong* already.

        What may have changed meanwhile, and what is not right, is read twice, the second time by a new page.
        """
        first = self._read(contents, looks, lambda key: key not in wrong)
        doubtful = {one.key for one in first}
        again = list(self._look_again({one.project for one in first}))
        findings = self._believed(again)
        for one in self._read(contents, again, lambda key: key in doubtful):
            findings += one.findings
        return findings

    def _read(
        self, contents: Contents, looks: Iterable[Look], is_wanted: Callable[[str], bool]
    ) -> list[Reading]:
        """The files that are not right, or changed meanwhile."""
        files = (
            (look.project, file)
            for look in looks
            for file in look.files
            if is_wanted(keys.project_prefix(look.project) + file.filename)
        )
        readings = self._workers.each(lambda one: contents.read(*one), files)
        return [one for one in readings if one.findings or one.changed]
