"""A project's objects, as one LIST shows them."""

from collections.abc import Iterable, Iterator

from packaging.utils import NormalizedName

from indexer.bucket import Bucket, Listed
from simple_index import keys

__all__ = ["Folder"]


class Folder:
    """What stands under ``simple/{project}/``: distributions, and companions of theirs."""

    def __init__(self, project: NormalizedName, objects: Iterable[Listed]) -> None:
        self.project = project
        self._objects = {listed.key: listed for listed in objects}

    @classmethod
    def of(cls, bucket: Bucket, project: NormalizedName) -> "Folder":
        return cls(project, bucket.list(keys.project_prefix(project)))

    def get(self, key: str) -> Listed | None:
        return self._objects.get(key)

    def distributions(self) -> Iterator[Listed]:
        """Each object right in the folder that claims to be a wheel or an sdist, in order of keys."""
        return (
            listed
            for key, listed in self._objects.items()
            if keys.is_distribution(key) and keys.project_of(key) == self.project
        )

    def is_unused(self) -> bool:
        """Whether nothing here makes a project of the name: no distribution, and no status."""
        return not any(self.distributions()) and self.get(keys.status_of(self.project)) is None

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
