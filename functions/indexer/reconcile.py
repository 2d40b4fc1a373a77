"""The walk over the whole bucket that makes every page true.

Events may be lost, operators may touch anything, and work may be given up: whatever the cause, a project
whose pages do not say what its folder holds is rebuilt here. The walk takes one project at a time, so its
memory does not grow with the bucket, and can be left off and taken up at any project.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from packaging.utils import NormalizedName

from indexer.answers import is_outage
from indexer.bucket import Bucket, Listed
from indexer.drift import drift_of
from indexer.folder import Folder
from indexer.project_list import Span, update_project_list
from indexer.rebuild import Rebuilt, pages_of, rebuild
from simple_index import keys
from simple_index.filenames import is_normalized
from simple_index.model import ProjectDetail

__all__ = ["Reconciled", "folders", "reconcile"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """How far the walk came."""

    checked: int
    #: The projects whose pages were not true.
    rebuilt: tuple[Rebuilt, ...]
    #: Those of which that cannot be said, and why.
    failed: Mapping[NormalizedName, Exception]
    #: Where to take the walk up again; None at its end.
    after: str | None

    @property
    def healed(self) -> tuple[NormalizedName, ...]:
        return tuple(one.project for one in self.rebuilt)


def reconcile(
    bucket: Bucket,
    after: str = "",
    *,
    may_go_on: Callable[[], bool],
    pause: Callable[[float], None] = time.sleep,
) -> Reconciled:
    """Walk the projects behind *after* as long as *may_go_on*; at least one.

    The project list is made true for the stretch that was walked. A project that fails stops no other. Raises
    what S3 raises when it is not well, and `ContentionError`.
    """
    walked: list[Rebuilt] = []
    rebuilt: list[Rebuilt] = []
    failed: dict[NormalizedName, Exception] = {}
    reached: str | None = None
    for folder in folders(bucket, after):
        if reached is not None and not may_go_on():
            break
        reached = folder.project
        try:
            reading = pages_of(folder.project).read(bucket, trust_memory=True)
            if any(drift_of(bucket, reading, folder)):
                rebuilt.append(rebuild(bucket, folder.project, may_go_on=may_go_on, pause=pause))
            elif reading.content is not None:
                walked.append(_as_it_is(reading.content))
        except Exception as error:
            if is_outage(error):
                raise
            failed[folder.project] = error
    else:
        reached = None  # to the end
    walked += rebuilt
    update_project_list(bucket, walked, span=Span(after=after, last=reached), pause=pause)
    return Reconciled(checked=len(walked), rebuilt=tuple(rebuilt), failed=failed, after=reached)


def folders(bucket: Bucket, after: str = "") -> Iterator[Folder]:
    """The projects' folders behind *after*, in order of prefixes, one LIST page in memory at a time."""
    # "0" is the character behind "/": the first key that is not in the folder of *after*.
    start = f"{keys.SIMPLE}{after}0" if after else ""
    for name, objects in groupby(bucket.list(keys.SIMPLE, after=start), _folder_name):
        if name is not None and is_normalized(name):
            yield Folder(NormalizedName(name), objects)


def _folder_name(listed: Listed) -> str | None:
    name, slash, _ = listed.key.removeprefix(keys.SIMPLE).partition("/")
    return name if slash else None


def _as_it_is(page: ProjectDetail) -> Rebuilt:
    return Rebuilt(project=page.project, files=len(page.files), since=page.since)
