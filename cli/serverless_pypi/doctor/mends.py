"""What mends a finding: lines for a shell, other lines for a file, or whom to ask.

No secret stands in one: the shell moves it from where it is, or a word in capitals stands for it.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Ask", "Edit", "Run", "Step", "export", "pointed_to", "quote", "run", "without_host"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A line for a POSIX shell."""

    line: str

    def to_json(self) -> dict[str, Any]:
        return {"run": self.line}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """The lines *first* to *last* of a file, counted from 1, become *text*.

    Without a *text* they go; where *last* is before *first* none does, and *text* comes between the two.
    """

    file: Path
    first: int
    last: int
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        place = {"file": str(self.file), "first": self.first, "last": self.last}
        return {"edit": {**place, "text": self.text}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What nobody can paste: whom to ask, or where to look."""

    sentence: str

    def to_json(self) -> dict[str, Any]:
        return {"ask": self.sentence}


Step = Run | Edit | Ask


def run(*words: str | Path) -> Run:
    """A command of these words."""
    return Run(line=" ".join(quote(word) for word in words))


def export(variable: str, value: str) -> Run:
    """*value* is a word of the shell as it stands."""
    return Run(line=f"export {variable}={value}")


def quote(word: str | Path) -> str:
    return shlex.quote(str(word))


def pointed_to(url: str) -> str:
    """A filter for a shell: a URL of *url*'s host becomes *url*, and keeps its credential."""
    scheme, _, rest = url.partition("://")
    host = re.sub(r"([.\[\]*^$\\])", r"\\\1", rest.partition("/")[0])
    return f"sed {quote(f's|[A-Za-z]*://|{scheme}://|; s|{host}.*|{rest}|')}"


def without_host(variable: str, host: str) -> Run:
    """Of the words in *variable*, those that name *host* go."""
    kept = f"printf '%s\\n' ${variable} | grep -vF {quote(host)} | paste -sd ' ' -"
    return export(variable, f'"$({kept})"')
