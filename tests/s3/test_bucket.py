"""The bucket as the indexer sees it, in implementations of S3 that we did not write, and in our own."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from indexer.bucket import Bucket, Listed
from indexer.errors import ConflictError, MissingObjectError
from indexer.ranged import FIRST_BLOCK
from tests.s3.lacks import Lack, deny_reading
from tests.s3.open_bucket import OpenBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UPLOAD = "incoming/acme-1.0+cu118-py3-none-any.whl"
FILE = "simple/acme/acme-1.0+cu118-py3-none-any.whl"
PAGE = "simple/acme/index.html"
LARGE = bytes(range(256)) * (5 * 1024 * 4)  # 5 MiB, the least that a part of a multipart upload may have


def write(bucket: Bucket, body: bytes, *, expected: str | None) -> str:
    return bucket.write_page(PAGE, body, expected=expected, content_type="text/html", content_encoding=None)


def test_a_page_is_none_only_where_there_is_none(bucket: OpenBucket) -> None:
    """Then both ways of asking agree, as they do once there is one."""
    assert bucket.read_page(PAGE) is None
    assert bucket.etag(PAGE) is None
    etag = bucket.put(PAGE, b"<html>")
    page = bucket.read_page(PAGE)
    assert page is not None
    assert (page.body, page.etag) == (b"<html>", etag)
    assert bucket.etag(PAGE) == etag


def test_a_bucket_that_is_not_there_is_not_an_empty_one(bucket: OpenBucket) -> None:
    """Nothing is concluded from it, and nothing written."""
    nowhere = Bucket(bucket.s3, f"{bucket.name}-not")
    for act in (
        lambda: nowhere.read_page(PAGE),
        lambda: list(nowhere.list("")),
        lambda: nowhere.open(UPLOAD, at_end=True),
        lambda: nowhere.sha256(UPLOAD, '"e"'),
        lambda: write(nowhere, b"", expected=None),
        lambda: write(nowhere, b"", expected='"e"'),
    ):
        with pytest.raises(ClientError) as raised:
            act()
        assert raised.value.response["Error"]["Code"] == "NoSuchBucket"


def test_a_page_that_may_not_be_read_is_not_absent(bucket: OpenBucket, lacks: frozenset[Lack]) -> None:
    """It stands there, and the refusal goes up."""
    if Lack.POLICIES in lacks:
        pytest.skip(Lack.POLICIES.value)
    bucket.put(PAGE, b"<html>")
    deny_reading(bucket.s3, bucket.name)
    for act in (lambda: bucket.read_page(PAGE), lambda: bucket.open(PAGE, at_end=False)):
        with pytest.raises(ClientError) as raised:
            act()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_list_goes_on_to_its_last_page(bucket: OpenBucket) -> None:
    """1,005 objects are two LISTs; nothing from beside the prefix is among them, nor from before *after*."""
    names = [f"simple/acme/{number:04}" for number in range(1005)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: bucket.put(key, b""), (*names, "simple/acme-core/x", "simple/acme")))
    assert bucket.keys("simple/acme/") == names
    assert [listed.key for listed in bucket.list("simple/acme/", after=names[2])] == names[3:]


def test_a_list_tells_each_key_as_it_is_with_etag_and_size(bucket: OpenBucket) -> None:
    """In the order of their bytes, whatever is in them."""
    odd = "simple/acme/\u00e4 %2B&<~.zip"
    etag, other = bucket.put(FILE, b"wheel"), bucket.put(odd, b"")
    assert list(bucket.list("simple/acme/")) == [
        Listed(key=FILE, etag=etag, size=5),
        Listed(key=odd, etag=other, size=0),
    ]
    assert bucket.keys("simple/zoo/") == []


def test_a_page_is_written_where_none_is(bucket: OpenBucket) -> None:
    """Once, and as what it is."""
    etag = write(bucket, b"first", expected=None)
    assert bucket.etag(PAGE) == etag
    with pytest.raises(ConflictError) as raised:
        write(bucket, b"second", expected=None)
    assert raised.value.key == PAGE
    assert bucket.body(PAGE) == b"first"
    head = bucket.head(PAGE)
    assert (head["ContentType"], head["CacheControl"]) == ("text/html", "no-cache")


def test_a_page_is_written_over_the_one_that_was_read(bucket: OpenBucket) -> None:
    """And over no other; each write has an ETag to go on from."""
    first = write(bucket, b"first", expected=None)
    second = write(bucket, b"second", expected=first)
    with pytest.raises(ConflictError):
        write(bucket, b"third", expected=first)
    assert bucket.body(PAGE) == b"second"
    write(bucket, b"third", expected=second)
    assert bucket.body(PAGE) == b"third"


def test_a_page_that_was_removed_meanwhile_is_a_conflict(bucket: OpenBucket) -> None:
    """S3 and LocalStack say 404, Ceph says 412."""
    etag = write(bucket, b"first", expected=None)
    bucket.remove(PAGE)
    with pytest.raises(ConflictError):
        write(bucket, b"second", expected=etag)
    assert bucket.etag(PAGE) is None


@pytest.mark.parametrize("at_end", [True, False], ids=["at its end", "at its start"])
@pytest.mark.parametrize("size", [1, FIRST_BLOCK, FIRST_BLOCK + 1, 5 * FIRST_BLOCK + 7])
def test_a_file_is_opened_at_either_end(bucket: OpenBucket, size: int, at_end: bool) -> None:
    """A range from the end may be longer than the object."""
    etag = bucket.put(UPLOAD, LARGE[:size])
    file = bucket.open(UPLOAD, at_end=at_end)
    assert (file.size, file.etag) == (size, etag)
    assert datetime.now(UTC) - file.last_modified < timedelta(minutes=1)
    assert file.first == (
        (max(0, size - FIRST_BLOCK), LARGE[:size][-FIRST_BLOCK:])
        if at_end
        else (0, LARGE[:size][:FIRST_BLOCK])
    )
    assert file.read() == LARGE[:size]


@pytest.mark.parametrize("at_end", [True, False], ids=["at its end", "at its start"])
def test_an_empty_file_is_opened(bucket: OpenBucket, at_end: bool) -> None:
    """No byte of it can be had: from its end Ceph refuses the range, and LocalStack gives all of nothing."""
    etag = bucket.put(UPLOAD, b"")
    file = bucket.open(UPLOAD, at_end=at_end)
    assert (file.size, file.etag, file.read()) == (0, etag, b"")


def test_an_absent_file_is_missing(bucket: OpenBucket) -> None:
    """An error of its own kind: the upload may have been filed before."""
    for act in (
        lambda: bucket.open(UPLOAD, at_end=True),
        lambda: bucket.open(UPLOAD, at_end=False),
        lambda: bucket.published(UPLOAD),
    ):
        with pytest.raises(MissingObjectError):
            act()


def test_a_file_is_read_from_one_version(bucket: OpenBucket) -> None:
    """Replaced or removed under the reader, it is a conflict, not a mixture."""
    etag = bucket.put(UPLOAD, LARGE)
    file = bucket.open(UPLOAD, at_end=True)
    bucket.put(UPLOAD, LARGE[::-1])
    with pytest.raises(ConflictError):
        file.read(10)
    with pytest.raises(ConflictError):
        bucket.sha256(UPLOAD, etag)
    bucket.remove(UPLOAD)
    with pytest.raises(ConflictError):
        file.read(10)


def test_the_hash_of_a_multipart_upload_is_of_the_whole(bucket: OpenBucket) -> None:
    """Both where it was put, and where it is published."""
    bucket.put_in_parts(UPLOAD, LARGE, b"end")
    sha256 = hashlib.sha256(LARGE + b"end").hexdigest()
    assert bucket.published(UPLOAD).sha256 == sha256
    published = bucket.publish(bucket.open(UPLOAD, at_end=True), FILE)
    assert published.sha256 == sha256
    assert published == bucket.published(FILE)


def test_an_upload_is_published_with_its_hash_and_time(bucket: OpenBucket) -> None:
    """What a page needs is known from the copy, and again from the file."""
    bucket.put(UPLOAD, b"wheel", ContentType="text/html", Metadata={"x": "y"})
    upload = bucket.open(UPLOAD, at_end=True)
    published = bucket.publish(upload, FILE)
    assert (published.key, published.size) == (FILE, 5)
    assert published.sha256 == hashlib.sha256(b"wheel").hexdigest()
    assert published.upload_time == upload.last_modified
    assert published == bucket.published(FILE)
    assert [listed.etag for listed in bucket.list(FILE)] == [published.etag]
    head = bucket.head(FILE)
    assert head["ContentType"] == "application/octet-stream"
    assert head["CacheControl"] == "max-age=31536000, immutable"
    assert "x" not in head["Metadata"]


def test_a_body_is_read_for_its_hash_only_where_s3_gives_none(
    bucket: OpenBucket, lacks: frozenset[Lack]
) -> None:
    """It may be gigabytes."""
    bucket.put(UPLOAD, b"wheel")
    upload = bucket.open(UPLOAD, at_end=True)
    reads: list[str] = []
    bucket.s3.meta.events.register("before-call.s3.GetObject", lambda **_: reads.append("GetObject"))
    bucket.publish(upload, FILE)
    bucket.published(FILE)
    assert len(reads) == (2 if Lack.COPY_CHECKSUM in lacks else 0)


def test_a_large_upload_is_published_in_parts(bucket: OpenBucket, lacks: frozenset[Lack]) -> None:
    """Under the same conditions; what is large is said here, for S3 says 5 GB."""
    if Lack.MULTIPART_CONDITIONS in lacks:
        pytest.skip(Lack.MULTIPART_CONDITIONS.value)
    careful = OpenBucket(bucket.s3, bucket.name, largest_copy=len(LARGE))
    bucket.put(UPLOAD, LARGE + b"end")
    upload = bucket.open(UPLOAD, at_end=True)
    published = careful.publish(upload, FILE)
    assert published.sha256 == hashlib.sha256(LARGE + b"end").hexdigest()
    assert published == bucket.published(FILE)
    with pytest.raises(ConflictError):
        careful.publish(upload, FILE)
    bucket.put(UPLOAD, LARGE + b"evil")
    with pytest.raises(ConflictError):
        careful.publish(upload, FILE + ".2")
    assert bucket.keys("simple/") == [FILE]


def test_what_was_looked_at_is_what_is_published(bucket: OpenBucket) -> None:
    """An upload that was replaced or withdrawn meanwhile is not."""
    bucket.put(UPLOAD, b"good")
    upload = bucket.open(UPLOAD, at_end=True)
    bucket.put(UPLOAD, b"evil")
    with pytest.raises(ConflictError):
        bucket.publish(upload, FILE)
    bucket.remove(UPLOAD)
    with pytest.raises(ConflictError):
        bucket.publish(upload, FILE)
    assert bucket.etag(FILE) is None


def test_a_published_file_is_never_written_over(bucket: OpenBucket) -> None:
    """Not even by the same bytes."""
    etag = bucket.put(FILE, b"first")
    for body in (b"second", b"first"):
        bucket.put(UPLOAD, body)
        with pytest.raises(ConflictError):
            bucket.publish(bucket.open(UPLOAD, at_end=True), FILE)
    assert bucket.etag(FILE) == etag


def test_what_is_kept_is_what_was_looked_at(bucket: OpenBucket) -> None:
    """The reason under rejected/ is about these bytes."""
    bucket.put(UPLOAD, b"bad")
    upload = bucket.open(UPLOAD, at_end=True)
    for _ in range(2):  # it may come again
        bucket.keep(upload, "rejected/" + UPLOAD)
    bucket.put(UPLOAD, b"good")
    with pytest.raises(ConflictError):
        bucket.keep(upload, "rejected/" + UPLOAD)
    assert bucket.body("rejected/" + UPLOAD) == b"bad"


def test_a_deletion_is_of_one_version_and_may_come_again(bucket: OpenBucket) -> None:
    """What was uploaded since has its own event."""
    old = bucket.put(UPLOAD, b"old")
    new = bucket.put(UPLOAD, b"new")
    bucket.delete(UPLOAD, etag=old)
    assert bucket.etag(UPLOAD) == new
    bucket.delete(UPLOAD, etag=new)
    bucket.delete(UPLOAD, etag=new)
    assert bucket.etag(UPLOAD) is None


def test_a_conditional_request_conflict_is_a_conflict(
    bucket: OpenBucket, connect: Callable[[], "S3Client"]
) -> None:
    """S3 may say 409 to two at once. None of these implementations does, so here the test says it."""
    etag = bucket.put(PAGE, b"first")
    bucket.put(UPLOAD, b"wheel")
    upload = bucket.open(UPLOAD, at_end=True)
    busy = bucket.seen_by(connect())
    for operation in ("PutObject", "CopyObject"):
        # botocore takes what a handler gives for the server's answer; its stubs do not know that.
        busy.s3.meta.events.register(f"before-call.s3.{operation}", answer_conflict)  # type: ignore[arg-type]
    for act in (
        lambda: write(busy, b"second", expected=etag),
        lambda: busy.publish(upload, FILE),
        lambda: busy.keep(upload, "rejected/" + UPLOAD),
    ):
        with pytest.raises(ConflictError):
            act()
    assert (bucket.body(PAGE), bucket.keys()) == (b"first", [UPLOAD, PAGE])


class Answer:
    status_code = 409


def answer_conflict(**_: object) -> tuple[Answer, Any]:
    return Answer(), {"Error": {"Code": "ConditionalRequestConflict"}, "ResponseMetadata": {}}
