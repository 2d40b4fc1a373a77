"""Which projects this index has, or has had: only for the others is upstream asked."""

from authenticator.deadline import Deadline
from authenticator.errors import DeletedObjectError, NoSuchObjectError
from authenticator.reader import ObjectReader

__all__ = ["Claims"]

#: Names that are remembered. They stay claimed for ever, as a project that lost its last file keeps its page.
_MOST_REMEMBERED = 10_000


class Claims:
    """The names that have, or had, a page in the bucket, in either form."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._known: set[str] = set()

    def has(self, project: str, deadline: Deadline) -> bool:
        """Whether *project* is one. Raises `StoreUnavailableError` where S3 does not say clearly."""
        if project in self._known:
            return True
        if not self._has_page(project, deadline):
            return False
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.pop()
        self._known.add(project)
        return True

    def _has_page(self, project: str, deadline: Deadline) -> bool:
        if self._reader.knows(f"simple/{project}/index.html", deadline):
            return True
        # The indexer writes this one after the other. And a GET tells a missing key from a missing bucket.
        try:
            self._reader.read(f"simple/{project}/index.json", None, deadline)
        except NoSuchObjectError:
            return False
        except DeletedObjectError:
            """It had one, and what is claimed stays so."""
        return True
