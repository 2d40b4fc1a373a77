"""The core metadata of a wheel. Specification: the binary distribution format (PEP 427, 491)."""

import re

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from simple_index.errors import InvalidMetadataError, MetadataMismatchError, MissingMetadataError
from simple_index.filenames import Distribution
from simple_index.reading import ReadableFile
from simple_index.soundness import MemberName, UnsoundError
from simple_index.zip_directory import read_directory
from simple_index.zips import read_member

__all__ = ["read_wheel"]

_FOLDER = ".dist-info"
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


def read_wheel(file: ReadableFile, distribution: Distribution) -> bytes:
    """METADATA, byte for byte. Raises `UnsoundError` and `RefusedError`."""
    directory = read_directory(file)
    entries = {entry.name: entry for entry in directory.entries}
    path = _find_metadata(list(entries), distribution)
    metadata = read_member(file, directory, entries[path])
    try:
        metadata.decode()
    except UnicodeDecodeError as error:
        raise InvalidMetadataError(distribution.filename, f"it is not UTF-8 ({error.reason})") from None
    return metadata


def _find_metadata(names: list[MemberName], distribution: Distribution) -> MemberName:
    found = [name for name in names if _METADATA.fullmatch(name)]
    if len(found) != 1:
        raise MissingMetadataError(distribution.filename, f"{_FOLDER}/METADATA", len(found))
    folders = {name.partition("/")[0] for name in names}
    if sum(folder.endswith(_FOLDER) for folder in folders) != 1:
        raise UnsoundError(f"it has several {_FOLDER} folders")
    folder = found[0].partition("/")[0]
    _check_agreement(folder, distribution)
    for required in ("WHEEL", "RECORD"):
        if f"{folder}/{required}" not in names:
            raise MissingMetadataError(distribution.filename, f"{_FOLDER}/{required}", 0)
    return found[0]


def _check_agreement(folder: str, distribution: Distribution) -> None:
    """Installers know the folder by the wheel's name; each part however it is spelled."""
    name, _, version = folder.removesuffix(_FOLDER).rpartition("-")
    try:
        agrees = Version(version) == Version(distribution.version)
    except InvalidVersion:
        agrees = False
    if not agrees or canonicalize_name(name) != distribution.project:
        raise MetadataMismatchError(
            distribution.filename,
            field="that its folder is",
            in_name=f"{distribution.project.replace('-', '_')}-{distribution.version}{_FOLDER}",
            in_metadata=folder,
        )
