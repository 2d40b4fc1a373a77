"""A publisher limited to some projects: the policy of the template and the rule of the indexer, together.

IAM bounds the folder that an upload lies in, and the indexer holds its file against that folder. Neither
suffices alone.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from simple_index import keys
from tests.distributions import make_sdist, sdist_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World
from tests.stack.policies import Deployment

PROJECTS = ("acme", "acme-core", "acmeevil", "bolt", "x-acme-core")
#: Of folders: what projects are called, what IAM or a path might trip over, and any text.
_PARTS = st.sampled_from(["project", *PROJECTS, "acme-", "Acme_Core", "", ".", "..", "*", "?", "a b", "%2F"])
_FOLDERS = st.lists(_PARTS | st.text(st.characters(), max_size=3), max_size=4)
_LIMITS = ("acme", "acme-core", "acme-*", "acme*")


def allows(resource: str, key: str) -> bool:
    """Whether IAM takes *key* for one of *resource*: "a combination of … * and ?", slashes included."""
    pattern = re.escape(resource.rpartition(":::")[2].partition("/")[2])
    return re.fullmatch(pattern.replace(r"\*", ".*").replace(r"\?", "."), key, re.DOTALL) is not None


@pytest.fixture(scope="session")
def resources(stack: dict[str, Any]) -> dict[str, str]:
    """What the limited policy lets be put, by the parameter's value."""
    found = {}
    for limit in (*_LIMITS, "*-core"):
        principals = Deployment(stack["deployed"], PublisherProjects=limit).principals()
        (upload,) = [
            one for one in principals["ProjectPublisherPolicy"].statements if "s3:PutObject" in one["Action"]
        ]
        found[limit] = upload["Resource"]
    return found


def published(key: str, project: str) -> set[str]:
    """The projects that have files once this upload, of a file of *project*, was handled."""
    world = World(MemoryS3())
    world.s3.put_object(Bucket="bucket", Key=key, Body=make_sdist(project, "1.0"))
    world.handle(uploads=(key,))
    assert key not in world.s3.objects
    return {name for name in PROJECTS if f"simple/{name}/{sdist_name(project, '1.0')}" in world.s3.objects}


@given(limit=st.sampled_from(_LIMITS), folders=_FOLDERS, project=st.sampled_from(PROJECTS))
@example(limit="acme-*", folders=["project", "acme-core", "deep"], project="acme-core")
@example(limit="acme-*", folders=["project", "acme-", "..", "bolt"], project="bolt")
@example(limit="acme-*", folders=["project", "acme-x", "project", "bolt"], project="bolt")
@example(limit="acme*", folders=["project", "acme"], project="acme")
@example(limit="acme", folders=["project"], project="acme")
def test_nothing_else_is_published_by_what_may_be_put(
    limit: str, folders: list[str], project: str, resources: dict[str, str]
) -> None:
    """Whatever folders are made up below `incoming/`, and whosever file is put into them."""
    key = "/".join(["incoming", *folders, sdist_name(project, "1.0")])
    assume(len(key.encode(errors="replace")) < 900)
    if allows(resources[limit], key):
        assert all(fnmatchcase(name, limit) for name in published(key, project))


@pytest.mark.parametrize("limit", _LIMITS)
def test_what_is_theirs_is_published(limit: str, resources: dict[str, str]) -> None:
    """Each project of the limit, from its folder and from below it."""
    own = [project for project in PROJECTS if fnmatchcase(project, limit)]
    assert own
    for project in own:
        for folder in (f"incoming/project/{project}", f"incoming/project/{project}/publish-0af3"):
            key = f"{folder}/{sdist_name(project, '1.0')}"
            assert allows(resources[limit], key)
            assert published(key, project) == {project}


@pytest.mark.parametrize("limit", ["acme", "acme-*", "acme*"])
@pytest.mark.parametrize("depth", [0, 195])
@pytest.mark.parametrize("name", ["bolt-1.0.tar.gz", "notes.reason.json"])
def test_why_it_was_refused_is_theirs_to_read(
    limit: str, depth: int, name: str, stack: dict[str, Any]
) -> None:
    """Where the key is too long to get a longer one, or ends as a reason does, too; but not the upload."""
    project = "acme-core" if limit == "acme-*" else "acme"
    key = "/".join(["incoming/project", project, *["deep"] * depth, name])
    limited = Deployment(stack["deployed"], PublisherProjects=limit).principals()["ProjectPublisherPolicy"]
    (learned,) = [one["Resource"] for one in limited.statements if "s3:GetObject" in one["Action"]]
    world = World(MemoryS3())
    world.s3.put_object(Bucket="bucket", Key=key, Body=make_sdist("bolt", "1.0"))
    world.handle(uploads=(key,))
    readable = [stored for stored in world.s3.objects if any(allows(one, stored) for one in learned)]
    assert readable == [keys.reason_of(key)]


def counterexamples(resource: str, limit: str) -> Iterator[str]:
    """Projects outside *limit* that who may put *resource* publishes."""
    for folder in ("project/bolt", "project/bolt/x-core", "bolt"):
        key = f"incoming/{folder}/{sdist_name('bolt', '1.0')}"
        if allows(resource, key):
            yield from (name for name in published(key, "bolt") if not fnmatchcase(name, limit))


def test_a_star_before_the_end_would_be_no_limit(resources: dict[str, str]) -> None:
    """Which is why the parameter takes none: IAM's star goes over the slash."""
    assert list(counterexamples(resources["*-core"], "*-core")) == ["bolt"]
    assert not any(list(counterexamples(resources[limit], limit)) for limit in _LIMITS)
