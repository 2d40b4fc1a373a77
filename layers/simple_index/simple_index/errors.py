"""What can be wrong with a distribution or a page, each in a sentence of its own.

RefusedError                        a file that the index will not list, and why
├── InvalidFilenameError            its name is not a wheel's or an sdist's
├── MisplacedFileError              it lies where another project's files are
├── LimitedUploadError              it was uploaded where only another project's files may be
├── UnreadableArchiveError          it is not the archive that its name says
├── MissingMetadataError            it has no core metadata, or too many
├── InvalidMetadataError            its core metadata cannot be used
├── MetadataMismatchError           its core metadata and its name disagree
├── ClosedProjectError              its project takes no more files
└── AlreadyPublishedError           another file was published under this name, be it there still or not
InvalidPageError                    a stored page that we cannot read back
"""

from packaging.utils import canonicalize_name

__all__ = [
    "AlreadyPublishedError",
    "ClosedProjectError",
    "InvalidFilenameError",
    "InvalidMetadataError",
    "InvalidPageError",
    "LimitedUploadError",
    "MetadataMismatchError",
    "MisplacedFileError",
    "MissingMetadataError",
    "RefusedError",
    "UnreadableArchiveError",
]


class RefusedError(ValueError):
    """A file that the index will not list; ``str()`` is the sentence for its publisher."""


class InvalidFilenameError(RefusedError):
    def __init__(self, filename: str, problem: str) -> None:
        super().__init__(filename, problem)
        self.filename = filename
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.filename!r} is not the name of a wheel or an sdist: {self.problem}; "
            "build it with a current build tool and publish the file under the name it was given."
        )


class MisplacedFileError(RefusedError):
    def __init__(self, key: str, project: str) -> None:
        super().__init__(key, project)
        self.key = key
        self.project = project

    def __str__(self) -> str:
        return f"{self.key!r} holds a file of project {self.project!r}; publish it to incoming/ instead."


class LimitedUploadError(RefusedError):
    def __init__(self, key: str, *, limit: str, project: str) -> None:
        super().__init__(key, limit, project)
        self.key = key
        self.limit = limit
        self.project = project

    def __str__(self) -> str:
        right = f"publish it below incoming/project/{self.project}/"
        if canonicalize_name(self.limit) == self.project:
            return (
                f"the folder of {self.key!r} is for project {self.limit!r}, whose normalized name is "
                f"{self.project!r}; {right} instead."
            )
        return (
            f"{self.key!r} is a file of project {self.project!r}, and its folder is for {self.limit!r} "
            f"alone; {right}, or let somebody do so who may."
        )


class UnreadableArchiveError(RefusedError):
    def __init__(self, filename: str, problem: str) -> None:
        super().__init__(filename, problem)
        self.filename = filename
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.filename!r} cannot be read: {self.problem}; build it again and publish the new file."


class MissingMetadataError(RefusedError):
    def __init__(self, filename: str, wanted: str, found: int) -> None:
        super().__init__(filename, wanted, found)
        self.filename = filename
        self.wanted = wanted
        self.found = found

    def __str__(self) -> str:
        return (
            f"{self.filename!r} must hold exactly one {self.wanted} and holds {self.found}; "
            "build it with a current build tool and publish the new file."
        )


class InvalidMetadataError(RefusedError):
    def __init__(self, filename: str, problem: str) -> None:
        super().__init__(filename, problem)
        self.filename = filename
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"the core metadata of {self.filename!r} cannot be used: {self.problem}; mend it and build again."
        )


class MetadataMismatchError(RefusedError):
    def __init__(self, filename: str, *, field: str, in_name: str, in_metadata: str) -> None:
        super().__init__(filename, field, in_name, in_metadata)
        self.filename = filename
        self.field = field
        self.in_name = in_name
        self.in_metadata = in_metadata

    def __str__(self) -> str:
        return (
            f"{self.filename!r} says {self.field} {self.in_name!r}, but its core metadata says "
            f"{self.in_metadata!r}; publish it under the name it was built with."
        )


class ClosedProjectError(RefusedError):
    def __init__(self, project: str, status: str) -> None:
        super().__init__(project, status)
        self.project = project
        self.status = status

    def __str__(self) -> str:
        return (
            f"project {self.project!r} is {self.status} and takes no more files; "
            "ask its operator to remove the object .status from the project's folder."
        )


class AlreadyPublishedError(RefusedError):
    def __init__(self, key: str, *, published_sha256: str, refused_sha256: str) -> None:
        super().__init__(key, published_sha256, refused_sha256)
        self.key = key
        self.published_sha256 = published_sha256
        self.refused_sha256 = refused_sha256

    def __str__(self) -> str:
        return (
            f"{self.key!r} was already published with sha256 {self.published_sha256}, and this file has "
            f"{self.refused_sha256}; a published file never changes, so publish a new version."
        )


class InvalidPageError(ValueError):
    """A stored index page that cannot be read back; the index is then rebuilt without its memory."""
