"""Why the command cannot do what it was asked: each a sentence, with what to do next.

CommandError                 1: nothing was done, or not all of it, and the sentence says which
├── ClosedOutputError        nobody would see what comes of it
├── NoBucketError            no index where we looked for one
├── NoIndexUrlError          nobody has said where the index is read
├── ObjectChangedError       somebody else writes the same object, again and again
├── NoRightToReadError       a publisher may not see what became of what was published
├── UnreadablePageError      a page of the index is not as the indexer writes it
├── NotConfirmedError        a question that nobody answered with yes
└── NotHoldingError          what was done does not show, in the time there was

Each module may add its own, below `CommandError`.
"""

__all__ = [
    "ClosedOutputError",
    "CommandError",
    "InterruptedCommandError",
    "NoBucketError",
    "NoIndexUrlError",
    "NoRightToReadError",
    "NotConfirmedError",
    "NotHoldingError",
    "ObjectChangedError",
    "UnreadablePageError",
]


class CommandError(Exception):
    """What went wrong, in a sentence for the person who typed the command."""


class ClosedOutputError(CommandError):
    def __init__(self) -> None:
        super().__init__("Standard output is closed: send it somewhere, if only to /dev/null.")


class NoBucketError(CommandError):
    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"There is no bucket {bucket!r} here: name the index by --service, its stack by --stack or its "
            "bucket by --bucket, and its account by --profile."
        )


class NoIndexUrlError(CommandError):
    def __init__(self, stack: str) -> None:
        super().__init__(
            f"No stack {stack!r} says where the index is read: give its URL by --index-url, or by the "
            "variable SERVERLESS_PYPI_INDEX_URL."
        )


class ObjectChangedError(CommandError):
    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} was changed by somebody else at each of our tries: try again later.")


class NoRightToReadError(CommandError):
    def __init__(self, key: str) -> None:
        super().__init__(
            f"AWS does not allow who you are to read {key!r}, and so to see what becomes of an upload: have "
            "the stack's PublisherPolicy attached to your role, or say --no-wait: it sends without looking."
        )


class UnreadablePageError(CommandError):
    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key!r} is not as the indexer writes it: have it made again by `serverless-pypi reindex`."
        )


class NotConfirmedError(CommandError):
    def __init__(self) -> None:
        super().__init__(
            "Nothing was done: answer the question with y, or say --yes where nobody can be asked."
        )


class NotHoldingError(CommandError):
    def __init__(self, what: str, seconds: float, hint: str) -> None:
        super().__init__(f"{what} does not show after {seconds:g} s: {hint}")


class InterruptedCommandError(KeyboardInterrupt):
    """An interrupt that can say more than that there was one."""
