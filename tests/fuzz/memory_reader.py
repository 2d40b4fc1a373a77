"""A bucket in memory, in a reader's place: no sockets and no threads, which a fuzzer would wait for."""

from collections.abc import Mapping

from authenticator.deadline import Deadline
from authenticator.errors import NoSuchObjectError
from authenticator.reader import StoredObject

__all__ = ["MemoryReader"]


class MemoryReader:
    """Reads what is in *objects*, each of which is new every time."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = objects

    def read(self, key: str, known_etag: str | None, deadline: Deadline) -> StoredObject:
        if key not in self._objects:
            raise NoSuchObjectError(f"{key} does not exist")
        return StoredObject(body=self._objects[key], etag='"1"')

    def knows(self, key: str, deadline: Deadline) -> bool:
        return key in self._objects

    def close(self) -> None:
        """Nothing is open."""
