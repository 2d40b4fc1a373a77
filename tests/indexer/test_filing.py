"""An upload that changes while it is filed, or that the store does not give whole."""

import io
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ResponseStreamingError

from indexer.bucket import Bucket
from indexer.filing import file_upload
from indexer.ranged import FIRST_BLOCK
from tests.distributions import make_wheel, wheel_name
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

NAME = wheel_name("acme", "1.0")
FILE = f"simple/acme/{NAME}"
# So much, and so hard to compress, that the first block is not all.
NOISE = random.Random(0).randbytes(200 * 1024)  # noqa: S311
FIRST = make_wheel("acme", "1.0", extra={"acme/data": b"first"})
SECOND = make_wheel("acme", "1.0", extra={"acme/data": b"second"})
BAD = make_wheel("other", "1.0")


class Replacement:
    """An upload that is replaced by *content*, or withdrawn if that is None, right before a call."""

    def __init__(self, world: World, number: int, content: bytes | None) -> None:
        self._world = world
        self._left = number
        self._content = content
        world.s3.at_call = self._count

    def _count(self, _name: str) -> None:
        self._left -= 1
        if not self._left:
            self.make()

    def make(self) -> None:
        """Now, if it is not made yet."""
        if self._world.s3.at_call == self._count:
            self._world.s3.at_call = lambda _name: None
            self._world.s3.objects.pop(f"incoming/{NAME}", None)
            if self._content is not None:
                self._world.upload(NAME, self._content)


@pytest.mark.parametrize("number", range(1, 16))
@pytest.mark.parametrize("first", [FIRST, BAD], ids=["good", "bad"])
@pytest.mark.parametrize("second", [FIRST, SECOND, BAD, None], ids=["good", "another", "bad", "none"])
@pytest.mark.parametrize("largest_copy", [10**9, 400], ids=["at once", "in parts"])
def test_an_upload_that_is_replaced_is_neither_published_unseen_nor_lost(
    number: int, first: bytes, second: bytes | None, largest_copy: int
) -> None:
    """At any call; its own event comes after it. What is not on the page is kept."""
    world = World(MemoryS3())
    world.bucket = Bucket(world.s3, "bucket", largest_copy=largest_copy)  # type: ignore[arg-type]
    key = world.upload(NAME, first)
    replacement = Replacement(world, number, second)
    world.handle(uploads=(key,))
    replacement.make()
    world.handle(uploads=(key,))
    stored = {key: one.body for key, one in world.s3.objects.items()}
    assert second in (None, stored.get(FILE), stored.get(f"rejected/{key}"))
    assert stored.get(FILE) in (None, FIRST, SECOND)
    assert (f"simple/acme/{NAME}.metadata" in stored) == (FILE in stored)
    assert key not in stored
    assert world.s3.uploads == {}
    if FILE in stored:
        world.check_pages("acme")
        world.check_hashes("acme")


class BrokenStore(BaseHTTPRequestHandler):
    """S3's answers to GET, as a proxy between would spoil them; all else is a failure."""

    content: ClassVar[bytes] = b""
    #: How much comes of any range but the first, and how much is announced.
    comes: ClassVar[int] = 0
    announced: ClassVar[int] = 0

    def do_GET(self) -> None:
        size = len(self.content)
        wanted = self.headers["Range"].removeprefix("bytes=")
        at_end = wanted.startswith("-")
        first = max(0, size - FIRST_BLOCK) if at_end else int(wanted.partition("-")[0])
        part = self.content[first:] if at_end else self.content[first : first + self.comes]
        self.send_response(206)
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{size}")
        self.send_header("Content-Length", str(len(part) if at_end else self.announced))
        self.end_headers()
        self.wfile.write(part)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def broken_store() -> Iterator[Bucket]:
    BrokenStore.content = make_wheel("acme", "1.0", extra={"acme/data": NOISE})
    server = ThreadingHTTPServer(("127.0.0.1", 0), BrokenStore)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    yield Bucket(client, "bucket")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("comes", "announced"), [(0, 0), (10, 10), (10, 100), (10**6, 10**6)])
def test_an_upload_that_does_not_come_whole_is_left_for_another_time(
    broken_store: Bucket, comes: int, announced: int
) -> None:
    """Cut off, or of another length than was asked for: neither a refusal nor a deletion follows."""
    BrokenStore.comes, BrokenStore.announced = comes, announced
    with pytest.raises((OSError, ResponseStreamingError)):
        file_upload(broken_store, f"incoming/{NAME}", lambda _project: None, pause=lambda _seconds: None)


def test_one_key_twice_and_one_name_twice_in_a_batch() -> None:
    """Two folders, one file: published once, and both uploads are done with."""
    world = World(MemoryS3())
    keys = (
        world.upload(NAME, FIRST),
        world.upload(f"again/{NAME}", FIRST),
        world.upload(f"no/{NAME}", SECOND),
    )
    world.handle(uploads=(*keys, *keys))
    assert world.s3.objects[FILE].body == FIRST
    assert [key for key in world.s3.objects if key.startswith(("incoming/", "rejected/"))] == [
        f"rejected/incoming/no/{NAME}",
        f"rejected/incoming/no/{NAME}.reason.json",
    ]


def test_a_short_answer_is_told_as_one() -> None:
    """By its numbers, and the key."""
    s3 = MemoryS3()
    content = make_wheel("acme", "1.0", extra={"acme/data": NOISE})
    s3.put_object(Bucket="b", Key="incoming/x", Body=content)
    file = Bucket(s3, "b").open("incoming/x", at_end=False)  # type: ignore[arg-type]
    original = s3.get_object
    s3.get_object = lambda **asked: {**original(**asked), "Body": io.BytesIO(b"short")}  # type: ignore[method-assign]
    with pytest.raises(OSError, match=r"5 bytes came of \d+ at \d+ of 'incoming/x'"):
        file.read()
