"""What is printed: findings by what they are about, the wrong ones with what mends them."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from serverless_pypi.doctor.findings import Finding, Severity
from serverless_pypi.doctor.mends import Ask, Edit, Run, Step
from serverless_pypi.doctor.places import Shorten

__all__ = ["as_json", "as_text"]

_LABELS = {Severity.GOOD: "ok", Severity.NOTE: "note", Severity.WRONG: "WRONG"}
_WIDTH, _INDENT = 100, 9
_BLANK = " " * _INDENT


def as_json(url: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "index-url": url,
        "well": not any(finding.severity == Severity.WRONG for finding in findings),
        "findings": [finding.to_json() for finding in findings],
    }


def as_text(url: str, findings: Sequence[Finding], shorten: Shorten) -> str:
    lines = [url]
    for subject in dict.fromkeys(finding.subject for finding in findings):
        lines += ["", subject]
        for finding in findings:
            if finding.subject == subject:
                lines += _lines(finding, shorten)
    return "\n".join([*lines, "", _verdict(findings)])


def _lines(finding: Finding, shorten: Shorten) -> Iterator[str]:
    where = f"{finding.place.shown(shorten)}: " if finding.place else ""
    label = f"  {_LABELS[finding.severity]:{_INDENT - 4}}  "
    yield from _sentence(f"{where}{finding.what}.", label)
    for step in finding.mend:
        yield from _step(step, shorten)


def _step(step: Step, shorten: Shorten) -> Iterator[str]:
    match step:
        case Run():  # to be pasted, so never broken
            yield f"{_BLANK}$ {step.line}"
        case Edit():
            yield f"{_BLANK}{_edit(step, shorten(step.file))}"
            yield from (f"{_BLANK}  {line}" for line in step.text.splitlines())
        case Ask():
            yield from _sentence(step.sentence, _BLANK)


def _sentence(text: str, beginning: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=beginning,
        subsequent_indent=_BLANK,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _edit(step: Edit, file: str) -> str:
    if step.last < step.first:
        return f"in {file}, behind line {step.last}, put"
    several = step.last > step.first
    lines = f"lines {step.first} to {step.last}" if several else f"line {step.first}"
    if not step.text:
        return f"in {file}, delete {lines}"
    return f"in {file}, {lines} {'become' if several else 'becomes'}"


def _verdict(findings: Sequence[Finding]) -> str:
    count = sum(finding.severity == Severity.WRONG for finding in findings)
    if not count:
        return "All is well."
    return f"{count} {'thing is' if count == 1 else 'things are'} not well."
