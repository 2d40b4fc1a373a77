"""What can go wrong between the indexer and the bucket.

NotBegunError             there was no time left for it: let the queue bring the message back
BucketError
├── ConflictError         somebody else changed the object first: start again
├── ContentionError       that happened too often: let the queue bring the message back
└── MissingObjectError    the object is not there (any more)
"""

__all__ = ["BucketError", "ConflictError", "ContentionError", "MissingObjectError", "NotBegunError"]


class NotBegunError(Exception):
    def __str__(self) -> str:
        return "the function's time was nearly over; nothing of this was begun"


class BucketError(Exception):
    """An operation on the bucket had not the outcome that was asked for."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class ConflictError(BucketError):
    def __str__(self) -> str:
        return f"{self.key!r} was changed by another writer"


class ContentionError(BucketError):
    def __init__(self, key: str, tries: int) -> None:
        super().__init__(key)
        self.tries = tries

    def __str__(self) -> str:
        return f"{self.key!r} was changed by other writers during each of {self.tries} tries"


class MissingObjectError(BucketError):
    def __str__(self) -> str:
        return f"{self.key!r} does not exist"
