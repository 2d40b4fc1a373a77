"""Many writers at once, in implementations of S3 that we did not write, and in our own."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from tests.distributions import wheel_name
from tests.s3.endpoints import Endpoint
from tests.s3.index import Index
from tests.s3.last_byte import race
from tests.s3.open_bucket import OpenBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WRITERS = 8
ROUNDS = 4
SOCKETS = 16
RACES = 30


def dawdle(**_: object) -> None:
    """Before any call, and now and then for long: so handlers overtake each other everywhere."""
    time.sleep(random.choice((0, 0, 0, 0.01, 0.1)) * random.random())  # noqa: S311


@pytest.mark.parametrize("projects", [1, 4])
def test_no_file_is_lost_and_none_is_a_ghost(
    bucket: OpenBucket, connect: Callable[[], "S3Client"], projects: int
) -> None:
    """Eight handlers publish and remove in each round, with no more between them than the bucket."""
    clients = [connect() for _ in range(WRITERS)]
    for client in clients:
        client.meta.events.register("before-call.s3", dawdle)
    indexes = [Index(bucket.seen_by(client)) for client in clients]
    names = [f"acme{number % projects}" for number in range(WRITERS)]
    start = Barrier(WRITERS)

    def write(number: int, turn: int) -> None:
        start.wait()
        indexes[number].publish(names[number], f"{turn}.{number}")
        if number % 2 and turn:  # each second writer takes back what it published a round ago
            indexes[number].remove(names[number], f"{turn - 1}.{number}")

    present: set[tuple[str, str]] = set()
    with ThreadPoolExecutor(WRITERS) as threads:
        for turn in range(ROUNDS):
            list(threads.map(write, range(WRITERS), [turn] * WRITERS))
            for number, name in enumerate(names):
                present.add((name, wheel_name(name, f"{turn}.{number}")))
                if number % 2:
                    present.discard((name, wheel_name(name, f"{turn - 1}.{number}")))
            index = Index(bucket)
            assert present == {(name, file) for name in set(names) for file in index.files_in_bucket(name)}
            for name in set(names):
                index.check(name)
            index.check_list(*set(names))
    assert bucket.keys("incoming/") == []


@pytest.mark.parametrize("condition", ["If-None-Match", "If-Match"])
def test_one_of_many_writes_at_once_wins(s3_endpoint: Endpoint, bucket: OpenBucket, condition: str) -> None:
    """Sixteen requests that are all but complete get their last bytes together; what stands is the winner's.

    To the others most say 412. Ceph says 500 to those that it had let through already; a client tries those
    again, and hears 412.
    """
    bodies = [b"%04d" % number * 500 for number in range(SOCKETS)]
    for turn in range(RACES):
        key = f"simple/acme{turn}/index.html"
        expected = bucket.put(key, b"first") if condition == "If-Match" else None
        statuses = race(s3_endpoint, bucket.name, key, bodies, expected=expected)
        winners = [body for body, status in zip(bodies, statuses, strict=True) if status == 200]
        assert winners == [bucket.body(key)], f"round {turn}: {statuses}"
