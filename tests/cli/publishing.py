"""Distributions of a test's own, as files to publish and as releases that are published."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from serverless_pypi.index import Index
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Road

__all__ = [
    "open_index",
    "publish_releases",
    "publish_sdist",
    "read_page",
    "write_release",
    "write_sdist",
    "write_wheel",
]


def write_wheel(folder: Path, name: str, version: str, **fields: str) -> Path:
    return _write(folder / wheel_name(name, version), make_wheel(name, version, **fields))


def write_sdist(folder: Path, name: str, version: str, **fields: str) -> Path:
    return _write(folder / sdist_name(name, version), make_sdist(name, version, **fields))


def write_release(folder: Path, name: str, version: str) -> Path:
    """A wheel and an sdist; the folder."""
    write_wheel(folder, name, version)
    write_sdist(folder, name, version)
    return folder


@contextmanager
def open_index(road: Road) -> Iterator[Index]:
    """The index of a running stack, in this process."""
    with patch.dict("os.environ", AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local"):
        index = Index(service="serverless-pypi", bucket=road.bucket, endpoint_url=road.s3_endpoint)
        try:
            yield index
        finally:
            index.s3.close()


def publish_releases(road: Road, project: str, *versions: str) -> None:
    """A wheel and an sdist of each version, without the command."""
    _publish(road, project, {wheel_name(project, one): make_wheel(project, one) for one in versions})
    _publish(road, project, {sdist_name(project, one): make_sdist(project, one) for one in versions})


def publish_sdist(road: Road, project: str, version: str) -> None:
    _publish(road, project, {sdist_name(project, version): make_sdist(project, version)})


def read_page(road: Road, project: str) -> dict[str, object]:
    """What installers read."""
    page = road.get(f"/simple/{project}/", accept="application/vnd.pypi.simple.v1+json")
    return dict(page.json())


def _publish(road: Road, project: str, files: dict[str, bytes]) -> None:
    for filename, content in files.items():
        road.put(f"incoming/{filename}", content)
    road.wait_for(lambda: files.keys() <= set(road.files(project)))


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
