"""`aws s3 cp` in, `pip install` out: real clients, real HTTP, the very handlers that AWS runs."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from tests.distributions import make_sdist, make_wheel, make_zip, sdist_name, wheel_name
from tests.road.road import Road

PIP_ACCEPTS = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
)


def write_distributions(folder: Path, project: str, *versions: str) -> Path:
    """A wheel of each version, and an sdist of the last, in *folder*."""
    folder.mkdir(exist_ok=True)
    for version in versions:
        (folder / wheel_name(project, version)).write_bytes(make_wheel(project, version))
    (folder / sdist_name(project, versions[-1])).write_bytes(make_sdist(project, versions[-1]))
    return folder


def publish(road: Road, folder: Path, project: str, *versions: str) -> None:
    """Copy distributions in as CI does, and wait until they are listed."""
    road.copy_in(write_distributions(folder, project, *versions), "incoming/", "--recursive")
    wanted = {path.name for path in folder.iterdir()}
    road.wait_for(lambda: wanted <= set(road.files(project)))


def installed(target: Path, module: str) -> str:
    return (target / f"{module}.py").read_text()


@pytest.mark.parametrize("client", ["pip", "uv", "old_pip"])
def test_a_wheel_that_was_copied_in_is_installed(road: Road, tmp_path: Path, client: str) -> None:
    """From JSON by pip and uv, from HTML by an old pip."""
    if client == "old_pip" and sys.version_info >= (3, 12):
        pytest.skip("no pip that reads only HTML runs on this Python; 3.11 tests it")
    project = f"wheel-{client.replace('_', '-')}"
    publish(road, tmp_path / "dist", project, "1.0", "1.1")
    done = getattr(road, client)(project, target=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", project.replace("-", "_")) == "VERSION = '1.1'\n"


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_an_sdist_that_was_copied_in_is_built_and_installed(road: Road, tmp_path: Path, client: str) -> None:
    """Without its wheel."""
    project = f"sdist-{client}"
    publish(road, tmp_path / "dist", project, "1.0")
    no_binary = ["--no-binary", project]
    done = getattr(road, client)(*no_binary, project, target=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", project.replace("-", "_")) == "VERSION = '1.0'\n"


def test_pip_resolves_from_the_metadata_alone(road: Road, tmp_path: Path) -> None:
    """The `.metadata` beside the wheel is METADATA byte for byte, and pip checks its hash."""
    publish(road, tmp_path / "dist", "metadata", "1.0")
    done = road.pip("--dry-run", "metadata", target=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    served = road.get(f"/simple/metadata/{wheel_name('metadata', '1.0')}.metadata")
    page = road.get("/simple/metadata/", accept=PIP_ACCEPTS).json()
    (wheel,) = [file for file in page["files"] if file["filename"].endswith(".whl")]
    assert wheel["core-metadata"] == {"sha256": hashlib.sha256(served.content).hexdigest()}


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_a_local_version_survives_its_plus_sign(road: Road, tmp_path: Path, client: str) -> None:
    """S3 reads a + in a path as a space, so it goes as %2B all the way."""
    project = f"plus-{client}"
    publish(road, tmp_path / "dist", project, "1.0+cu118")
    done = getattr(road, client)(f"{project}==1.0+cu118", target=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    raw = road.get(f"/simple/{project}/{wheel_name(project, '1.0+cu118')}")
    assert raw.status_code == 200


@pytest.mark.parametrize("credential", [None, "demo:wrong", "nobody:wrong"])
def test_without_the_right_password_pip_says_401(road: Road, tmp_path: Path, credential: str | None) -> None:
    """A challenge for whoever comes, and nothing installed."""
    publish(road, tmp_path / "dist", "secret", "1.0")
    done = road.pip("-vv", "secret", target=tmp_path / "out", index_url=road.url_for(credential))
    assert done.returncode != 0
    assert "401" in done.stdout + done.stderr
    answer = road.get_as(None if credential is None else ("demo", "wrong"), "/simple/secret/")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="serverless-pypi", charset="UTF-8"'
    assert "username" in answer.text


def test_what_is_not_there_is_404(road: Road, tmp_path: Path) -> None:
    """An unknown project, an unknown file, and every path that is none of ours."""
    for path in ("/simple/never-published/", "/simple/x/x-1.0.tar.gz", "/auth/htpasswd", "/incoming/"):
        assert road.get(path).status_code == 404
    done = road.pip("never-published", target=tmp_path / "out")
    assert "No matching distribution found" in done.stderr


def test_a_project_is_found_by_any_spelling(road: Road, tmp_path: Path) -> None:
    """PEP 503: un-normalized names and missing slashes are redirected."""
    publish(road, tmp_path / "dist", "spelled-out", "1.0")
    for path in ("/simple/Spelled_Out", "/simple/spelled.out/", "/simple/spelled-out"):
        answer = road.get(path)
        assert (answer.status_code, answer.headers["location"]) == (301, "/simple/spelled-out/")
    assert road.pip("Spelled.OUT", target=tmp_path / "out").returncode == 0


def test_a_page_is_asked_for_again_and_a_file_is_kept(road: Road, tmp_path: Path) -> None:
    """304 for the page that has not changed; a just published version is seen at once."""
    publish(road, tmp_path / "dist", "cached", "1.0")
    first = road.get("/simple/cached/", accept=PIP_ACCEPTS)
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"] == "application/vnd.pypi.simple.v1+json"
    headers = {"accept": PIP_ACCEPTS, "if-none-match": first.headers["etag"]}
    assert road.get("/simple/cached/", **headers).status_code == 304
    publish(road, tmp_path / "dist", "cached", "1.0", "2.0")
    assert road.get("/simple/cached/", **headers).status_code == 200
    file = road.head(f"/simple/cached/{wheel_name('cached', '2.0')}")
    assert file.headers["cache-control"] == "max-age=31536000, immutable"


def test_a_large_wheel_comes_in_by_parts_and_out_whole(road: Road, tmp_path: Path) -> None:
    """The AWS CLI uploads 8 MB parts; the hash in the index is the whole file's. Ranges are served."""
    path = tmp_path / wheel_name("big", "1.0")
    path.write_bytes(
        make_wheel("big", "1.0", extra={"big.bin": hashlib.shake_128(b"big").digest(20_000_000)})
    )
    road.copy_in(path)
    road.wait_for(lambda: bool(road.files("big")))
    page = road.get("/simple/big/", accept=PIP_ACCEPTS).json()
    assert page["files"][0]["hashes"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert page["files"][0]["size"] == path.stat().st_size
    part = road.get(f"/simple/big/{path.name}", range="bytes=-100")
    assert (part.status_code, part.content) == (206, path.read_bytes()[-100:])
    assert road.pip("big", target=tmp_path / "out").returncode == 0


def test_a_file_put_straight_under_its_project_is_indexed(road: Road, tmp_path: Path) -> None:
    """By an administrator."""
    folder = write_distributions(tmp_path / "dist", "straight", "1.0")
    road.copy_in(folder, "simple/straight/", "--recursive")
    road.wait_for(lambda: len(road.files("straight")) == 2)
    assert road.pip("straight", target=tmp_path / "out").returncode == 0


def test_a_removed_object_leaves_the_index(road: Road, tmp_path: Path) -> None:
    """And the project the list, when it was the last."""
    publish(road, tmp_path / "dist", "removed", "1.0")
    assert ">removed<" in road.get("/simple/").text
    road.aws("s3", "rm", f"s3://{road.bucket}/simple/removed/{wheel_name('removed', '1.0')}")
    road.wait_for(lambda: road.files("removed") == [sdist_name("removed", "1.0")])
    road.aws("s3", "rm", f"s3://{road.bucket}/simple/removed/{sdist_name('removed', '1.0')}")
    road.wait_for(lambda: ">removed<" not in road.get("/simple/").text)
    assert road.get("/simple/removed/").status_code == 200
    assert road.files("removed") == []


def test_bad_uploads_are_kept_with_their_reason_and_the_rest_is_indexed(road: Road, tmp_path: Path) -> None:
    """No distribution, no METADATA, another name in METADATA: each to `rejected/`, and one log line."""
    folder = write_distributions(tmp_path / "dist", "rest", "1.0")
    (folder / "notes.txt").write_text("hello")
    (folder / wheel_name("bare", "1.0")).write_bytes(make_zip({"bare.py": b""}))
    (folder / wheel_name("renamed", "1.0")).write_bytes(make_wheel("original", "1.0"))
    road.copy_in(folder, "incoming/team/", "--recursive")
    road.wait_for(lambda: len(road.files("rest")) == 2 and not road.keys("incoming/"))
    bad = ["notes.txt", wheel_name("bare", "1.0"), wheel_name("renamed", "1.0")]
    log = (road.home / "log").read_text()
    for name in bad:
        key = f"rejected/incoming/team/{name}"
        reason = json.loads(road.aws("s3", "cp", f"s3://{road.bucket}/{key}.reason.json", "-").stdout)
        assert name in reason["reason"]
        assert key in road.keys("rejected/")
        lines = [line for line in log.splitlines() if f"incoming/team/{name}" in line]
        assert [json.loads(line)["message"] for line in lines] == ["refused"]
    assert road.files("bare") == []
