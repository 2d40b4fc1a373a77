"""The core metadata of an sdist. Specification: the source distribution format (PEP 517, 625, 643)."""

import io
import posixpath
import re
from collections.abc import Iterator
from itertools import dropwhile

from simple_index.errors import MissingMetadataError
from simple_index.filenames import Distribution
from simple_index.inflation import Inflated
from simple_index.reading import WHOLE, ReadableFile, read_at, size_of
from simple_index.soundness import MemberName, UnsoundError, check_length, parse_name, shown
from simple_index.tars import Kind, Member, members, read_content
from simple_index.zip_directory import read_directory
from simple_index.zip_end import could_be_zip
from simple_index.zips import read_member

__all__ = ["read_tar_sdist", "read_zip_sdist"]

_PKG_INFO = re.compile(r"[^/]+/PKG-INFO")
#: Characters, as Linux has it for paths.
_LONGEST_TARGET = 4096
_WANTED = "PKG-INFO in its top folder"


def read_zip_sdist(file: ReadableFile, distribution: Distribution) -> bytes:
    """PKG-INFO of a ``.zip``, byte for byte. Raises `UnsoundError` and `MissingMetadataError`."""
    directory = read_directory(file)
    found = [entry for entry in directory.entries if _PKG_INFO.fullmatch(entry.name)]
    if len(found) != 1:
        raise MissingMetadataError(distribution.filename, _WANTED, len(found))
    for entry in directory.entries:
        _check_top(entry.name, found[0].name)
    return read_member(file, directory, found[0])


def read_tar_sdist(file: ReadableFile, distribution: Distribution) -> bytes:
    """PKG-INFO of a ``.tar.gz``, byte for byte. Raises `UnsoundError` and `MissingMetadataError`.

    A large sdist is read up to its PKG-INFO and no further.
    """
    size = size_of(file)
    whole = size <= WHOLE
    source = io.BytesIO(read_at(file, 0, size)) if whole else file
    found = None
    for pkg_info in _pkg_infos(Inflated(source)):
        if found is not None:  # not counted on, for each may have 10 MiB
            raise MissingMetadataError(distribution.filename, _WANTED, 2)
        found = pkg_info
        if not whole:
            break
    if found is None:
        raise MissingMetadataError(distribution.filename, _WANTED, 0)
    if could_be_zip(source):
        raise UnsoundError("it can be read as a zip archive as well")
    return found


def _pkg_infos(stream: Inflated) -> Iterator[bytes]:
    """Each PKG-INFO of a top folder, of which there has to be one."""
    first = None
    for member in members(stream):
        first = first or member.name
        _check_top(member.name, first)
        _check_target(member)
        if _PKG_INFO.fullmatch(member.name):
            yield _read_pkg_info(stream, member)
    _check_rest(stream)


def _read_pkg_info(stream: Inflated, member: Member) -> bytes:
    if member.kind is not Kind.FILE:
        raise UnsoundError("its PKG-INFO is no regular file")
    check_length(member.size)
    return read_content(stream, member.size)


def _check_top(name: MemberName, first: MemberName) -> None:
    if name.partition("/")[0] != first.partition("/")[0]:
        raise UnsoundError(f"it holds {shown(name)} beside the folder of {shown(first)}")


def _check_target(member: Member) -> None:
    """A link may lead to what is unpacked with it, and nowhere else."""
    if member.kind is Kind.HARD_LINK:
        _check_top(parse_name(member.target), member.name)
    target = member.target.decode("utf-8", "surrogateescape")
    if member.kind is Kind.SYMLINK and not _stays_inside(target, member.name):
        raise UnsoundError(f"{shown(member.name)} is a link to a place outside of its folder")


def _stays_inside(target: str, name: MemberName) -> bool:
    if len(target) > _LONGEST_TARGET or "\\" in target:
        return False
    # ".." behind another part may be the parent of wherever a second link leads.
    if ".." in dropwhile("..".__eq__, target.split("/")):
        return False
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return f"{path}/".startswith(name.partition("/")[0] + "/")


def _check_rest(stream: Inflated) -> None:
    """Behind its last member may be nothing but zeros, and then nothing."""
    while block := stream.read(64 * 1024):
        if block.strip(b"\0"):
            raise UnsoundError("it goes on behind its last member")
