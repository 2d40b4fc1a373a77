"""Where a setting stands, and how it is taken away or changed there.

Each kind of place has its own class beside its reader; these two are the plain ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serverless_pypi.doctor.index_urls import parse_index_url
from serverless_pypi.doctor.mends import Ask, Edit, Run, Step, export, pointed_to, quote, run, without_host

__all__ = ["FileLine", "Place", "Shorten", "Steps", "Variable", "in_netrc"]

Steps = tuple[Step, ...]
#: A path as a person would write it.
Shorten = Callable[[Path], str]


class Place:
    """Where something stands. *file* and *line* are None where it is no file, or no line of it."""

    file: Path | None = None
    line: int | None = None

    def shown(self, shorten: Shorten) -> str:
        if self.file is None:
            return "the command line"
        return shorten(self.file) + (f":{self.line}" if self.line else "")

    def to_json(self) -> dict[str, Any]:
        return {"file": str(self.file) if self.file else None, "line": self.line}

    def removed(self) -> Steps:
        """It stands there no longer."""
        return (Ask(sentence="Take it away where it stands."),)

    def with_url(self, url: str) -> Steps:
        """An index URL there becomes *url*, and keeps its credential."""
        return (Ask(sentence=f"Write it as {url}."),)

    def alone(self, url: str) -> Steps:
        """The index there, with this *url*, becomes the one that its client asks for everything."""
        return self.with_url(url)

    def alone_replaces(self, other: "Place") -> bool:
        """Whether `alone` takes away what stands in *other*."""
        return other == self

    def with_credential(self, url: str) -> Steps:
        """The index URL there becomes *url*, in which words in capitals stand for a credential."""
        index = parse_index_url(url)
        return self.with_url(index.url) + in_netrc(index.hostname) if index else ()

    def explicit(self) -> Steps:
        """The index there is asked for nothing but what is pinned to it."""
        return self.removed()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLine(Place):
    """A line of a file that its owner edits."""

    file: Path
    line: int | None = None

    def removed(self) -> Steps:
        if self.line is None:
            return (Ask(sentence=f"Take it out of {self.file}."),)
        return (Edit(file=self.file, first=self.line, last=self.line),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable(Place):
    """A variable of the environment.

    *host* is given where it is one of several words in it. *main* is the variable that names a client's one
    index, where this one names others.
    """

    name: str
    host: str | None = None
    main: str | None = None

    def shown(self, shorten: Shorten) -> str:  # noqa: ARG002  # it is no path
        return f"${self.name}"

    def to_json(self) -> dict[str, Any]:
        return {"variable": self.name}

    def removed(self) -> Steps:
        return (without_host(self.name, self.host) if self.host else run("unset", self.name),)

    def with_url(self, url: str) -> Steps:
        if self.host:
            return Place.with_url(self, url)
        changed = f'printf %s "${self.name}" | {pointed_to(url)}'
        return (export(self.name, f'"$({changed})"'),)

    def with_credential(self, url: str) -> Steps:
        return Place.with_url(self, url) if self.host else (export(self.name, quote(url)),)

    def alone_replaces(self, other: Place) -> bool:
        return isinstance(other, Variable) and other.name in (self.name, self.main)

    def alone(self, url: str) -> Steps:
        if self.main is None:
            return self.with_url(url)
        chosen = (
            f"$(printf '%s\\n' ${self.name} | grep -F {quote(self.host)} | head -1)" if self.host else None
        )
        return (Run(line=f'export {self.main}="{chosen or f"${self.name}"}"; unset {self.name}'),)


def in_netrc(hostname: str) -> Steps:
    """A credential for that host, where pip, uv and Poetry look for one."""
    line = f"printf 'machine {hostname} login USER password PASSWORD\\n' >> ~/.netrc && chmod 600 ~/.netrc"
    return (Run(line=line),)
