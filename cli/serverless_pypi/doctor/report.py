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


def as_json(url: str, findings: Sequence[Finding]) -> Any:
    return _encodable(
        {
            "index-url": url,
            "well": not any(finding.severity == Severity.WRONG for finding in findings),
            "findings": [finding.to_json() for finding in findings],
        }
    )


def as_text(url: str, findings: Sequence[Finding], shorten: Shorten) -> str:
    lines = [url]
    for subject in dict.fromkeys(finding.subject for finding in findings):
        lines += ["", subject]
        for finding in findings:
            if finding.subject == subject:
                lines += _lines(finding, shorten)
    return "\n".join(map(_shown, [*lines, "", _verdict(findings)]))


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


def _shown(line: str) -> str:
    """No control character reaches a terminal: a file's name may have some."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def _encodable(value: Any) -> Any:
    """*value* with question marks for the bytes of names that are no text."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {key: _encodable(item) for key, item in value.items()}
    return value


def _verdict(findings: Sequence[Finding]) -> str:
    count = sum(finding.severity == Severity.WRONG for finding in findings)
    if not count:
        return "All is well."
    return f"{count} {'thing is' if count == 1 else 'things are'} not well."
