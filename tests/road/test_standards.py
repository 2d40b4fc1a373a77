"""What an operator says with `aws s3 cp`, and what pip and uv make of it."""

import json
from pathlib import Path

import pytest

from tests.distributions import make_wheel, wheel_name
from tests.road.road import Road


def publish(road: Road, folder: Path, project: str, *versions: str) -> None:
    folder.mkdir()
    for version in versions:
        (folder / wheel_name(project, version)).write_bytes(make_wheel(project, version))
    road.copy_in(folder, "incoming/", "--recursive")
    road.wait_for(lambda: len(road.files(project)) == len(versions))


def say(road: Road, tmp_path: Path, key: str, text: str) -> None:
    (tmp_path / "said").write_text(text)
    road.copy_in(tmp_path / "said", f"simple/{key}")


def page(road: Road, project: str) -> str:
    return road.get(f"/simple/{project}/").text


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_a_yanked_file_is_installed_only_by_who_asks_for_it(road: Road, tmp_path: Path, client: str) -> None:
    """PEP 592: the newest that is not yanked; by its exact version all the same; and back again."""
    project = f"yank-{client}"
    publish(road, tmp_path / "dist", project, "1.0", "1.1")
    marker = f"{project}/{wheel_name(project, '1.1')}.yanked"
    say(road, tmp_path, marker, "breaks logins\n")
    road.wait_for(lambda: 'data-yanked="breaks logins"' in page(road, project))
    install = getattr(road, client)
    module = f"{project.replace('-', '_')}.py"
    assert install(project, target=tmp_path / "newest").returncode == 0
    assert "1.0" in (tmp_path / "newest" / module).read_text()
    assert install(f"{project}==1.1", target=tmp_path / "exact").returncode == 0
    assert "1.1" in (tmp_path / "exact" / module).read_text()
    road.aws("s3", "rm", f"s3://{road.bucket}/simple/{marker}")
    road.wait_for(lambda: "data-yanked" not in page(road, project))
    assert install(project, target=tmp_path / "again").returncode == 0
    assert "1.1" in (tmp_path / "again" / module).read_text()


def test_a_quarantined_project_installs_nothing_and_takes_nothing(road: Road, tmp_path: Path) -> None:
    """PEP 792, until the object is deleted."""
    publish(road, tmp_path / "dist", "quarantine", "1.0")
    say(road, tmp_path, "quarantine/.status", "quarantined\nunder inspection\n")
    road.wait_for(lambda: road.files("quarantine") == [])
    assert road.pip("quarantine", target=tmp_path / "out").returncode != 0
    wheel = tmp_path / wheel_name("quarantine", "2.0")
    wheel.write_bytes(make_wheel("quarantine", "2.0"))
    road.copy_in(wheel)
    reason = f"rejected/incoming/{wheel.name}.reason.json"
    road.wait_for(lambda: reason in road.keys("rejected/"))
    said = json.loads(road.aws("s3", "cp", f"s3://{road.bucket}/{reason}", "-").stdout)
    assert "is quarantined and takes no more files" in said["reason"]
    road.aws("s3", "rm", f"s3://{road.bucket}/simple/quarantine/.status")
    road.wait_for(lambda: road.files("quarantine") != [])
    assert road.pip("quarantine", target=tmp_path / "out").returncode == 0


def test_attestations_are_linked_and_served(road: Road, tmp_path: Path) -> None:
    """PEP 740: by a whole URL, which answers."""
    publish(road, tmp_path / "dist", "attested", "1.0")
    name = f"{wheel_name('attested', '1.0')}.provenance"
    say(road, tmp_path, f"attested/{name}", '{"version": 1}')
    url = f"{road.origin}/simple/attested/{name}"
    road.wait_for(lambda: url in page(road, "attested"))
    assert road.get(f"/simple/attested/{name}").json() == {"version": 1}


def test_a_walk_that_is_asked_for_heals_the_bucket(road: Road, tmp_path: Path) -> None:
    """By a message in the indexer's own queue; also a page that was written over by hand."""
    publish(road, tmp_path / "dist", "walked", "1.0")
    say(road, tmp_path, "walked/index.html", "<p>mine</p>")
    assert "mine" in page(road, "walked")
    queue = json.loads(road.aws("sqs", "list-queues", "--output", "json").stdout)["QueueUrls"]
    (url,) = [one for one in queue if one.endswith("-indexer")]
    road.aws("sqs", "send-message", "--queue-url", url, "--message-body", '{"reconcile": {}}')
    road.wait_for(lambda: "mine" not in page(road, "walked"))
    log = road.home / "log"  # the line is written at the end of the walk
    road.wait_for(lambda: '"healed":["walked"]' in log.read_text())


def test_a_removed_name_takes_no_other_bytes(road: Road, tmp_path: Path) -> None:
    """What a lock file names is that or nothing."""
    publish(road, tmp_path / "dist", "once", "1.0")
    name = wheel_name("once", "1.0")
    road.aws("s3", "rm", f"s3://{road.bucket}/simple/once/{name}")
    road.wait_for(lambda: road.files("once") == [])
    (tmp_path / name).write_bytes(make_wheel("once", "1.0", Summary="other bytes"))
    road.copy_in(tmp_path / name)
    road.wait_for(lambda: f"rejected/incoming/{name}" in road.keys("rejected/"))
    assert road.files("once") == []
