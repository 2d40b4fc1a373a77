"""The core metadata inside a wheel or an sdist, read from a file object within fixed bounds.

Nothing is extracted, and nothing that an archive says of itself is believed: a stranger wrote it. Of
any upload at all no more than 80 MiB are read, in less than 10 seconds and 300 MB of memory.

    wheels, sdists          what a distribution of that kind has to hold
    zips, tars              one member out of an archive, and what may stand around it
    zip_directory, …        the parts of the formats, each read by one rule
    soundness, reading      what holds for all
"""

from simple_index.errors import UnreadableArchiveError
from simple_index.filenames import Distribution
from simple_index.reading import ReadableFile
from simple_index.sdists import read_tar_sdist, read_zip_sdist
from simple_index.soundness import LARGEST_METADATA, UnsoundError
from simple_index.wheels import read_wheel

__all__ = ["LARGEST_METADATA", "ReadableFile", "read_metadata"]


def read_metadata(file: ReadableFile, distribution: Distribution) -> bytes:
    """METADATA of a wheel or PKG-INFO of an sdist, byte for byte.

    Raises `RefusedError`, and lets through what *file* raises: a store that fails is no fault of the file.
    """
    try:
        if distribution.kind == "wheel":
            return read_wheel(file, distribution)
        if distribution.filename.endswith(".zip"):
            return read_zip_sdist(file, distribution)
        return read_tar_sdist(file, distribution)
    except UnsoundError as error:
        raise UnreadableArchiveError(distribution.filename, str(error)) from None
