"""What the command says: results on standard output, all else on standard error."""

import getpass
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from serverless_pypi.errors import NotConfirmedError
from serverless_pypi.printable import harmless

__all__ = ["Terminal", "table"]

Advance = Callable[[int], object]


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Where results, news and questions go.

    *quiet* keeps the news back; *as_json* has results printed as one JSON document, for a program.
    """

    out: TextIO
    err: TextIO
    quiet: bool = False
    as_json: bool = False

    def say(self, text: str) -> None:
        """News of the work, for whoever watches."""
        if not self.quiet:
            self._tell(text)

    def warn(self, text: str) -> None:
        """What somebody has to know even if they do not watch."""
        self._tell(f"WARNING: {text}")

    def fail(self, text: str) -> None:
        """The last line of a command that could not do what it was asked."""
        self._tell(f"ERROR: {text}")

    def show(self, value: Any, text: str) -> None:
        """The result: *value* for a program, *text* for a person. A file has the text as it is."""
        # JSON has an escape of its own for letters that the terminal has not.
        ascii_only = not (self.out.encoding or "utf-8").lower().startswith("utf")
        lines = harmless(text) if self.out.isatty() else text
        shown = json.dumps(value, indent=2, ensure_ascii=ascii_only) if self.as_json else lines
        if shown:
            print(shown, file=self.out, flush=True)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only if that was agreed to, by --yes or here. Raises `NotConfirmedError`."""
        if yes:
            return
        if not self.asks:
            raise NotConfirmedError
        self._tell(f"{question} [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise NotConfirmedError

    @property
    def asks(self) -> bool:
        """Whether somebody is there who can be asked."""
        return sys.stdin is not None and sys.stdin.isatty()

    def ask_secret(self, prompt: str) -> str:
        """A line that is not shown while it is typed; the next line of standard input where nobody types.

        It is empty where the input has ended.
        """
        if self.asks:
            try:
                return getpass.getpass(f"{prompt}: ", stream=self.err)
            except EOFError:
                return ""
        if sys.stdin is None:  # so Python has it where it was closed
            return ""
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees a bar."""
        return not self.quiet and self.err.isatty()

    def _tell(self, text: str, *, end: str = "\n") -> None:
        print(harmless(text), end=end, file=self.err, flush=True)

    @contextmanager
    def progress(self, description: str, *, total: int | None, unit: str = "") -> Iterator[Advance]:
        """A bar while the block runs, where somebody watches; any thread tells it each step.

        *unit* "B" counts in kB and MB.
        """
        if not self.is_watched:
            yield lambda step: None  # noqa: ARG005  # nobody watches
            return
        from tqdm import tqdm

        with tqdm(
            desc=description,
            total=total,
            unit=unit or "it",
            unit_scale=unit == "B",
            file=self.err,
            leave=False,
            dynamic_ncols=True,
        ) as bar:
            yield bar.update


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns that are as wide as their widest cell."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
