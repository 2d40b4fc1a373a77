from pathlib import Path

import pytest

from tests.cli.doctor.patients import WRONG, Consumer
from tests.road.road import Road


@pytest.fixture
def consumer(road: Road, tmp_path: Path) -> Consumer:
    return Consumer(home=tmp_path, secrets=(WRONG, road.password, "hunter2"))
