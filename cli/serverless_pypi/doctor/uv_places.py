"""Places in uv's documents, and what is written there instead."""

from dataclasses import dataclass
from typing import Any

from serverless_pypi.doctor.mends import Ask, Edit
from serverless_pypi.doctor.places import FileLine, Steps
from serverless_pypi.doctor.uv_documents import UvDocument

__all__ = ["UvKey", "UvTable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UvKey(FileLine):
    """A key that names an index, or anything else, outside of ``[[index]]``."""

    line: int
    key: str

    @classmethod
    def of(cls, document: UvDocument, *path: str | int) -> "UvKey":
        line = document.toml.line(*document.path, *path)
        return cls(file=document.toml.file, line=line, key=str(path[-1]))

    def with_url(self, url: str) -> Steps:
        if self.key != "index-url":
            return (Ask(sentence=f"Write it as {url}."),)
        return self._become(f'index-url = "{url}"')

    def alone(self, url: str) -> Steps:
        return self._become(f'index-url = "{url}"')

    def _become(self, text: str) -> Steps:
        return (Edit(file=self.file, first=self.line, last=self.line, text=text),)


@dataclass(frozen=True, kw_only=True, slots=True)
class UvTable(FileLine):
    """An ``[[index]]``. *line* is that of its URL."""

    line: int
    first: int
    last: int
    #: Whether it has lines of its own, and is not written in one with others.
    has_header: bool
    has_name: bool

    @classmethod
    def of(cls, document: UvDocument, place: int, fields: dict[str, Any]) -> "UvTable":
        path: tuple[str | int, ...] = (*document.path, "index", place)
        toml = document.toml
        return cls(
            file=toml.file,
            line=toml.line(*path, "url"),
            first=toml.line(*path),
            last=toml.last_line(*path),
            has_header=toml.has_header(*path),
            has_name="name" in fields,
        )

    def removed(self) -> Steps:
        if not self.has_header:
            return (Ask(sentence=f"Take it out of the array in {self.file}."),)
        return (Edit(file=self.file, first=self.first, last=self.last),)

    def with_url(self, url: str) -> Steps:
        if not self.has_header:
            return (Ask(sentence=f"Write it as {url}."),)
        return (Edit(file=self.file, first=self.line, last=self.line, text=f'url = "{url}"'),)

    def alone(self, url: str) -> Steps:  # noqa: ARG002  # it is right already
        return self._below("default = true")

    def explicit(self) -> Steps:
        return self._below("explicit = true" if self.has_name else 'name = "other"\nexplicit = true')

    def _below(self, text: str) -> Steps:
        if not self.has_header:
            return (Ask(sentence=f"Write {text.replace(chr(10), ', ')} beside its url."),)
        return (Edit(file=self.file, first=self.line + 1, last=self.line, text=text),)
