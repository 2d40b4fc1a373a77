"""Why something cannot be had from a source.

CommandError
├── NoSourceError            there is no such source, or it is none: nothing can be imported
├── SourceDeniedError        it does not accept the credential, so all else would fail as well
├── NoSpaceError             this machine has no room for a file that passes through
├── UnavailableError         a page or a file cannot be had; the others may
│   └── NoSuchProjectError   the source has no such project
└── DamagedError             a file came, and is not what the source says it is
UnreadablePageError          a page of the source is none; whoever has fetched it knows which it was
"""

from serverless_pypi.errors import CommandError

__all__ = [
    "DamagedError",
    "NoSourceError",
    "NoSpaceError",
    "NoSuchProjectError",
    "SourceDeniedError",
    "UnavailableError",
    "UnreadablePageError",
]


class NoSourceError(CommandError):
    """The sentence is written where it is raised: each kind of source has its own."""


class SourceDeniedError(CommandError):
    def __init__(self, host: str, username: str | None) -> None:
        super().__init__(
            f"{host} asks for a credential: give --username and --password-stdin, or have a line for it in "
            "~/.netrc."
            if username is None
            else f"{host} does not accept the password of {username!r}: check it (a token may have expired), "
            "and import again."
        )


class NoSpaceError(CommandError):
    def __init__(self, folder: str) -> None:
        super().__init__(
            f"There is no room left in {folder}, where files stay while they pass through: make room, take "
            "fewer --jobs, or have TMPDIR name another folder."
        )


class UnavailableError(CommandError):
    """A page or a file that cannot be had."""


class NoSuchProjectError(UnavailableError):
    def __init__(self, source: str, project: str) -> None:
        super().__init__(f"{source} has no project {project!r}.")


class UnreadablePageError(ValueError):
    """What is wrong with a page."""


class DamagedError(CommandError):
    def __init__(self, filename: str, *, field: str, said: object, found: object) -> None:
        super().__init__(
            f"{filename!r} came with {field} {found}, and its source says {said}: "
            "mend it there, or publish a good file by hand."
        )
