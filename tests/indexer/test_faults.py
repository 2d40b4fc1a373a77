"""Whatever S3 answers to any one call: after one redelivery the bucket is right, and it was never worse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from indexer.bucket import Bucket, Listed
from indexer.describing import Inspection, inspect
from indexer.ranged import RangedObject
from indexer.reconcile import reconcile
from simple_index.errors import UnreadableArchiveError
from tests.indexer.deeds import DEEDS, Deed, Story, starting_world
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.quiet import be_quiet
from tests.indexer.world import World

Call = Callable[[], Any]
#: Given the call as it would go well, and its name: what becomes of it.
Fault = Callable[[Call, str], Any]
#: What the SDK raises for one method.
MakeError = Callable[[str], Exception]

URL = "https://bucket.s3.amazonaws.com/"


def answer(code: str, status: int) -> MakeError:
    """An error that S3 answers. The answer to HEAD has no body, and so no name."""

    def error(method: str) -> Exception:
        name = str(status) if method == "head_object" else code
        response: Any = {
            "Error": {"Code": name, "Message": code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        return ClientError(response, method)

    return error


ERRORS: dict[str, MakeError] = {
    "connect timeout": lambda _method: ConnectTimeoutError(endpoint_url=URL),
    "read timeout": lambda _method: ReadTimeoutError(endpoint_url=URL),
    "connection reset": lambda _method: ConnectionClosedError(endpoint_url=URL),
    "500 InternalError": answer("InternalError", 500),
    "503 SlowDown": answer("SlowDown", 503),
    "403 AccessDenied": answer("AccessDenied", 403),
    "409 ConditionalRequestConflict": answer("ConditionalRequestConflict", 409),
    "412 PreconditionFailed": answer("PreconditionFailed", 412),
}
TORN: dict[str, Callable[[], Exception]] = {
    "body truncated": lambda: IncompleteReadError(actual_bytes=5, expected_bytes=10),
    "read timeout in the body": lambda: ReadTimeoutError(endpoint_url=URL),
    "connection reset in the body": lambda: ResponseStreamingError(error="reset"),
}


@dataclass
class TornBody:
    """A body of which half arrives."""

    whole: Any
    error: Callable[[], Exception]

    def read(self) -> bytes:
        self.whole.read()
        raise self.error()

    def iter_chunks(self, _size: int) -> Iterator[bytes]:
        content = self.whole.read()
        yield content[: len(content) // 2]
        raise self.error()

    def close(self) -> None:
        self.whole.close()


def before(error: MakeError) -> Fault:
    """The call has no effect.

    But no DELETE is answered 412 where the condition holds: that answer is believed, for it says that
    another upload stands there, whose own event comes.
    """

    def fail(call: Call, method: str) -> Any:
        if method == "delete_object" and error is ERRORS["412 PreconditionFailed"]:
            return call()
        raise error(method)

    return fail


def after(error: MakeError) -> Fault:
    """The call has its effect, and we are told otherwise."""

    def fail(call: Call, method: str) -> Any:
        call()
        raise error(method)

    return fail


def sent_again(call: Call, _method: str) -> Any:
    """The answer is lost, and the SDK sends the request again."""
    call()
    return call()


def torn(error: Callable[[], Exception]) -> Fault:
    """The answer arrives, its body does not."""

    def fail(call: Call, _method: str) -> Any:
        response = call()
        return {**response, "Body": TornBody(response["Body"], error)} if "Body" in response else response

    return fail


FAULTS: dict[str, Fault] = {
    **{f"{name}, before": before(error) for name, error in ERRORS.items()},
    **{f"{name}, after": after(error) for name, error in ERRORS.items()},
    **{name: torn(error) for name, error in TORN.items()},
    "answer lost and request sent again": sent_again,
}
#: What may go on for long.
OUTAGES = ("connect timeout", "500 InternalError", "503 SlowDown", "403 AccessDenied")


class FaultyS3:
    """S3 behind a line on which *fault* befalls the calls number *first* to *last*."""

    def __init__(self, s3: MemoryS3, fault: Fault, *, first: int, last: int) -> None:
        self._s3 = s3
        self._fault = fault
        self._befallen = range(first, last + 1)
        self.calls = 0

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def request(**arguments: Any) -> Any:
            self.calls += 1
            if self.calls in self._befallen:
                return self._fault(lambda: getattr(self._s3, method)(**arguments), method)
            return getattr(self._s3, method)(**arguments)

        return request


@cache
def start() -> World:
    return starting_world()


def calls_of(deed: Deed) -> int:
    """How many calls the first delivery makes."""
    story = Story(start(), deed)
    s3 = FaultyS3(story.world.s3, sent_again, first=0, last=-1)
    story.deliver(s3)
    return s3.calls


def check(deed: Deed, fault: Fault, *, first: int, last: int) -> None:
    story = Story(start(), deed)
    story.deliver(FaultyS3(story.world.s3, fault, first=first, last=last))
    story.deliver()
    try:
        story.check_right()
    except AssertionError as error:
        raise AssertionError(f"call {first}: {error}") from error


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quiet(monkeypatch)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_without_a_fault_one_delivery_is_enough(deed: Deed) -> None:
    """So the tests below see what faults do."""
    story = Story(start(), deed)
    story.deliver()
    story.check_right()
    assert calls_of(deed) >= 4


def cases() -> Iterator[Any]:
    """Each deed with each fault."""
    for what, deed in DEEDS.items():
        for name, fault in FAULTS.items():
            yield pytest.param(deed, fault, id=f"{what}-{name}")


@pytest.mark.parametrize(("deed", "fault"), list(cases()))
def test_a_fault_at_any_one_call_is_made_good_by_one_redelivery(deed: Deed, fault: Fault) -> None:
    """Of what failed, with the events that the bucket's own changes cause."""
    for call in range(1, calls_of(deed) + 1):
        check(deed, fault, first=call, last=call)


