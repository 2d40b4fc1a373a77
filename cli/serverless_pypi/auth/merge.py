"""What a foreign password file makes of ``auth/htpasswd``."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from serverless_pypi.auth.foreign_htpasswd import ForeignHtpasswd, LeftOut
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.terminal import Terminal

__all__ = ["Merge", "merge", "report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    merged: HtpasswdFile
    #: The names whose lines are new, or other than they were.
    taken: Sequence[str]
    #: Those of them that only a generated token lets in.
    tokens: Sequence[str]
    #: The names whose lines are the same here and there.
    unchanged: Sequence[str]
    #: In the order of the foreign file.
    left_out: Sequence[LeftOut]


def merge(htpasswd: HtpasswdFile, foreign: ForeignHtpasswd, *, replace: bool) -> Merge:
    """*htpasswd* with the usable lines of *foreign*; those of names that it has only to *replace* them."""
    taken: dict[str, str | None] = {}
    unchanged, left_out = [], list(foreign.left_out)
    for name, line in foreign.usable.items():
        entry = htpasswd.entries.get(name)
        if entry is not None and entry.stored == line.stored:
            unchanged.append(name)
        elif entry is None or (replace and not entry.shut_out):
            taken[name] = line.stored
        else:
            why = "shut out by a !" if entry.shut_out else "with another hash: --replace takes this one"
            problem = f"is in auth/htpasswd already, {why}"
            left_out.append(LeftOut(number=line.number, name=name, problem=problem))
    return Merge(
        merged=htpasswd.with_lines(taken),
        taken=list(taken),
        tokens=[name for name in taken if foreign.usable[name].is_token],
        unchanged=unchanged,
        left_out=sorted(left_out, key=attrgetter("number")),
    )


def report(outcome: Merge, where: str, terminal: Terminal, *, dry_run: bool) -> None:
    """Say which lines of the file *where* were left out, and why; show how many were not."""
    for left_out in outcome.left_out:
        name = f" ({left_out.name!r})" if left_out.name is not None else ""
        advice = _advice(left_out, outcome.merged)
        terminal.warn(f"{where}: line {left_out.number}{name} {left_out.problem}{advice}.")
    for name in outcome.tokens:
        terminal.warn(
            f"{name!r} is let in by a generated token of this index alone, for its line is {{SHA256}}."
        )
    value = {
        "taken": outcome.taken,
        "unchanged": outcome.unchanged,
        "left_out": [
            {"line": each.number, "name": each.name, "problem": each.problem} for each in outcome.left_out
        ],
    }
    counts = len(outcome.taken), len(outcome.unchanged), len(outcome.left_out)
    summary = (
        "{} would be taken over, {} are already there, {} would be left out."
        if dry_run
        else ("{} taken over, {} already there, {} left out.")
    )
    terminal.show(value, summary.format(*counts))


def _advice(left_out: LeftOut, htpasswd: HtpasswdFile) -> str:
    """The command that mends the line, as the end of a sentence; nothing where there is none."""
    if not left_out.needs_password:
        return ""
    if left_out.name is None:
        return ": `serverless-pypi user add` takes another one"
    verb = "passwd" if left_out.name in htpasswd.entries else "add"
    return f": `serverless-pypi user {verb} {shlex.quote(left_out.name)}` gives a new password"
