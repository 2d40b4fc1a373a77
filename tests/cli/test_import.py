"""``serverless-pypi import`` from each kind of source, as a process where that matters, and else in this."""

import hashlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.in_process import CommandHere
from tests.cli.old_index import HTML, Answer, OldIndex, entry, project_page, serve_old_index
from tests.cli.running import COMMAND, Command, stack_environment
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Road, clean_environment, run_road

PAGE = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def here(road: Road, tmp_path: Path) -> CommandHere:
    return CommandHere(road=road, home=tmp_path)


@pytest.fixture
def old() -> Iterator[OldIndex]:
    with serve_old_index() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "old files"
    path.mkdir()
    return path


def add_wheel(folder: Path, project: str, version: str, **fields: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wheel_name(project, version)
    path.write_bytes(make_wheel(project, version, **fields))
    return path


def page_of(road: Road, project: str) -> dict[str, Any]:
    page: dict[str, Any] = road.get(f"/simple/{project}/", accept=PAGE).json()
    return page


def files_of(road: Road, project: str) -> dict[str, dict[str, Any]]:
    return {file["filename"]: file for file in page_of(road, project)["files"]}


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {result: number for result, number in report["counts"].items() if number}


def outcome(report: dict[str, Any], filename: str) -> dict[str, Any]:
    (found,) = (file for file in report["files"] if file.get("filename") == filename)
    return dict(found)


# From a folder


def test_a_folder_at_any_depth_is_taken_with_its_times(here: CommandHere, folder: Path) -> None:
    """Bytes, hash and the time of the file, which is when it was uploaded; normalized names or not."""
    wheel = add_wheel(folder / "a" / "b", "im-deep", "1.0")
    sdist = folder / "Im.Deep-0.9.tar.gz"  # as build tools named it years ago
    sdist.write_bytes(make_sdist("im-deep", "0.9"))
    os.utime(wheel, (1_500_000_000, 1_500_000_000))

    report = here.read_json("import", folder)

    assert counts(report) == {"taken": 2}
    files = files_of(here.road, "im-deep")
    assert set(files) == {wheel.name, sdist.name}
    assert files[wheel.name]["hashes"]["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert files[wheel.name]["upload-time"] == "2017-07-14T02:40:00.000000Z"


def test_what_is_imported_is_stored_as_the_indexer_stores_it(here: CommandHere, folder: Path) -> None:
    """The same headers, whether a file came through incoming/ or not; and S3 knows its whole SHA-256."""
    imported, published = add_wheel(folder, "im-same", "1.0"), wheel_name("im-same", "2.0")
    here.ok("import", folder, "--quiet")
    here.road.put(f"incoming/{published}", make_wheel("im-same", "2.0"))
    here.road.wait_for(lambda: published in here.road.files("im-same"))

    with here.road._s3() as s3:
        heads = [
            s3.head_object(Bucket=here.road.bucket, Key=f"simple/im-same/{name}", ChecksumMode="ENABLED")
            for name in (imported.name, published)
        ]

    assert heads[0]["ContentType"] == heads[1]["ContentType"]
    assert heads[0]["CacheControl"] == heads[1]["CacheControl"]
    assert "upload-time" in heads[0]["Metadata"]
    assert heads[0]["Metadata"].keys() < heads[1]["Metadata"].keys()
    assert "-" not in heads[0]["ChecksumSHA256"]


def cut(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


def test_two_hundred_files_of_which_some_are_no_good(command: Command, folder: Path) -> None:
    """What the indexer would refuse is not sent and has its reason; what is no distribution has its kind."""
    for number in range(40):
        add_wheel(folder / f"{number % 7}", f"im-many-{number % 5}", f"1.{number}")
    for number in range(30):
        version = f"9.{number}"
        name, wheel = wheel_name("im-many-0", version), make_wheel("im-many-0", version)
        (folder / f"im_many_1-{version}.tar.gz").write_bytes(b"no archive")
        (folder / f"im_many_2-{version}.zip").write_bytes(b"")
        (folder / f"im_many_3-{version}.tar.gz").write_bytes(cut(make_sdist("im-many-3", version)))
        (folder / name).write_bytes(cut(wheel))
        (folder / name.replace("many_0", "many_4")).write_bytes(wheel)
    strange = ("a-1.egg", "a-1.exe", "a-1.rpm", "a-1.tar.gz.asc", "a-1.tar.bz2", "notes.txt", "a-dev-r12.zip")
    for name in strange:
        (folder / name).write_bytes(b"something")

    done = command("import", folder, "--json")

    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert counts(report) == {"taken": 40, "skipped": 6, "refused": 151}
    assert sum(len(command.road.files(f"im-many-{number}")) for number in range(5)) == 40
    assert "no sound gzip" in outcome(report, "im_many_1-9.7.tar.gz")["reason"]
    assert "is empty" in outcome(report, "im_many_2-9.7.zip")["reason"]
    assert "cannot be read" in outcome(report, "im_many_3-9.7.tar.gz")["reason"]
    assert "cannot be read" in outcome(report, wheel_name("im-many-0", "9.7"))["reason"]
    assert "im_many_0-9.7.dist-info" in outcome(report, wheel_name("im-many-4", "9.7"))["reason"]
    assert "not the name of a wheel or an sdist" in outcome(report, "a-dev-r12.zip")["reason"]
    assert outcome(report, "a-1.egg")["reason"] == "an egg"
    assert outcome(report, "a-1.tar.gz.asc")["reason"] == "a signature"
    assert not command.road.keys("rejected/simple/im-many")
    assert done.stderr.splitlines()[-1].startswith("ERROR: 151 of what was to be taken were not")


def test_what_a_person_is_told(here: CommandHere, folder: Path) -> None:
    """What was not taken, each with its reason, and how many of each in the last line."""
    path = add_wheel(folder, "im-told", "1.0")
    (folder / "im_told-2.0.tar.gz").write_bytes(b"no archive")
    (folder / "im_told-1.0.egg").write_bytes(b"")

    lines = here("import", folder).stdout.splitlines()

    assert lines[0] == "skipped: an egg (1 file)"
    assert lines[1].startswith("refused: 'im_told-2.0.tar.gz' cannot be read: ")
    assert lines[2] == f"1 taken ({path.stat().st_size} B), 1 skipped, 1 refused."


def test_the_same_again_takes_nothing(here: CommandHere, folder: Path) -> None:
    add_wheel(folder, "im-again", "1.0")
    here.ok("import", folder)
    before = here.road.get("/simple/im-again/", accept=PAGE).content

    report = here.read_json("import", folder)

    assert counts(report) == {"there": 1}
    assert here.road.get("/simple/im-again/", accept=PAGE).content == before


def test_other_bytes_under_a_published_name_are_a_conflict(here: CommandHere, folder: Path) -> None:
    """What is published never changes; the rest is taken all the same."""
    path = add_wheel(folder, "im-conflict", "1.0")
    here.ok("import", folder)
    first = path.read_bytes()
    path.write_bytes(make_wheel("im-conflict", "1.0", Summary="another"))
    add_wheel(folder, "im-conflict", "1.1")

    done = here("import", folder, "--json")

    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert counts(report) == {"taken": 1, "conflict": 1}
    assert f"is in the index with {len(first)} bytes" in outcome(report, path.name)["reason"]
    assert here.road.read(f"simple/im-conflict/{path.name}") == first


def test_a_file_that_a_folder_has_twice(here: CommandHere, folder: Path) -> None:
    """Once more the same is nothing; once more with other bytes is a conflict."""
    add_wheel(folder / "1", "im-twice", "1.0")
    add_wheel(folder / "2", "im-twice", "1.0")
    add_wheel(folder / "3", "im-twice", "1.0", Summary="another")

    done = here("import", folder, "--json")

    assert counts(json.loads(done.stdout)) == {"taken": 1, "there": 1, "conflict": 1}


def test_a_dry_run_takes_nothing(here: CommandHere, folder: Path) -> None:
    """A folder is looked into all the same: nothing is fetched for that."""
    path = add_wheel(folder, "im-dry", "1.0")
    (folder / "im_dry-2.0.tar.gz").write_bytes(b"no archive")

    done = here("import", folder, "--dry-run")

    assert done.returncode == 3
    assert done.stdout.splitlines()[-1] == f"1 would be taken ({path.stat().st_size} B), 1 refused."
    assert not here.road.keys("simple/im-dry/")


def test_projects_are_chosen_and_left_out(here: CommandHere, folder: Path) -> None:
    """By name in any spelling, by pattern; --exclude has the last word, on files as well."""
    for project in ("im-pick-one", "im-pick-two", "im-drop"):
        add_wheel(folder, project, "1.0")
    add_wheel(folder, "im-pick-one", "2.0")
    options = ("--project", "im_pick*", "--project", "Im.Drop", "--exclude", "im-pick-two")

    report = here.read_json("import", folder, *options, "--exclude", "*-2.0-*", "--dry-run")

    assert counts(report) == {"taken": 2, "skipped": 1}
    assert {file["project"] for file in report["files"]} == {"im-pick-one", "im-drop"}
    assert outcome(report, wheel_name("im-pick-one", "2.0"))["reason"] == "left out by --exclude"


def test_a_removed_file_is_not_brought_back(here: CommandHere, folder: Path) -> None:
    """Whoever removed it from the index has not removed it from the source."""
    path = add_wheel(folder, "im-removed", "1.0")
    add_wheel(folder, "im-removed", "1.1")
    here.ok("import", folder)
    here.road.remove(f"simple/im-removed/{path.name}")
    here.road.wait_for(lambda: path.name not in here.road.files("im-removed"))

    report = here.read_json("import", folder)

    assert counts(report) == {"there": 1, "skipped": 1}
    assert outcome(report, path.name)["reason"] == "removed from the index before"


def test_a_closed_project_takes_no_files(here: CommandHere, folder: Path) -> None:
    add_wheel(folder, "im-closed", "1.0")
    here.ok("import", folder)
    here.road.put("simple/im-closed/.status", b"archived\n")
    here.road.wait_for(lambda: "project-status" in page_of(here.road, "im-closed"))
    add_wheel(folder, "im-closed", "1.1")

    done = here("import", folder, "--json")

    assert counts(json.loads(done.stdout)) == {"there": 1, "refused": 1}
    assert "is archived and takes no more files" in done.stdout


def test_the_report_is_written_to_a_file_too(here: CommandHere, folder: Path) -> None:
    path = add_wheel(folder, "im-report", "1.0")
    file = here.home / "report.json"

    here.ok("import", folder, "--report", file)

    assert outcome(json.loads(file.read_text()), path.name)["result"] == "taken"


def test_odd_things_in_a_folder(command: Command, folder: Path) -> None:
    """Hidden files are nobody's; a link to nowhere, a pipe and a name in another encoding stop nothing."""
    add_wheel(folder, "im-odd", "1.0")
    add_wheel(folder / ".hidden", "im-hidden", "1.0")
    (folder / "im_odd-2.0.tar.gz").symlink_to(folder / "nowhere")
    (folder / "im_odd-3.0.zip").symlink_to(folder.parent)
    os.mkfifo(folder / "im_odd-4.0.tar.gz")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9\x1b[2J.txt")).write_bytes(b"")

    report = command.read_json("import", folder)

    assert counts(report) == {"taken": 1, "skipped": 4}
    reasons = {file["filename"]: file["reason"] for file in report["files"] if "reason" in file}
    assert reasons == {
        "im_odd-2.0.tar.gz": "a link to nowhere",
        "im_odd-3.0.zip": "a link to a folder",
        "im_odd-4.0.tar.gz": "no regular file",
        "caf\\udce9\\x1b[2J.txt": "no distribution",
    }


def test_by_hand_it_is_the_same(here: CommandHere, folder: Path) -> None:
    """The lines of docs/command.md, with the real AWS CLI."""
    path, prefix = add_wheel(folder, "im-hand", "1.0"), "simple/im-hand/"
    (folder / "reason").write_text("breaks logins")
    time = "upload-time=2020-01-31T12:00:00+00:00"
    headers = ("--content-type", "application/octet-stream", "--cache-control", "max-age=31536000, immutable")
    here.road.copy_in(folder / "reason", f"{prefix}{path.name}.yanked")
    here.road.copy_in(
        path, f"{prefix}{path.name}", "--metadata", time, *headers, "--checksum-algorithm", "SHA256"
    )
    here.road.wait_for(lambda: here.road.files("im-hand") == [path.name])

    (file,) = files_of(here.road, "im-hand").values()
    assert (file["upload-time"], file["yanked"]) == ("2020-01-31T12:00:00.000000Z", "breaks logins")
    (folder / "reason").unlink()
    assert counts(here.read_json("import", folder)) == {"there": 1}


# From S3


@pytest.fixture
def old_bucket(road: Road, request: pytest.FixtureRequest) -> str:
    name = f"old-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    with road._s3() as s3:
        s3.create_bucket(Bucket=name)
    return name


def put_into(road: Road, bucket: str, key: str, body: bytes) -> None:
    with road._s3() as s3:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def s3pypi_page(files: dict[str, str | None], **attributes: str) -> bytes:
    """A page as s3pypi 2.0.1 writes it: its own template and its own loop."""
    links = "<br>\n".join(
        f'    <a href="{quote(name)}'
        + (f"#sha256={sha256}" if sha256 else "")
        + f'"{attributes.get(name, "")}>{name.rstrip("/")}</a>'
        for name, sha256 in sorted(files.items())
    )
    return (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset="UTF-8">\n    <title>Package Index</title>\n'
        f"  </head>\n  <body>\n{links}\n  </body>\n</html>"
    ).encode()


@pytest.mark.parametrize("page", ["", "index.html"], ids=["named by its folder", "index.html"])
def test_an_s3pypi_bucket(command: Command, old_bucket: str, page: str) -> None:
    """Each file with S3's time of it, held against the hash on its page; a yank that is written there too."""
    road, project = command.road, f"im-s3pypi-{len(page)}"
    good, yanked, wrong = (wheel_name(project, version) for version in ("1.0+cu1", "1.1", "1.2"))
    bodies = {name: make_wheel(project, name.split("-")[1]) for name in (good, yanked, wrong)}
    hashes: dict[str, str | None] = {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}
    hashes[wrong] = "0" * 64
    hashes[wheel_name(project, "0.1")] = "1" * 64  # on the page, and deleted by hand
    reason = escape("breaks <logins>", quote=True)
    for name, body in bodies.items():
        put_into(road, old_bucket, f"pre/{project}/{name}", body)
    body = s3pypi_page(hashes, **{yanked: f' data-yanked="{reason}"'})
    put_into(road, old_bucket, f"pre/{project}/{page}", body)
    put_into(road, old_bucket, "pre/index.html", s3pypi_page({f"{project}/": None}))
    put_into(road, old_bucket, f"elsewhere/{wheel_name('im-elsewhere', '1.0')}", b"not under the prefix")

    done = command("import", f"s3://{old_bucket}/pre", "--json")

    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert counts(report) == {"taken": 2, "refused": 1, "failed": 1}
    assert f"its source says {'0' * 64}" in outcome(report, wrong)["reason"]
    assert "is on its page, and not there" in outcome(report, wheel_name(project, "0.1"))["reason"]
    files = files_of(road, project)
    assert set(files) == {good, yanked}
    assert files[yanked]["yanked"] == "breaks <logins>"
    age = datetime.now(UTC) - datetime.fromisoformat(files[good]["upload-time"])
    assert abs(age.total_seconds()) < 60


def test_a_pypiprivate_bucket_has_no_hashes(here: CommandHere, old_bucket: str) -> None:
    """What is there under that name, of that size, is taken to be it; --deep reads it again."""
    name = wheel_name("im-private", "1.0")
    put_into(here.road, old_bucket, f"im-private/{name}", make_wheel("im-private", "1.0"))
    page = f'<!DOCTYPE html><h1>Links for im-private</h1>\n<a href="{name}">{name}</a><br>'
    put_into(here.road, old_bucket, "im-private/index.html", page.encode())
    assert counts(here.read_json("import", f"s3://{old_bucket}")) == {"taken": 1}

    report = here.read_json("import", f"s3://{old_bucket}")
    deep = here.read_json("import", f"s3://{old_bucket}/", "--deep")

    assert outcome(report, name)["reason"] == "by name and size"
    assert "reason" not in outcome(deep, name)
    assert counts(deep) == {"there": 1}


def test_a_bucket_elsewhere_is_read_as_somebody_else(
    here: CommandHere, old_bucket: str, tmp_path: Path
) -> None:
    """The source may have a profile and an endpoint of its own."""
    name = wheel_name("im-profile", "1.0")
    put_into(here.road, old_bucket, name, make_wheel("im-profile", "1.0"))
    config = tmp_path / "aws-config"
    config.write_text("[profile old]\naws_access_key_id = someone\naws_secret_access_key = else\n")
    options = ("--source-profile", "old", "--source-endpoint-url", here.road.s3_endpoint)

    report = json.loads(
        here.ok("import", f"s3://{old_bucket}", *options, "--json", AWS_CONFIG_FILE=str(config))
    )

    assert counts(report) == {"taken": 1}


# From another index


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A second local stack: another index of this product."""
    with run_road(tmp_path_factory.mktemp("old-road")) as running:
        yield running


def test_another_serverless_pypi(command: Command, other: Road) -> None:
    """Real authentication and JSON; yank with its reason, status and upload time come along."""
    good, yanked = wheel_name("im-road", "1.0"), wheel_name("im-road", "1.1")
    other.put(f"simple/im-road/{yanked}.yanked", b"breaks logins")
    for version in ("1.0", "1.1"):
        other.put(f"incoming/{wheel_name('im-road', version)}", make_wheel("im-road", version))
    other.wait_for(lambda: set(other.files("im-road")) == {good, yanked})
    other.put("simple/im-road/.status", b"archived\nuse bolt instead\n")
    other.wait_for(lambda: "project-status" in page_of(other, "im-road"))

    report = command.read_json("import", other.index_url, "--project", "im-road")

    assert counts(report) == {"taken": 2}
    assert report["statuses"] == {"im-road": "archived"}
    assert other.password not in json.dumps(report)
    here, there = page_of(command.road, "im-road"), page_of(other, "im-road")
    kept = ("filename", "hashes", "size", "upload-time", "yanked", "core-metadata", "requires-python")
    for mine, theirs in zip(here["files"], there["files"], strict=True):
        assert {name: mine.get(name) for name in kept} == {name: theirs.get(name) for name in kept}
    assert here["project-status"] == there["project-status"]
    assert counts(command.read_json("import", other.index_url, "--project", "im-road")) == {"there": 2}


def test_a_quarantined_project_comes_as_one(here: CommandHere, old: OldIndex) -> None:
    """It offers no files; the name is claimed, so that nobody else's project is had under it."""
    old.publish("im-quarantined", {}, **{"project-status": {"status": "quarantined", "reason": "stolen key"}})

    report = here.read_json("import", old.url)

    assert report["statuses"] == {"im-quarantined": "quarantined"}
    here.road.wait_for(lambda: here.road.get("/simple/im-quarantined/", accept=PAGE).status_code == 200)
    status = {"status": "quarantined", "reason": "stolen key"}
    assert page_of(here.road, "im-quarantined")["project-status"] == status


def test_a_later_yank_comes_along(here: CommandHere, old: OldIndex) -> None:
    """While people still use the old index; a yank here is never undone by it."""
    name, body = wheel_name("im-yank", "1.0"), make_wheel("im-yank", "1.0")
    old.publish("im-yank", {name: body})
    here.ok("import", old.url)
    old.put("/simple/im-yank/", project_page("im-yank", [entry(name, body, yanked="too slow")]))

    report = here.read_json("import", old.url)

    assert counts(report) == {"there": 1}
    assert outcome(report, name)["yanked"]
    assert files_of(here.road, "im-yank")[name]["yanked"] == "too slow"
    old.publish("im-yank", {name: body})
    here.ok("import", old.url)
    assert files_of(here.road, "im-yank")[name]["yanked"] == "too slow"


def html_page(*links: str) -> Answer:
    body = "<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>"
    return Answer(body=body.encode(), content_type=HTML)


def test_html_with_weak_hashes_and_with_none(here: CommandHere, old: OldIndex) -> None:
    """Whatever hash there is has to be right; where there is none, name and size tell what is there."""
    weak, bare = wheel_name("im-html", "1.0"), sdist_name("im-html", "1.0")
    wheel, sdist = make_wheel("im-html", "1.0"), make_sdist("im-html", "1.0")
    md5 = hashlib.md5(wheel, usedforsecurity=False).hexdigest()
    page = html_page(
        f'<a href="../../packages/{weak}#md5={md5}">{weak}</a>', f'<a href="/packages/{bare}">{bare}</a>'
    )
    old.put("/simple/", html_page('<a href="Im_Html/">Im_Html</a>'))
    old.put("/simple/im-html/", page)
    time = {"Last-Modified": "Fri, 14 Jul 2017 02:40:00 GMT"}
    old.put(f"/packages/{weak}", Answer(body=wheel, headers=time))
    old.put(f"/packages/{bare}", Answer(body=sdist))

    assert counts(here.read_json("import", old.url)) == {"taken": 2}
    assert files_of(here.road, "im-html")[weak]["upload-time"] == "2017-07-14T02:40:00.000000Z"

    report = here.read_json("import", old.url)
    assert {file["reason"] for file in report["files"]} == {"by name and size"}
    assert len(old.paths("/packages/")) == 2  # nothing was fetched again


def test_a_credential_from_each_place(here: CommandHere, old: OldIndex) -> None:
    """Within the URL, by --username and standard input, or from the netrc file."""
    old.publish("im-credential", {wheel_name("im-credential", "1.0"): make_wheel("im-credential", "1.0")})
    old.authorization = "Basic YWxpY2U6cGEgOnNz"  # alice, "pa :ss"
    netrc = here.home / "netrc"
    netrc.write_text('machine 127.0.0.1 login alice password "pa :ss"\n')

    here.ok("import", old.url_for("alice:pa%20%3Ass"))
    here.ok("import", old.url, "--username", "alice", "--password-stdin", typed="pa :ss\n")
    here.ok("import", old.url, NETRC=str(netrc))

    assert files_of(here.road, "im-credential")


def test_an_index_without_a_list(here: CommandHere, old: OldIndex) -> None:
    """CodeArtifact has none: its projects are named, and nobody asks for it."""
    old.publish("im-nolist", {wheel_name("im-nolist", "1.0"): make_wheel("im-nolist", "1.0")})
    del old.answers["/simple/"]

    assert counts(here.read_json("import", old.url, "--project", "Im.NoList")) == {"taken": 1}
    assert "name its projects by --project" in here.fails("import", old.url)


def test_transient_failures_are_tried_again(here: CommandHere, old: OldIndex) -> None:
    """A busy server, and a connection that breaks in the middle of a file."""
    name, body = wheel_name("im-flaky", "1.0"), make_wheel("im-flaky", "1.0")
    old.publish("im-flaky", {name: body})
    old.answers["/simple/im-flaky/"].insert(0, Answer(status=503, headers={"Retry-After": "0"}))
    old.answers["/simple/im-flaky/"].insert(0, Answer(status=429))
    old.answers[f"/files/{name}"].insert(0, Answer(body=body[:100], length=len(body)))

    assert counts(here.read_json("import", old.url)) == {"taken": 1}


def test_a_project_that_cannot_be_read_stops_no_other(here: CommandHere, old: OldIndex) -> None:
    for project in ("im-sound", "im-broken"):
        old.publish(project, {wheel_name(project, "1.0"): make_wheel(project, "1.0")})
    old.put("/simple/im-broken/", Answer(status=500))
    old.list_projects("im-gone", "../evil")

    done = here("import", old.url, "--json")

    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert counts(report) == {"taken": 1, "failed": 3}
    reasons = {file["project"]: file["reason"] for file in report["files"] if file["result"] == "failed"}
    assert "after 4 tries (status 500)" in reasons["im-broken"]
    assert "has no project 'im-gone'" in reasons["im-gone"]
    assert "no project can be called that" in reasons["../evil"]


# Interrupted, and in vain


def start(command: Command, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, *arguments],
        cwd=command.home,
        env=clean_environment(command.home, **stack_environment(command.road)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_interrupted_and_run_again(command: Command, old: OldIndex) -> None:
    """What was taken stays; of what was under way nothing is left; the next run does only the rest."""
    names = [wheel_name("im-interrupt", f"1.{number}") for number in range(4)]
    bodies = {name: make_wheel("im-interrupt", f"1.{number}") for number, name in enumerate(names)}
    files = [entry(name, body, yanked="all of them") for name, body in bodies.items()]
    old.publish("im-interrupt", bodies)
    old.put("/simple/im-interrupt/", project_page("im-interrupt", files))
    stall = threading.Event()
    old.put(f"/files/{names[-1]}", Answer(body=bodies[names[-1]], stall=stall))
    report = command.home / "report.json"

    process = start(command, "import", old.url, "--jobs", "1", "--report", str(report))
    old.wait_for(f"/files/{names[-1]}")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("ERROR: Interrupted: what was done stays done")
    assert "Traceback" not in said
    assert counts(json.loads(report.read_text())) == {"taken": 3}
    command.road.wait_for(lambda: len(command.road.files("im-interrupt")) == 3)
    assert f"simple/im-interrupt/{names[-1]}.yanked" not in command.road.keys("simple/im-interrupt/")
    stall.set()
    old.asked.clear()

    assert counts(command.read_json("import", old.url)) == {"taken": 1, "there": 3}
    assert old.paths("/files/") == [f"/files/{names[-1]}"]
    assert all(file["yanked"] for file in files_of(command.road, "im-interrupt").values())


def test_two_at_once_take_everything_once(command: Command, folder: Path) -> None:
    """Each file is taken by one of them, or found there; none is a conflict with itself."""
    for number in range(20):
        add_wheel(folder, "im-race", f"1.{number}")

    processes = [start(command, "import", str(folder), "--json") for _ in range(2)]
    reports = [json.loads(process.communicate(timeout=60)[0]) for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert sum(report["counts"]["taken"] for report in reports) == 20
    assert len(command.road.files("im-race")) == 20


def test_nobody_has_to_wait(here: CommandHere, folder: Path) -> None:
    """What the pages do not list yet is waited for by the next run, which takes nothing again."""
    add_wheel(folder, "im-hurry", "1.0")

    assert counts(here.read_json("import", folder, "--no-wait")) == {"taken": 1}
    assert counts(here.read_json("import", folder)) == {"there": 1}
    assert len(here.road.files("im-hurry")) == 1
