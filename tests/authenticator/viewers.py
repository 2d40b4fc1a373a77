"""A viewer of one environment of the authenticator, for tests."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from authenticator.gate import Gate
from authenticator.handler import handler
from tests.authenticator.clocks import Clock
from tests.authenticator.passwords import hash_password

__all__ = ["ACCEPT_JSON", "CONTEXT", "SECRET", "Viewer", "viewer_request", "write_htpasswd"]

ACCEPT_JSON = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
)
CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:acme-authenticator:1",
    aws_request_id="5f9c",
)
#: Of the password "secret", which everybody has.
SECRET = hash_password("secret")

_EVENT = Path(__file__).parents[2] / "events" / "viewer-request.json"


def write_htpasswd(*names: str, **others: str) -> bytes:
    """A password file of these names, and of *others* by their hashes."""
    hashes = {**dict.fromkeys(names, SECRET), **others}
    return "".join(f"{name}:{stored}\n" for name, stored in hashes.items()).encode()


def viewer_request(
    uri: str, credential: str | None = None, *, method: str = "GET", **headers: str
) -> dict[str, Any]:
    """The event of a viewer request; an underscore in a header's name stands for a hyphen."""
    event: dict[str, Any] = json.loads(_EVENT.read_text())
    if credential is not None:
        headers["authorization"] = f"Basic {base64.b64encode(credential.encode()).decode()}"
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    request = event["Records"][0]["cf"]["request"]
    request["headers"] |= {name: [{"key": name.title(), "value": value}] for name, value in lines.items()}
    request |= {"uri": uri, "method": method, "querystring": "list-type=2"}
    return event


class Viewer:
    """Asks the handler, in an environment whose clocks stand still until they are set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.clock = Clock()
        #: Seconds since 1970.
        self.wall = Clock()
        self._environment = environment
        self.gate = self._open()

    def result(self, uri: str, credential: str | None = None, **request: str) -> dict[str, Any]:
        """The handler's result."""
        return handler(viewer_request(uri, credential, **request), CONTEXT)

    def ask(self, uri: str, credential: str | None = None, **request: str) -> str:
        """The URI that goes on, or the status of the answer."""
        result = self.result(uri, credential, **request)
        return str(result["status"] if "status" in result else result["uri"])

    def come_to_another(self) -> None:
        """From now on ask in a new environment, which has loaded nothing."""
        self.gate.close()
        self.gate = self._open()

    def _open(self) -> Gate:
        return Gate(CONTEXT.invoked_function_arn, self._environment, clock=self.clock, wall=self.wall)
