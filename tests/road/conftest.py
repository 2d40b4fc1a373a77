from collections.abc import Iterator

import pytest

from tests.road.road import Road, run_road


@pytest.fixture(scope="session")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """One local stack for all tests that only add to it; each uses projects of its own."""
    with run_road(tmp_path_factory.mktemp("road")) as running:
        yield running
