"""LocalStack's S3: another one in Python, by others. It runs in a virtual environment of its own.

`requirements-localstack.txt` pins what it needs for S3, and for a stack of what stands round it.
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
# S3 holds it, and LocalStack refuses it: here it is neither held nor refused. For what runs in a process of
# its own, and so cannot be adapted.
_IGNORING_DELETE_CONDITIONS = """
from functools import wraps
from localstack.services.s3.provider import S3Provider
delete = S3Provider.delete_object

@wraps(delete)
def delete_in_any_case(self, *parameters, if_match=None, **others):
    return delete(self, *parameters, **others)

S3Provider.delete_object = delete_in_any_case
"""


@contextmanager
def run_localstack(
    folder: Path, venv: Path, services: str = "s3", *, ignoring_delete_conditions: bool = False
) -> Iterator[Endpoint]:
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
        "SERVICES": services,
        # It asks nobody and tells nobody.
        "ACTIVATE_PRO": "0",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
    }
    start = _IGNORING_DELETE_CONDITIONS + _START if ignoring_delete_conditions else _START
    command = (str(venv / "bin" / "python"), "-c", start, str(folder / "objects"))
    with running(command, log=log, environment=environment) as program:
        wait_until(lambda: _answers(url), program, name="LocalStack", log=log)
        yield Endpoint(name="localstack", url=url, access_key="AKIDEXAMPLE", secret_key="any")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_localstack/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
