"""The server before CloudFront: what it sends leaves at once, and how it ends."""

import asyncio
import logging
import socket
import time
from typing import Any

import pytest

from local.server import Server


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """An application that has more to send than any buffer takes."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/silent":
        await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})


@pytest.mark.parametrize("path", ["/stalled", "/silent"])
def test_it_ends_quietly_and_soon_whoever_is_still_there(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """A download that nobody reads on, an answer that has not begun: no failure of ours, so no traceback."""
    viewers = []
    with Server() as server:
        server.serve(endless)
        logging.getLogger("uvicorn.error").addHandler(caplog.handler)
        port = int(server.url.rpartition(":")[2])
        for _ in range(3):
            viewers.append(socket.create_connection(("127.0.0.1", port)))
            viewers[-1].sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
        before = time.monotonic()
    assert time.monotonic() - before < 3
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
    for viewer in viewers:
        viewer.close()


def test_what_is_written_leaves_at_once() -> None:
    """A body after its headers would else wait for the viewer's acknowledgement: 40 ms for each page."""
    with Server() as server:
        option = server._listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert option != 0
