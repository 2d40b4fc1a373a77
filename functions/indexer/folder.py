"""A project's objects, as one LIST shows them."""

from collections.abc import Iterable, Iterator

from packaging.utils import NormalizedName

from indexer.bucket import Bucket, Listed
from simple_index import keys
from simple_index.model import File

__all__ = ["Folder"]


class Folder:
    """What stands right under ``simple/{project}/``: distributions, and companions of theirs."""

    def __init__(self, project: NormalizedName, objects: Iterable[Listed]) -> None:
        self.project = project
        # What lies deeper is no concern of ours, whatever it is called.
        self._objects = {listed.key: listed for listed in objects if keys.project_of(listed.key) == project}

    @classmethod
    def of(cls, bucket: Bucket, project: NormalizedName) -> "Folder":
        return cls(project, bucket.list(keys.project_prefix(project)))

    def get(self, key: str) -> Listed | None:
        return self._objects.get(key)

    def distributions(self) -> Iterator[Listed]:
        """Each object that claims to be a wheel or an sdist, in order of keys."""
        return (listed for key, listed in self._objects.items() if keys.is_distribution(key))

    def grounds(self) -> tuple[bool, bool, bool]:
        """What makes a project of the name: a distribution, one that is remembered, a status."""
        status = self.get(keys.status_of(self.project))
        return any(self.distributions()), any(self.remembered_files()), status is not None

    def is_unused(self) -> bool:
        return not any(self.grounds())

    def metadata_stands(self, file: File) -> bool:
        """Whether the ``.metadata`` beside *file* is there as written; True if it is to have none."""
        key = keys.project_prefix(self.project) + file.filename
        if not keys.has_metadata(key):
            return True
        sidecar, promised = self.get(keys.metadata_of(key)), file.core_metadata
        return sidecar is not None and promised is not None and sidecar.etag == promised.etag

    def remembered_files(self) -> Iterator[tuple[str, Listed]]:
        """The filename and the object of each file that was published once and is remembered."""
        for key, listed in self._objects.items():
            file_key = keys.file_of_removed(key)
            if file_key is not None:
                yield keys.filename_of(file_key), listed

    def orphans(self) -> Iterator[Listed]:
        """Each ``.metadata`` whose file is gone."""
        for key, listed in self._objects.items():
            file_key = keys.file_of_metadata(key)
            if file_key is not None and file_key not in self._objects:
                yield listed
