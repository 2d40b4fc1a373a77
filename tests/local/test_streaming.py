"""CloudFront on its real server, before an S3 that can be seen to wait."""

import asyncio
import contextlib
import hashlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from botocore.credentials import Credentials

from local.cloudfront import CloudFront
from local.origin import Origin

ARN = "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.demo-authenticator:7"
CHUNK = bytes(range(256)) * 256
CHUNKS = 1024  # of 64 KiB: 64 MiB
# Two pairs of sockets hold some MiB each, as Linux sizes their buffers; the file has much more.
IN_FLIGHT = 32 * 1024 * 1024


class StreamingBucket:
    """An S3 with one large file, which counts what it has handed out, and can break off in the middle."""

    def __init__(self) -> None:
        self.given = 0
        self.ended = threading.Event()
        self.breaks_off = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % (CHUNKS * len(CHUNK)))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.ensure_future(_left(receive))
        for number in range(CHUNKS):
            if leaving.done() or (self.breaks_off and number == CHUNKS // 2):
                break
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            self.given += len(CHUNK)
            # To a viewer who has left, the server sends without waiting, and so would never say that he has.
            await asyncio.sleep(0)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        leaving.cancel()
        self.ended.set()

    def at_rest(self) -> int:
        """What it has handed out, once it hands out no more."""
        before = -1
        while before != self.given:
            before = self.given
            time.sleep(0.5)
        return before


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve *app* on a free port of this machine, in a thread."""
    config = uvicorn.Config(app, log_config=None, lifespan="auto", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def s3() -> StreamingBucket:
    return StreamingBucket()


@pytest.fixture
def url(s3: StreamingBucket) -> Iterator[str]:
    with serving(s3) as endpoint_url:
        origin = Origin(endpoint_url=endpoint_url, bucket="demo", credentials=Credentials("a", "b"))

        def handler(event: dict[str, Any], context: object) -> object:
            return event["Records"][0]["cf"]["request"]

        with serving(CloudFront(handler=handler, context_arn=ARN, origin=origin)) as url:
            yield f"{url}/simple/demo/demo-1.0-py3-none-any.whl"


def test_a_large_file_waits_for_its_reader(s3: StreamingBucket, url: str) -> None:
    """What is between bucket and reader stays bounded while he pauses, and then he gets all of it."""
    received = hashlib.sha256()
    with httpx.stream("GET", url, trust_env=False) as response:
        chunks = response.iter_raw()
        first = next(chunks)
        assert s3.at_rest() - len(first) < IN_FLIGHT
        assert not s3.ended.is_set()
        received.update(first)
        for chunk in chunks:
            received.update(chunk)
    assert received.digest() == hashlib.sha256(CHUNK * CHUNKS).digest()
    assert s3.given == CHUNKS * len(CHUNK)


def test_a_reader_who_leaves_ends_the_reading(s3: StreamingBucket, url: str) -> None:
    """Nobody fetches the rest of the file for him."""
    with httpx.stream("GET", url, trust_env=False) as response:
        next(response.iter_raw())
    assert s3.ended.wait(10)
    assert s3.given < CHUNKS * len(CHUNK)


def test_a_file_that_breaks_off_is_no_whole_file(
    s3: StreamingBucket, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader's connection is closed early, and the log has a sentence on it, not a traceback."""
    s3.breaks_off = True
    with (
        httpx.stream("GET", url, trust_env=False) as response,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        for _ in response.iter_raw():
            pass
    broken_off = [record for record in caplog.records if record.name == "local.cloudfront"]
    assert "An answer was broken off: The origin at" in broken_off[-1].getMessage()
    assert broken_off[-1].levelno == logging.ERROR
    assert "Traceback" not in caplog.text
