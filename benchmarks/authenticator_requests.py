"""Viewer requests for the authenticator's benchmarks."""

import base64
import json
from pathlib import Path
from typing import Any

__all__ = ["status", "viewer_request"]

_EVENT = Path(__file__).parents[1] / "events" / "viewer-request.json"


def viewer_request(project: str, credential: str | None) -> dict[str, Any]:
    """The event of pip asking for the page of *project*."""
    event: dict[str, Any] = json.loads(_EVENT.read_text())
    request = event["Records"][0]["cf"]["request"]
    request["uri"] = f"/simple/{project}/"
    if credential is not None:
        value = f"Basic {base64.b64encode(credential.encode()).decode()}"
        request["headers"]["authorization"] = [{"key": "Authorization", "value": value}]
    return event


def status(result: dict[str, Any]) -> str:
    """200 for a request that goes on; else the answer's."""
    return str(result.get("status", "200"))
