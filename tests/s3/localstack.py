"""LocalStack's S3: another one in Python, by others. It runs in a virtual environment of its own.

`requirements-localstack.txt` pins what it needs for S3 alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.s3.endpoints import Endpoint
from tests.s3.processes import free_ports, running, wait_until

__all__ = ["run_localstack"]

# It has no setting for where S3's objects are kept, and would leave them there.
_START = """
import sys
from localstack.runtime.main import main
from localstack.services.s3 import provider
provider.DEFAULT_S3_TMP_DIR = sys.argv[1]
main()
"""


@contextmanager
def run_localstack(folder: Path, venv: Path) -> Iterator[Endpoint]:
    """LocalStack from *venv*, which keeps its things in *folder*. Any secret is good."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    log = folder / "localstack.out"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "FILESYSTEM_ROOT": str(folder),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"localhost:{port}",
        "SERVICES": "s3",
        # It asks nobody and tells nobody.
        "ACTIVATE_PRO": "0",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
    }
    command = (str(venv / "bin" / "python"), "-c", _START, str(folder / "objects"))
    with running(command, log=log, environment=environment) as program:
        wait_until(lambda: _answers(url), program, name="LocalStack", log=log)
        yield Endpoint(name="localstack", url=url, access_key="AKIDEXAMPLE", secret_key="any")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_localstack/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
