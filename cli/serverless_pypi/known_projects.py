"""Projects by their names, as somebody types them."""

import difflib
from collections.abc import Sequence

from packaging.utils import NormalizedName, canonicalize_name

from indexer.folder import Folder
from serverless_pypi.comparison import Comparison
from serverless_pypi.errors import CommandError
from serverless_pypi.releases import NoSuchProjectError
from serverless_pypi.walking import Scope
from simple_index import keys
from simple_index.filenames import is_normalized

__all__ = ["NoProjectsBehindError", "NoSuchPlaceError", "is_in_use", "known_projects", "scope_of"]


class NoProjectsBehindError(CommandError):
    def __init__(self) -> None:
        super().__init__("Either name projects, or say --after which one to go on: not both.")


class NoSuchPlaceError(CommandError):
    def __init__(self, after: str) -> None:
        super().__init__(
            f"{after!r} is no project's name: give --after the one that the interrupted check has named."
        )


def scope_of(comparison: Comparison, names: Sequence[str], *, after: str | None) -> Scope:
    """These projects, or all behind *after*.

    Raises `NoSuchProjectError`, `NoProjectsBehindError` and `NoSuchPlaceError`.
    """
    if names and after is not None:
        raise NoProjectsBehindError
    if after is not None and not is_normalized(canonicalize_name(after)):
        raise NoSuchPlaceError(after)
    return Scope(projects=known_projects(comparison, names), after=canonicalize_name(after or ""))


def known_projects(comparison: Comparison, names: Sequence[str]) -> list[NormalizedName]:
    """The projects of these names, each once: on the project list, or with something that is to be there.

    Raises `NoSuchProjectError`.
    """
    if not names:
        return []
    listed = set(comparison.read_list().names())
    projects = {canonicalize_name(name.strip()): name for name in names}
    for project, name in projects.items():
        if project not in listed and not (is_normalized(project) and is_in_use(comparison, project)):
            raise NoSuchProjectError(name, difflib.get_close_matches(project, sorted(listed)))
    return list(projects)


def is_in_use(comparison: Comparison, project: NormalizedName) -> bool:
    """Whether the project has a page, or is to have one."""
    folder = Folder.of(comparison.bucket, project)
    pages = (keys.detail_json(project), keys.detail_html(project))
    return not folder.is_unused() or any(folder.get(page) is not None for page in pages)