@pytest.mark.parametrize("error", OUTAGES)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_an_outage_from_any_call_on_is_made_good_by_one_redelivery(deed: Deed, error: str) -> None:
    """Nothing works until the delivery ends."""
    for call in range(1, calls_of(deed) + 1):
        check(deed, before(ERRORS[error]), first=call, last=10_000)


def unlistable_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be listed is not there."""
    whole = Bucket.list

    def list_what_can_be(bucket: Bucket, prefix: str, *, after: str = "") -> Iterator[Listed]:
        try:
            yield from whole(bucket, prefix, after=after)
        except OSError:
            return

    monkeypatch.setattr(Bucket, "list", list_what_can_be)


def failing_store_is_bad_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised while an archive is read is the archive's fault."""

    def judge(upload: RangedObject) -> Inspection:
        try:
            return inspect(upload)
        except OSError as error:
            raise UnreadableArchiveError(upload.key, str(error)) from error

    monkeypatch.setattr("indexer.filing.inspect", judge)


def failures_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is acknowledged."""
    monkeypatch.setattr("indexer.batch._Batch.error_of", lambda _batch, _work: None)


@pytest.mark.parametrize("deed", ["a large wheel is published", "a large sdist is published"])
@pytest.mark.parametrize(
    "mistake", [unlistable_is_empty, failing_store_is_bad_archive, failures_are_forgotten]
)
def test_the_same_faults_find_a_mistake_out(
    deed: str, mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the tests above can fail."""
    start()
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_fault_at_any_one_call_is_made_good_by_one_redelivery(
            DEEDS[deed], before(ERRORS["connect timeout"])
        )


def test_an_html_project_list_that_is_not_the_json_lists_is_written_again() -> None:
    """By a redelivery of what was to be listed, or at least by a walk over the bucket."""
    world = start().twin()
    stale = world.s3.objects["simple/index.html"].body
    world.handle(uploads=(world.upload_wheel("new", "1"),))
    world.s3.put_object(Bucket="b", Key="simple/index.html", Body=stale)
    world.handle(projects=("new",))
    reconcile(world.bucket, may_go_on=lambda: True)
    world.check_list("acme", "bolt", "new")
