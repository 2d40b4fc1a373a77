"""Places in pip's configuration files, which `pip config` edits."""

import os
from dataclasses import dataclass
from pathlib import Path

from serverless_pypi.doctor.mends import Run, pointed_to, quote
from serverless_pypi.doctor.places import Place, Steps

__all__ = ["PipLine"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PipLine(Place):
    """A setting that `pip config` edits."""

    file: Path
    line: int | None
    level: str
    name: str
    #: Whether there are other values beside it.
    is_one_of_several: bool

    def removed(self) -> Steps:
        return (Run(line=f"{self._pip} unset {self.name}"),)

    def with_url(self, url: str) -> Steps:
        return self._set(self.name, f"{self._taken(url)} | {pointed_to(url)}")

    def alone(self, url: str) -> Steps:
        section, _, key = self.name.partition(".")
        if key == "index-url":
            return self.with_url(url)
        return self._set(f"{section}.index-url", self._taken(url)) + self.removed()

    def alone_replaces(self, other: Place) -> bool:
        section = self.name.partition(".")[0]
        replaced = (self.name, f"{section}.index-url")
        return isinstance(other, PipLine) and other.file == self.file and other.name in replaced

    def with_credential(self, url: str) -> Steps:
        return (Run(line=f"{self._pip} set {self.name} {quote(url)} && chmod 600 {quote(self.file)}"),)

    def _set(self, name: str, value: str) -> Steps:
        return (Run(line=f'{self._pip} set {name} "$({value})"'),)

    def _taken(self, url: str) -> str:
        """For a shell: what stands there, or the one of several that is of *url*'s host."""
        chosen = f" | tr ' ' '\\n' | grep -F {quote(url.split('/')[2])} | head -1"
        return f"pip config get {self.name}{chosen if self.is_one_of_several else ''}"

    @property
    def _pip(self) -> str:
        sudo = "" if os.access(self.file, os.W_OK) else "sudo "
        return f"{sudo}pip config --{self.level}"
