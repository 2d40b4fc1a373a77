from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.auth_bucket import AuthBucket, make_auth_bucket
from tests.cli.running import Command
from tests.road.road import Road, run_road


@pytest.fixture(scope="session")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """One local stack for all tests; each uses names and projects of its own, and leaves the user "demo"."""
    with run_road(tmp_path_factory.mktemp("cli-road")) as running:
        yield running


@pytest.fixture
def command(road: Road, tmp_path: Path) -> Command:
    """The command, in an empty home folder."""
    return Command(road=road, home=tmp_path)


@pytest.fixture
def auth(road: Road, tmp_path: Path) -> Iterator[AuthBucket]:
    """The command, in an empty home folder, for a bucket in which there is nothing."""
    with make_auth_bucket(road, tmp_path) as bucket:
        yield bucket
