"""A policy as somebody wrote it: what it says, and on which line.

Whether it is one is the authenticator's to say, so it is asked.
"""

import codecs
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from authenticator.policy import Policy
from authenticator.policy_file import InvalidPolicyError, parse_policy
from authenticator.toml_lines import Path
from serverless_pypi.auth.toml_places import places_of
from serverless_pypi.errors import CommandError

__all__ = [
    "ANONYMOUS",
    "SIGNED_IN",
    "DeletedPolicyError",
    "RefusedPolicyError",
    "UnusablePolicyError",
    "WrittenPolicy",
]

SIGNED_IN, ANONYMOUS = "@signed-in", "@anonymous"
#: What holds where there is no file.
_UNWRITTEN = b"""\
# Whoever is in auth/htpasswd reads everything, as where there is no policy.
[[rules]]
projects = ["*"]
read = ["@signed-in"]
"""
_EVERYTHING = [{"projects": ["*"], "read": [SIGNED_IN]}]
_LINE = re.compile(r"\bline ([0-9]+)")


class UnusablePolicyError(CommandError):
    """There is no policy that can be used."""


class RefusedPolicyError(UnusablePolicyError):
    """The authenticator would not take *content*, for a *problem*, on a *line* if it is on one."""

    def __init__(self, content: bytes, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}.")
        self.content = content
        self.problem = problem
        found = _LINE.search(problem)
        self.line = int(found[1]) if found else None


class DeletedPolicyError(UnusablePolicyError):
    def __init__(self) -> None:
        super().__init__(
            "auth/policy.toml has been deleted, which the index takes for an accident, answered with 503. "
            "Put one by `serverless-pypi policy put`: docs/policy.md has the one that opens the index."
        )


class WrittenPolicy:
    """A policy that the authenticator takes. *where* is what its file is called, if it *exists*.

    Raises `RefusedPolicyError`.
    """

    def __init__(self, content: bytes, where: str, *, exists: bool = True) -> None:
        try:
            self.policy: Policy = parse_policy(content)
        except InvalidPolicyError as error:
            raise RefusedPolicyError(content, where, str(error)) from None
        self.content = content
        self.where = where
        self.exists = exists
        self.text = content.removeprefix(codecs.BOM_UTF8).decode()
        self._document: Mapping[str, Any] = tomllib.loads(self.text)

    @classmethod
    def unwritten(cls) -> "WrittenPolicy":
        """What holds where there is none."""
        return cls(_UNWRITTEN, "what holds without auth/policy.toml", exists=False)

    @property
    def rules(self) -> Sequence[Mapping[str, list[str]]]:
        rules: Sequence[Mapping[str, list[str]]] = self._document.get("rules", _EVERYTHING)
        return rules

    @property
    def has_rules(self) -> bool:
        """Whether it says them itself."""
        return self.exists and "rules" in self._document

    @property
    def groups(self) -> Mapping[str, list[str]]:
        groups: Mapping[str, list[str]] = self._document.get("groups", {})
        return groups

    @property
    def list_readers(self) -> list[str]:
        """Of the project list."""
        readers: list[str] = self._document.get("project_list", {"read": [SIGNED_IN]})["read"]
        return readers

    @property
    def expires(self) -> Mapping[str, str]:
        """By name, the moment as it is written."""
        return {name: moment.isoformat() for name, moment in self._document.get("expires", {}).items()}

    def line(self, *path: str | int) -> int | None:
        """On which line the statement begins that says what is at *path*; None where nothing does."""
        return self._places.get(path)

    @cached_property
    def _places(self) -> Mapping[Path, int]:
        return places_of(self.text) if self.exists else {}

    @cached_property
    def mentioned(self) -> Mapping[str, Path]:
        """Each username in it, and where it stands first."""
        mentioned: dict[str, Path] = {}
        for path, names in self._mentions():
            for place, name in enumerate(names):
                if not name.startswith("@"):
                    mentioned.setdefault(name, (*path, place))
        for name in self.expires:
            mentioned.setdefault(name, ("expires", name))
        return mentioned

    def expired(self, now: float) -> list[str]:
        """The names that have expired; *now* in seconds since 1970."""
        return [name for name in self.expires if self.policy.has_expired(name, now)]

    def admits_anybody(self, names: Collection[str], now: float) -> bool:
        """Whether there is a project that anybody may read who can come in by *names*, or needs not."""
        living = {name for name in names if not self.policy.has_expired(name, now)}
        readers = {reader for rule in self.rules for reader in rule["read"]}
        members = {name for group, names in self.groups.items() if f"@{group}" in readers for name in names}
        everybody = ANONYMOUS in readers or (SIGNED_IN in readers and bool(living))
        return everybody or not living.isdisjoint(readers | members)

    def as_json(self) -> dict[str, Any]:
        """All that it says, with what holds where it says nothing."""
        return {
            "realm": self.policy.realm,
            "refresh_seconds": self.policy.freshness.refresh_seconds,
            "stale_seconds": self.policy.freshness.stale_seconds,
            "groups": self.groups,
            "rules": self.rules,
            "project_list": {"read": self.list_readers},
            "expires": self.expires,
            "upstream": self._document.get("upstream"),
        }

    def _mentions(self) -> Iterator[tuple[Path, list[str]]]:
        for group, members in self.groups.items():
            yield ("groups", group), members
        for index, rule in enumerate(self.rules):
            yield ("rules", index, "read"), rule["read"]
        yield ("project_list", "read"), self.list_readers
