"""``python -m benchmarks.indexer``: what the indexer costs as projects and buckets grow.

Over an S3 in memory, so that seconds are the indexer's own work on one core and nothing of a network;
calls and bytes are what AWS would count. Sizes can be given: ``python -m benchmarks.indexer 1000 10000``.
"""

import bisect
import hashlib
import resource
import sys
import threading
import time
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from packaging.utils import NormalizedName

from indexer.batch import process
from indexer.bucket import Bucket
from indexer.events import Work, reconcile_message, work_of
from indexer.pages import Reading
from indexer.rebuild import pages_of
from indexer.telemetry import logger
from simple_index.model import File, ProjectDetail, Sidecar
from tests.distributions import make_wheel, wheel_name
from tests.indexer.memory_s3 import MemoryS3

#: US dollars for one call at list price: PUT, COPY and LIST are of one class, GET and HEAD of another.
_PRICES = {
    "PutObject": 5e-6,
    "CopyObject": 5e-6,
    "ListObjectsV2": 5e-6,
    "GetObject": 4e-7,
    "HeadObject": 4e-7,
}


#: How long a call takes where the figure depends on it: about as S3 does for small objects.
_S3_SECONDS = 0.02


class _LargeS3(MemoryS3):
    """The fake of the tests, with its keys kept in order, and with counts."""

    def __init__(self) -> None:
        super().__init__(at_call=self._count)
        self.calls: Counter[str] = Counter()
        self.read = 0
        self._keys: list[str] = []

    def _count(self, call: str) -> None:
        self.calls[call] += 1

    def order(self) -> None:
        """Take in what was put into `objects` directly."""
        self._keys = sorted(self.objects)

    def get_object(self, **arguments: Any) -> Any:
        answer = super().get_object(**arguments)
        self.read += len(answer["Body"].getbuffer())
        return answer

    def put_object(self, **arguments: Any) -> Any:
        return self._keep(arguments["Key"], super().put_object(**arguments))

    def copy_object(self, **arguments: Any) -> Any:
        return self._keep(arguments["Key"], super().copy_object(**arguments))

    def delete_object(self, **arguments: Any) -> Any:
        answer = super().delete_object(**arguments)
        place = bisect.bisect_left(self._keys, arguments["Key"])
        if arguments["Key"] not in self.objects and self._keys[place : place + 1] == [arguments["Key"]]:
            del self._keys[place]
        return answer

    def list_objects_v2(self, **arguments: Any) -> Any:
        self._count("ListObjectsV2")
        prefix = arguments["Prefix"]
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter", "")
        start = max(bisect.bisect_left(self._keys, prefix), bisect.bisect_right(self._keys, after))
        keys = [key for key in self._keys[start : start + 1001] if key.startswith(prefix)]
        contents = [
            {"Key": key, "ETag": self.objects[key].etag, "Size": len(self.objects[key].body)}
            for key in keys[:1000]
        ]
        more = {"NextContinuationToken": keys[999]} if len(keys) > 1000 else {}
        return {"Contents": contents, "IsTruncated": bool(more), **more}

    def _keep(self, key: str, answer: Any) -> Any:
        place = bisect.bisect_left(self._keys, key)
        if self._keys[place : place + 1] != [key]:
            self._keys.insert(place, key)
        return answer


class _SharedS3:
    """One S3 for several handlers: each call takes as long as one to S3, and is done in one piece."""

    def __init__(self, s3: _LargeS3, seconds: float) -> None:
        self._s3 = s3
        self._seconds = seconds
        self._lock = threading.Lock()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            time.sleep(self._seconds)
            with self._lock:
                return getattr(self._s3, method)(**arguments)

        return call


