"""Copies of what is too large for one, on the fake S3."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from indexer.copies import copy_object
from indexer.errors import ConflictError
from tests.indexer.memory_s3 import MemoryS3

SOURCE = b"0123456789"


@pytest.fixture
def s3() -> MemoryS3:
    s3 = MemoryS3()
    s3.put_object(Bucket="b", Key="source", Body=SOURCE)
    return s3


def copy(s3: MemoryS3, *, only_new: bool = True) -> None:
    copy_object(
        s3,  # type: ignore[arg-type]
        "b",
        "source",
        "target",
        etag=s3.objects["source"].etag,
        size=len(SOURCE),
        headers={},
        only_new=only_new,
        largest=4,
    )


def fail(s3: MemoryS3, at: str, error: Exception) -> None:
    def call(name: str) -> None:
        if name == at:
            raise error

    s3.at_call = call


def timeout() -> BotoCoreError:
    return ReadTimeoutError(endpoint_url="https://s3")


def refusal(code: str) -> ClientError:
    response: Any = {"Error": {"Code": code}}
    return ClientError(response, "CompleteMultipartUpload")


@pytest.mark.parametrize("at", ["UploadPartCopy", "CompleteMultipartUpload"])
@pytest.mark.parametrize("error", [timeout(), refusal("SlowDown")])
def test_parts_of_a_copy_that_failed_are_not_left_to_be_paid_for(
    s3: MemoryS3, at: str, error: Exception
) -> None:
    """Whether S3 or the network failed."""
    fail(s3, at, error)
    with pytest.raises(type(error)):
        copy(s3)
    assert s3.uploads == {}
    assert "target" not in s3.objects


def test_what_is_told_is_why_the_copy_failed(s3: MemoryS3) -> None:
    """Not that what was left could not be removed."""

    def call(name: str) -> None:
        if name == "CompleteMultipartUpload":
            raise refusal("PreconditionFailed")
        if name == "AbortMultipartUpload":
            raise timeout()

    s3.at_call = call
    with pytest.raises(ConflictError):
        copy(s3)


def test_what_is_there_already_is_not_copied_again(s3: MemoryS3) -> None:
    """A delivery that died while it read five gigabytes for their hash would never get further."""
    copy(s3)
    calls: Counter[str] = Counter()
    s3.at_call = lambda name: calls.update([name])
    with pytest.raises(ConflictError):
        copy(s3)
    assert calls == {"HeadObject": 1}


def test_what_is_kept_may_be_there_already(s3: MemoryS3) -> None:
    """A refusal may be said again."""
    copy(s3)
    copy(s3, only_new=False)
    assert s3.objects["target"].body == SOURCE


def test_a_doubtful_target_is_not_taken_for_an_absent_one(s3: MemoryS3) -> None:
    """Only a real 404 is absence."""
    fail(s3, "HeadObject", refusal("403"))
    with pytest.raises(ClientError):
        copy(s3)
    assert s3.uploads == {}
