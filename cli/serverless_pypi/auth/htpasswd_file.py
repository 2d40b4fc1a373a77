"""``auth/htpasswd`` as administrators edit it: line by line, where all else stays byte for byte.

What a line is worth is the authenticator's to say, so it is asked.
"""

import codecs
from collections.abc import Collection, Mapping
from functools import cached_property

from authenticator.htpasswd import BadLine, parse_htpasswd
from serverless_pypi.auth.entry import (
    Entry,
    Kind,
    NameTakenError,
    NoSuchNameError,
    ShutOutError,
    WrongKindError,
    is_name,
)
from serverless_pypi.errors import CommandError

__all__ = ["HtpasswdFile", "LastNameError", "UnreadableHtpasswdError"]

_MARK = codecs.BOM_UTF8
_ENDS = b"\r\n"


class UnreadableHtpasswdError(CommandError):
    """The file, or what was to become of it, is none that the authenticator takes."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"auth/htpasswd would not be taken ({problem}): remove names that nobody needs, or put back a "
            "version before (docs/operating.md)."
        )


class LastNameError(CommandError):
    def __init__(self) -> None:
        super().__init__(
            "Nobody would be left in auth/htpasswd, and a file that names nobody is not taken: the index "
            "would go on with its last good copy, and then answer 503. Add somebody first, or say --force: "
            "then a token that nobody has takes the place of the last, and nobody can come in."
        )


class HtpasswdFile:
    """The file's content, and what is made of it: files in which lines of some names are others.

    Raises `UnreadableHtpasswdError`, as does each change.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._parsed = parse_htpasswd(content)
        except ValueError as error:
            raise UnreadableHtpasswdError(str(error)) from None
        self.content = content
        self._mark = _MARK if content.startswith(_MARK) else b""
        self._lines = content.removeprefix(_MARK).splitlines(keepends=True)
        self._owners = [_owner(line) for line in self._lines]

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """By name, in the order of the file; the names that are shut out or cannot be used among them."""
        problems = {bad.number: bad.problem for bad in self._parsed.bad_lines}
        entries: dict[str, Entry] = {}
        for number, (name, line) in enumerate(zip(self._owners, self._lines, strict=True), start=1):
            if name is not None and name not in entries:
                stored = line.rstrip(_ENDS).partition(b":")[2].decode(errors="replace")
                entries[name] = Entry(name=name, number=number, stored=stored, problem=problems.get(number))
        return entries

    @property
    def names(self) -> Collection[str]:
        """Who can come in."""
        return self._parsed.hashes.keys()

    @property
    def other_bad_lines(self) -> list[BadLine]:
        """Those that are not the line of a name that counts: of no name, or of one that stands before."""
        counting = {entry.number for entry in self.entries.values()}
        return [bad for bad in self._parsed.bad_lines if bad.number not in counting]

    def entry(self, name: str) -> Entry:
        """Raises `NoSuchNameError`."""
        if name not in self.entries:
            raise NoSuchNameError(name)
        return self.entries[name]

    def require_free(self, name: str) -> None:
        """Raises `NameTakenError`."""
        if name in self.entries:
            raise NameTakenError(self.entries[name])

    def with_new(self, name: str, stored: str) -> "HtpasswdFile":
        """With a line more. Raises `NameTakenError`."""
        if name in self.entries and self.entries[name].stored == stored:
            return self  # nobody else makes this hash: we wrote it, and the answer was lost
        self.require_free(name)
        return self.with_lines({name: stored})

    def require_password(self, name: str) -> None:
        """Raises `NoSuchNameError`, `WrongKindError` and `ShutOutError`."""
        self.require_kind(name, "password")
        if self.entries[name].shut_out:
            raise ShutOutError(self.entries[name])

    def require_kind(self, name: str, kind: Kind) -> None:
        """Raises `NoSuchNameError` and `WrongKindError`."""
        if self.entry(name).kind != kind:
            raise WrongKindError(self.entries[name])

    def with_password(self, name: str, stored: str) -> "HtpasswdFile":
        """With another hash in a name's line. Raises as `require_password`."""
        self.require_password(name)
        return self.with_lines({name: stored})

    def with_former(self, name: str, former: str | None, *, instead_of: str) -> "HtpasswdFile":
        """With what stood in a name's line before, if it had one; unless that was changed again since."""
        entry = self.entries.get(name)
        if entry is None or entry.stored != instead_of:
            return self
        return self.with_lines({name: former})

    def without(self, names: Collection[str], *, last: Mapping[str, str] | None = None) -> "HtpasswdFile":
        """Without any line of *names*; some may have none.

        Where nobody would be left it gets the lines *last*; without those, raises `LastNameError`.
        """
        left = self.with_lines(dict.fromkeys(names))
        if left.names or not self.names:
            return left
        if last is None:
            raise LastNameError
        return left.with_lines(last)

    def with_lines(self, hashes: Mapping[str, str | None]) -> "HtpasswdFile":
        """In which the first line of each name keeps its hash in *hashes*, and the name has no other line.

        A later line would count as soon as somebody deletes the first. None is no line at all; a name that
        had none gets one at the end.
        """
        left = dict(hashes)
        lines: list[bytes] = []
        for name, line in zip(self._owners, self._lines, strict=True):
            if name is None or name not in hashes:
                lines.append(line)
            elif (stored := left.pop(name, None)) is not None:
                lines.append(_rewritten(line, stored))
        added = [f"{name}:{stored}".encode() for name, stored in left.items() if stored is not None]
        return HtpasswdFile(self._mark + b"".join(self._ended(lines, added)))

    def _ended(self, lines: list[bytes], added: list[bytes]) -> list[bytes]:
        """*lines*, and those *added*, which have no ends yet. The last of a file may have none, either."""
        end = self._line_end
        if added and lines and not lines[-1].endswith((b"\n", b"\r")):
            lines[-1] += end
        return lines + [line + end for line in added]

    @property
    def _line_end(self) -> bytes:
        """As the file has it, which may come from Windows."""
        first = self._lines[0] if self._lines else b""
        return first[len(first.rstrip(_ENDS)) :] or b"\n"


def _owner(line: bytes) -> str | None:
    """Whose line it is; None of a comment, a blank line and one that begins with no name."""
    start, colon, _ = line.partition(b":")
    try:
        name = start.decode()
    except UnicodeDecodeError:
        return None
    return name if colon and is_name(name) else None


def _rewritten(line: bytes, stored: str) -> bytes:
    """*line* with another hash, its name and its end as they were."""
    name, colon, rest = line.partition(b":")
    return name + colon + stored.encode() + rest[len(rest.rstrip(_ENDS)) :]
