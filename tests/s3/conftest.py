"""One S3 implementation after another, and an empty bucket in it.

`S3_SERVERS` says which: `make test` takes our own, `make test-s3` the others.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from local.s3 import EmbeddedS3
from tests.s3.adapted import adapt
from tests.s3.ceph import run_ceph
from tests.s3.endpoints import Endpoint
from tests.s3.lacks import Lack, find_lacks
from tests.s3.localstack import run_localstack
from tests.s3.open_bucket import OpenBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPOSITORY = Path(__file__).resolve().parents[2]
SERVERS = os.environ.get("S3_SERVERS", "embedded").split()


@pytest.fixture(scope="module")
def embedded() -> Iterator[Endpoint]:
    # For each module anew: all of a process share one store, which other tests look at.
    with EmbeddedS3() as server:
        yield Endpoint(name="embedded", url=server.endpoint_url, access_key="local", secret_key="local")


@pytest.fixture(scope="session")
def ceph() -> Iterator[Endpoint]:
    if shutil.which("radosgw") is None:
        pytest.fail("There is no Ceph here: `make test-s3` installs it.")
    with TemporaryDirectory() as folder, run_ceph(Path(folder)) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def localstack() -> Iterator[Endpoint]:
    venv = Path(os.environ.get("LOCALSTACK_VENV", REPOSITORY / ".venv-localstack"))
    if not (venv / "bin" / "python").exists():
        pytest.fail(f"There is no LocalStack in {venv}: `make test-s3` sets it up.")
    with TemporaryDirectory() as folder, run_localstack(Path(folder), venv) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=SERVERS)
def s3_endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each implementation, started once."""
    endpoint = request.getfixturevalue(request.param)
    assert isinstance(endpoint, Endpoint)
    return endpoint


@pytest.fixture(scope="module")
def lacks(s3_endpoint: Endpoint) -> Iterator[frozenset[Lack]]:
    """What this implementation does not do."""
    s3 = s3_endpoint.connect()
    yield find_lacks(s3)
    s3.close()


@pytest.fixture(scope="module")
def connect(s3_endpoint: Endpoint, lacks: frozenset[Lack]) -> Iterator[Callable[[], "S3Client"]]:
    """Make a client that does what S3's does."""
    clients = []

    def make() -> "S3Client":
        clients.append(s3_endpoint.connect())
        return adapt(clients[-1], lacks)

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def bucket(connect: Callable[[], "S3Client"]) -> OpenBucket:
    """A new one, empty."""
    return OpenBucket.create(connect())