def main(sizes: Sequence[int]) -> None:
    logger.setLevel("ERROR")
    for size in sizes:
        print(_one_publish_into(size))
    print(_many_projects_at_once(1000))
    print(_many_uploads_to_one_project(100))
    for handlers, at_once in ((1, 1), (2, 1), (5, 1), (5, 10), (5, 100)):
        print(_one_message_an_invocation(100, handlers=handlers, at_once=at_once))
    print(_everything_from_nothing(max(sizes)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak of this process, the S3 in memory included: {peak:,} MB")


def _one_publish_into(size: int) -> str:
    s3 = _filled(size)
    seconds = _timed(lambda: _publish(s3, "1.0"))
    counted = _counted(s3)
    tracemalloc.start()
    _publish(s3, "2.0")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (
        f"one wheel into a project of {size:,}: {seconds:.2f} s, {peak / 1e6:.0f} MB at the peak, {counted}"
    )


def _many_projects_at_once(number: int) -> str:
    """In batches of a hundred, as the queue gives them."""
    s3 = _LargeS3()
    uploads = [_upload(s3, f"project-{one}", "1.0") for one in range(number)]
    s3.calls.clear()
    written: list[str] = []
    original = s3.put_object
    s3.put_object = lambda **arguments: (written.append(arguments["Key"]), original(**arguments))[1]  # type: ignore[method-assign]  # spied on
    seconds = _timed(lambda: [_process(s3, uploads[start : start + 100]) for start in range(0, number, 100)])
    lists = written.count("simple/index.json")
    return f"{number:,} new projects in batches of 100: {seconds:.2f} s, project list written {lists} times"


def _many_uploads_to_one_project(number: int) -> str:
    """All in one batch."""
    s3 = _LargeS3()
    uploads = [_upload(s3, "one", f"1.{one}") for one in range(number)]
    seconds = _timed(lambda: _process(s3, uploads))
    lists = s3.calls["ListObjectsV2"]
    return f"{number} uploads to one project in a batch: {seconds:.2f} s, {lists / number:.2f} LISTs each"


def _one_message_an_invocation(number: int, *, handlers: int, at_once: int) -> str:
    """Uploads that arrive together, and the event of each copy, *at_once* messages a batch.

    No message is delivered twice, but what fails comes back at the queue's end.
    """
    large = _LargeS3()
    messages = deque(Work(uploads=frozenset({_upload(large, "one", f"1.{one}")})) for one in range(number))
    large.calls.clear()
    shared: Any = _SharedS3(large, _S3_SECONDS)
    project = frozenset({NormalizedName("one")})
    returned = 0
    busy = [0]
    turn = threading.Lock()

    def work() -> None:
        nonlocal returned
        while True:
            with turn:
                batch = [messages.popleft() for _ in range(min(at_once, len(messages)))]
                busy[0] += bool(batch)
                if not batch and not busy[0]:
                    return
            if not batch:
                time.sleep(_S3_SECONDS)
                continue
            errors = process(Bucket(shared, "b"), batch, send=lambda _body: None)
            with turn:
                failed = [one for one, error in zip(batch, errors, strict=True) if error is not None]
                returned += len(failed)
                copied = [one for one in batch if one.uploads and one not in failed]
                messages.extend([*failed, *(Work(projects=project) for _ in copied)])
                busy[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(handlers)]
    seconds = _timed(lambda: [*(one.start() for one in threads), *(one.join() for one in threads)])
    _check_listed(large, number)
    lists = large.calls["ListObjectsV2"]
    return (
        f"{number} uploads to one project and their copies' events, {at_once} messages an invocation, "
        f"{handlers} handlers: {seconds:.1f} s, {lists / number:.2f} LISTs an upload, "
        f"{sum(large.calls.values()) / number:.1f} calls, {returned} messages returned"
    )


def _check_listed(s3: _LargeS3, number: int) -> None:
    page = pages_of(NormalizedName("one")).read(Bucket(s3, "b"), trust_memory=False)  # type: ignore[arg-type]  # it obeys the interface
    if page.content is None or len(page.content.files) != number:
        raise SystemExit("a file is not listed")


def _everything_from_nothing(number: int) -> str:
    """A bucket of files without a page, a thousand a project, by walks of the reconciler."""
    s3 = _LargeS3()
    for one in range(number):
        project = f"project-{one // 1000}"
        name, body = wheel_name(project, f"1.{one}"), make_wheel(project, f"1.{one}")
        MemoryS3.put_object(s3, Bucket="b", Key=f"simple/{project}/{name}", Body=body)
    s3.order()
    s3.calls.clear()
    s3.read = 0
    seconds = _timed(lambda: _do(s3, [work_of(reconcile_message(""))]))
    dollars = sum(_PRICES.get(call, 0.0) * count for call, count in s3.calls.items())
    return (
        f"all pages of {number:,} files from nothing: {seconds:.1f} s, {number / seconds:,.0f} files/s, "
        f"{_counted(s3)}, ${dollars:.2f}"
    )


def _filled(size: int) -> _LargeS3:
    """A project of *size* wheels that were published long ago: objects, sidecars and pages that list them."""
    s3 = _LargeS3()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    files = []
    for number in range(size):
        name, digest = wheel_name("full", f"0.{number}"), hashlib.sha256(b"%d" % number).hexdigest()
        for key, body in (
            (f"simple/full/{name}", digest.encode()),
            (f"simple/full/{name}.metadata", name.encode()),
        ):
            MemoryS3.put_object(s3, Bucket="b", Key=key, Body=body)
        objects = [s3.objects[f"simple/full/{name}{suffix}"] for suffix in ("", ".metadata")]
        files.append(
            File(
                filename=name,
                version=f"0.{number}",
                sha256=digest,
                size=len(objects[0].body),
                upload_time=now,
                requires_python=">=3.9",
                core_metadata=Sidecar(sha256=digest[::-1], etag=objects[1].etag),
                etag=objects[0].etag,
            )
        )
    s3.order()
    project = NormalizedName("full")
    nothing: Reading[ProjectDetail] = Reading(content=None, json_etag=None, html_etag=None)
    detail = ProjectDetail(project=project, files=tuple(files), since="filled")
    pages_of(project).write(Bucket(s3, "b"), detail, over=nothing)  # type: ignore[arg-type]  # it obeys the interface
    _publish(s3, "0.0.1")  # so that the project list knows it
    return s3


def _publish(s3: _LargeS3, version: str) -> None:
    key = _upload(s3, "full", version)
    s3.calls.clear()
    s3.read = 0
    _process(s3, [key])


def _upload(s3: _LargeS3, project: str, version: str) -> str:
    key = f"incoming/{wheel_name(project, version)}"
    s3.put_object(Bucket="b", Key=key, Body=make_wheel(project, version))
    return key


def _process(s3: _LargeS3, uploads: Sequence[str]) -> None:
    _do(s3, [Work(uploads=frozenset({key})) for key in uploads])


def _do(s3: _LargeS3, works: Sequence[Work]) -> None:
    errors = process(Bucket(s3, "b"), works, send=lambda _body: None)  # type: ignore[arg-type]  # it obeys the interface
    if any(errors):
        raise SystemExit(f"it failed: {errors}")


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _counted(s3: _LargeS3) -> str:
    calls = dict(s3.calls)
    lists = calls.pop("ListObjectsV2", 0)
    return f"{sum(calls.values()):,} calls and {lists:,} LIST pages, {s3.read:,} bytes read"


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1000, 10_000, 100_000])
