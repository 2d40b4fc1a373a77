"""Dependency confusion, played with real clients: a stranger offers our names upstream, at higher versions.

The users have one `--index-url`, this index, which sends them on to a public one for what it never had.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.s3 import EmbeddedS3
from tests.distributions import make_wheel, wheel_name
from tests.road.faulty_endpoint import NO_BUCKET, SILENT, Fault, FaultyEndpoint, serve_faulty_endpoint
from tests.road.public_index import PublicIndex, serve_public_index
from tests.road.road import Finished, Road, run_road

POLICY = """\
refresh_seconds = 1

[upstream]
url = "{url}"
reserved = ["acme", "acme-*"]
"""
OURS, STRANGERS = "1.0", "99.0"

clients = pytest.mark.parametrize("client", ["pip", "uv"])
faults = pytest.mark.parametrize("fault", [403, 500, 503, SILENT, NO_BUCKET])


@dataclass(frozen=True, kw_only=True)
class World:
    """Our index, the bucket's endpoint, and the public index upstream."""

    road: Road
    endpoint: FaultyEndpoint
    public: PublicIndex

    def publish(self, project: str, *, needs: str = "") -> None:
        """Publish ours here; no viewer asks for it yet, so the authenticator does not know of it."""
        name = wheel_name(project, OURS)
        wheel = make_wheel(project, OURS, Requires_Dist=needs) if needs else make_wheel(project, OURS)
        self.road.put(f"incoming/{name}", wheel)
        self.road.wait_for(lambda: name.encode() in self.road.read(f"simple/{project}/index.html"))

    def install(self, client: str, project: str, target: Path) -> Finished:
        done: Finished = getattr(self.road, client)(project, target=target, retries=0)
        return done

    def is_nowhere(self, client: str, project: str, target: Path) -> bool:
        """Whether the client finds nothing to install, and the public index was never asked."""
        done = self.install(client, project, target)
        return (
            done.returncode != 0
            and not module_of(project, target).exists()
            and not self.public.asked(project)
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Each test uses projects of its own."""
    home = tmp_path_factory.mktemp("upstream")
    key = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with (
        EmbeddedS3() as s3,
        serve_faulty_endpoint(s3.endpoint_url) as endpoint,
        serve_public_index() as public,
        run_road(home, "--s3-endpoint", endpoint.url, **key) as road,
    ):
        road.put("auth/policy.toml", POLICY.format(url=public.url).encode())
        yield World(road=road, endpoint=endpoint, public=public)


def module_of(project: str, target: Path) -> Path:
    return target / f"{project.replace('-', '_')}.py"


def installed(target: Path, project: str) -> str:
    return module_of(project, target).read_text()


def page_of(project: str) -> tuple[str, str]:
    """The keys of a project's page."""
    return f"simple/{project}/index.html", f"simple/{project}/index.json"


@clients
def test_a_name_that_is_here_is_installed_from_here(world: World, tmp_path: Path, client: str) -> None:
    """The stranger's higher version is not even seen."""
    project = f"here-{client}"
    world.publish(project)
    world.public.publish(project, STRANGERS)
    done = world.install(client, project, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", project) == f"VERSION = '{OURS}'\n"
    assert not world.public.asked(project)


@clients
def test_another_version_of_a_name_that_is_here_is_not_looked_for(
    world: World, tmp_path: Path, client: str
) -> None:
    """Also where ours does not satisfy what is asked for."""
    project = f"exact-{client}"
    world.publish(project)
    world.public.publish(project, STRANGERS)
    done = world.install(client, f"{project}=={STRANGERS}", tmp_path / "out")
    assert done.returncode != 0
    assert not world.public.asked(project)


@clients
def test_a_reserved_name_is_not_looked_for_elsewhere(world: World, tmp_path: Path, client: str) -> None:
    """Before its first file is published here, too: it is 404 from here."""
    project = f"acme-planned-{client}"
    world.public.publish(project, STRANGERS)
    assert world.is_nowhere(client, project, tmp_path / "out")
    assert world.road.get(f"/simple/{project}/").status_code == 404


@clients
def test_a_name_that_never_was_here_comes_from_upstream(world: World, tmp_path: Path, client: str) -> None:
    """With a dependency of ours on it, through the one URL; the credential does not go along."""
    ours, public = f"ours-{client}", f"public-{client}"
    world.publish(ours, needs=public)
    world.public.publish(public, "2.0")
    done = world.install(client, ours, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", public) == "VERSION = '2.0'\n"
    asked = world.public.asked(public)
    assert [request["path"] for request in asked if request["path"].endswith("/")]
    assert [request["path"] for request in asked if request["path"].endswith(".whl")]
    for request in asked:
        assert not {"authorization", "cookie"} & request.keys()
        assert world.road.password not in str(request)
    answer = world.road.get(f"/simple/{public}/")
    assert (answer.status_code, answer.headers["location"]) == (302, f"{world.public.url}{public}/")
    assert answer.headers["cache-control"] == "no-store"


def test_only_who_has_a_credential_is_sent_upstream(world: World) -> None:
    """To the rest it is 401, as everything is."""
    assert world.road.get_as(None, "/simple/never-here/").status_code == 401
    assert world.road.get_as((world.road.username, "wrong"), "/simple/never-here/").status_code == 401


@clients
def test_a_project_that_lost_its_last_file_stays_ours(world: World, tmp_path: Path, client: str) -> None:
    """Its empty page claims the name."""
    project = f"emptied-{client}"
    world.publish(project)
    world.public.publish(project, STRANGERS)
    file, page = f"simple/{project}/{wheel_name(project, OURS)}", f"simple/{project}/index.html"
    # What comes and goes between two listings of a foreign S3 is not seen: the local stack has now seen it.
    world.road.put(f"{file}.yanked", b"going")
    world.road.wait_for(lambda: b"going" in world.road.read(page))
    world.road.remove(file)
    world.road.wait_for(lambda: b"going" not in world.road.read(page))
    assert world.is_nowhere(client, project, tmp_path / "out")
    assert world.road.get(f"/simple/{project}/").status_code == 200


@clients
@faults
def test_while_the_bucket_does_not_say_what_is_here_nothing_comes_from_upstream(
    world: World, tmp_path: Path, client: str, fault: Fault
) -> None:
    """The client fails, and asks nobody else; when the bucket answers again, ours is installed."""
    project = f"doubtful-{client}-{fault}"
    world.publish(project)
    world.public.publish(project, STRANGERS)
    with world.endpoint.failing(fault, *page_of(project)):
        assert world.is_nowhere(client, project, tmp_path / "out")
        answer = world.road.get(f"/simple/{project}/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "cannot read its bucket" in answer.text
    done = world.install(client, project, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", project) == f"VERSION = '{OURS}'\n"


@faults
@pytest.mark.parametrize("form", ["html", "json"])
def test_each_of_the_two_pages_must_be_known_to_be_missing(world: World, form: str, fault: Fault) -> None:
    """A name is taken to be nobody's here only if S3 says so of both."""
    project = f"half-known-{form}-{fault}"
    with world.endpoint.failing(fault, f"simple/{project}/index.{form}"):
        answer = world.road.get(f"/simple/{project}/")
    # A HEAD cannot tell a missing bucket from a missing page; the GET that follows can.
    assert answer.status_code == (302 if (form, fault) == ("html", NO_BUCKET) else 503)
    assert world.road.get(f"/simple/{project}/").status_code == 302


@clients
def test_while_nothing_of_the_bucket_can_be_read_nothing_comes_from_upstream(
    world: World, tmp_path: Path, client: str
) -> None:
    """The last good policy and users serve on; what is here is asked for each time."""
    project = f"outage-{client}"
    world.publish(project)
    world.public.publish(project, STRANGERS)
    assert world.road.get("/simple/").status_code == 200
    with world.endpoint.failing(503, "auth/htpasswd", "auth/policy.toml", *page_of(project)):
        assert world.is_nowhere(client, project, tmp_path / "out")
        assert world.road.get(f"/simple/{project}/").status_code == 503
        assert world.road.get("/simple/").status_code == 200
