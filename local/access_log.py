"""CloudFront's access log: a line of JSON for each request, once its answer is sent or broken off."""

from __future__ import annotations

import json
from typing import Any, TextIO

from local.answers import Receive, Scope, Send

__all__ = ["AccessLog"]


class AccessLog:
    """An ASGI application before *application*, which writes to *file* what is asked of it and answered.

    The fields are some of CloudFront's standard logging, under its names. Like it, this tells no credentials.
    """

    def __init__(self, application: Any, file: TextIO) -> None:
        self._application = application
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._application(scope, receive, answer.send)
        finally:
            line = {
                "cs-method": scope["method"],
                "cs-uri-stem": scope["raw_path"].decode("latin-1"),
                # "A value of 000 indicates that the viewer closed the connection before the server could
                # respond"
                "sc-status": f"{answer.status:03}",
                "sc-bytes": str(answer.size),
                "cs(User-Agent)": dict(scope["headers"]).get(b"user-agent", b"-").decode("latin-1"),
            }
            # One write, so that lines of two requests do not mix.
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


class _Answer:
    """Passes an answer on, and measures it: "the number of bytes … including headers"."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.size = 0

    async def send(self, message: Any) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # Each line as HTTP/1.1 writes it, with its colon, space and line end.
            self.size += sum(len(name) + len(value) + 4 for name, value in message["headers"])
        else:
            self.size += len(message.get("body", b""))
