"""The small objects beside the files: what operators wrote into markers, and tombstones.

None of them may keep a project from being rebuilt: not by standing in cold storage or under a key that we
may not use, and not by being ten thousand.
"""

from indexer.answers import is_object_fault
from indexer.bucket import Bucket, Listed
from indexer.errors import ConflictError, MissingObjectError

__all__ = ["Texts"]

#: Bytes.
_LONGEST = 4096
#: How many are read before the pages are written with what is known.
_AT_ONCE = 1000


class Texts:
    """The texts of one project, each read once for each object, whatever conflicts there are."""

    def __init__(self, bucket: Bucket, *, at_once: int = _AT_ONCE) -> None:
        self._bucket = bucket
        self._at_once = self._before_write = at_once
        self._known: dict[Listed, bytes | None] = {}
        #: By key: why S3 does not give an object.
        self.failed: dict[str, Exception] = {}
        #: How many were read, and how many still are to be.
        self.learned = 0
        self.left = 0

    def begin(self) -> None:
        """A new look at the folder: as many again may be read."""
        self.left = 0
        self._before_write = self._at_once

    def find(self, listed: Listed) -> bytes | None:
        """The text, cut at its longest; None where S3 does not give it, or enough were read for now."""
        if listed not in self._known and self._before_write <= 0:
            self.left += 1
            return None
        return self.read(listed)

    def read(self, listed: Listed) -> bytes | None:
        """The text, however many were read; None where S3 does not give it.

        Raises `ConflictError` if the object went or changed since the LIST.
        """
        if listed not in self._known:
            self._before_write -= 1
            self._known[listed] = self._read(listed)
        return self._known[listed]

    def _read(self, listed: Listed) -> bytes | None:
        try:
            opened = self._bucket.open(listed.key, at_end=False)
            if opened.etag != listed.etag:
                raise ConflictError(listed.key)
            text = opened.read(_LONGEST)
            self.learned += 1
            return text
        except MissingObjectError as error:
            raise ConflictError(listed.key) from error
        except Exception as error:
            if not is_object_fault(error):
                raise
            self.failed[listed.key] = error
            return None
