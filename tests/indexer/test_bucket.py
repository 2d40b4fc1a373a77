import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from indexer.bucket import Bucket, Listed
from indexer.errors import ConflictError, MissingObjectError
from indexer.ranged import FIRST_BLOCK
from local.s3 import EmbeddedS3
from tests.indexer.memory_s3 import MemoryS3

UPLOAD = "incoming/acme-1.0+cu118-py3-none-any.whl"
FILE = "simple/acme/acme-1.0+cu118-py3-none-any.whl"
PAGE = "simple/acme/index.html"
LARGE = bytes(range(256)) * (5 * 1024 * 4)  # 5 MiB, the least that a part of a multipart upload may have


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with EmbeddedS3() as embedded:
        yield boto3.client(
            "s3",
            endpoint_url=embedded.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


class OpenBucket(Bucket):
    """A bucket that tests can put things into, past its methods."""

    def __init__(self, s3: Any, name: str) -> None:
        super().__init__(s3, name)
        self.s3 = s3


@pytest.fixture
def bucket(s3: Any) -> OpenBucket:
    name = f"bucket-{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return OpenBucket(s3, name)


@pytest.fixture
def nowhere(s3: Any) -> Bucket:
    return Bucket(s3, "no-such-bucket")


def put(bucket: OpenBucket, key: str, body: bytes, **arguments: Any) -> str:
    """Its ETag."""
    etag: str = bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=body, **arguments)["ETag"]
    return etag


def get(bucket: OpenBucket, key: str) -> Any:
    response = bucket.s3.get_object(Bucket=bucket.name, Key=key)
    return {**response, "Body": response["Body"].read()}


def put_in_parts(bucket: OpenBucket, key: str, *parts: bytes, **arguments: Any) -> None:
    s3, to = bucket.s3, {"Bucket": bucket.name, "Key": key}
    upload = s3.create_multipart_upload(**to, **arguments)["UploadId"]
    done: list[Any] = []
    for number, part in enumerate(parts, start=1):
        answer = s3.upload_part(**to, UploadId=upload, PartNumber=number, Body=part, **arguments)
        fields = {name: value for name, value in answer.items() if name in ("ETag", "ChecksumSHA256")}
        done.append({**fields, "PartNumber": number})
    s3.complete_multipart_upload(**to, UploadId=upload, MultipartUpload={"Parts": done})


def deny(bucket: OpenBucket, action: str) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket.name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=policy)


def write(bucket: Bucket, body: bytes, *, expected: str | None) -> str:
    return bucket.write_page(PAGE, body, expected=expected, content_type="text/html", content_encoding=None)


def code(raised: pytest.ExceptionInfo[ClientError]) -> str:
    return raised.value.response["Error"]["Code"]


# Absence


def test_an_absent_page_is_none(bucket: OpenBucket) -> None:
    """The only thing that is."""
    assert bucket.read_page(PAGE) is None
    assert bucket.etag(PAGE) is None
    etag = put(bucket, PAGE, b"<html>")
    page = bucket.read_page(PAGE)
    assert page is not None
    assert (page.body, page.etag) == (b"<html>", etag)
    assert bucket.etag(PAGE) == etag


def test_a_bucket_that_is_not_there_is_not_an_empty_one(nowhere: Bucket) -> None:
    """Nothing is concluded from it, and nothing written."""
    with pytest.raises(ClientError) as raised:
        nowhere.read_page(PAGE)
    assert code(raised) == "NoSuchBucket"
    for act in (
        lambda: list(nowhere.list("")),
        lambda: nowhere.open(UPLOAD, at_end=True),
        lambda: nowhere.sha256(UPLOAD, '"e"'),
        lambda: write(nowhere, b"", expected=None),
        lambda: write(nowhere, b"", expected='"e"'),
        lambda: nowhere.delete(UPLOAD, etag='"e"'),
    ):
        with pytest.raises(ClientError) as raised:
            act()
        assert code(raised) == "NoSuchBucket"


def test_a_page_that_may_not_be_read_is_not_absent(bucket: OpenBucket) -> None:
    """Without s3:ListBucket S3 says 403 of what is absent, too."""
    put(bucket, PAGE, b"<html>")
    deny(bucket, "s3:GetObject")
    with pytest.raises(ClientError) as raised:
        bucket.read_page(PAGE)
    assert code(raised) in ("AccessDenied", "403")
    with pytest.raises(ClientError):
        bucket.open(PAGE, at_end=False)


# Listing


def test_a_list_goes_on_to_its_last_page(bucket: OpenBucket) -> None:
    """1,005 objects are two LISTs; nothing from beside the prefix is among them."""
    names = [f"simple/acme/{number:04}" for number in range(1005)]
    for name in (*names, "simple/acme", "simple/acme-core/x", "incoming/x"):
        put(bucket, name, b"")
    assert [listed.key for listed in bucket.list("simple/acme/")] == names


def test_a_list_tells_etag_and_size(bucket: OpenBucket) -> None:
    """By which a file is known again; keys come as they are."""
    etag = put(bucket, FILE, b"wheel")
    other = put(bucket, "simple/acme/\u00e4 %2B&<.zip", b"")
    assert list(bucket.list("simple/acme/")) == [
        Listed(key=FILE, etag=etag, size=5),
        Listed(key="simple/acme/\u00e4 %2B&<.zip", etag=other, size=0),
    ]
    assert list(bucket.list("simple/zoo/")) == []


# Pages


def test_a_page_is_written_where_none_is(bucket: OpenBucket) -> None:
    """Once."""
    etag = write(bucket, b"first", expected=None)
    assert bucket.etag(PAGE) == etag
    with pytest.raises(ConflictError) as raised:
        write(bucket, b"second", expected=None)
    assert raised.value.key == PAGE
    assert get(bucket, PAGE)["Body"] == b"first"


def test_a_page_is_written_over_the_one_that_was_read(bucket: OpenBucket) -> None:
    """And over no other; each write has an ETag to go on from."""
    first = write(bucket, b"first", expected=None)
    second = write(bucket, b"second", expected=first)
    assert second != first
    with pytest.raises(ConflictError):
        write(bucket, b"third", expected=first)
    assert get(bucket, PAGE)["Body"] == b"second"


def test_a_page_that_was_deleted_meanwhile_is_a_conflict(bucket: OpenBucket) -> None:
    """S3 answers 404 to If-Match on an absent key."""
    etag = write(bucket, b"first", expected=None)
    bucket.delete(PAGE, etag=etag)
    with pytest.raises(ConflictError):
        write(bucket, b"second", expected=etag)
    assert bucket.etag(PAGE) is None


def test_a_page_says_what_it_is(bucket: OpenBucket) -> None:
    """Its type, its encoding if it has one, and that caches must ask again."""
    write(bucket, b"page", expected=None)
    html = get(bucket, PAGE)
    assert (html["ContentType"], html["CacheControl"]) == ("text/html", "no-cache")
    assert not html.get("ContentEncoding")
    bucket.write_page("x", b"page", expected=None, content_type="a/json", content_encoding="gzip")
    json_page = get(bucket, "x")
    assert (json_page["ContentType"], json_page["ContentEncoding"]) == ("a/json", "gzip")


def test_metadata_and_reasons_say_what_they_are(bucket: OpenBucket) -> None:
    """Metadata can be kept by caches for ever, as their file can."""
    bucket.write_metadata(FILE + ".metadata", b"Name: acme\n")
    metadata = get(bucket, FILE + ".metadata")
    assert metadata["Body"] == b"Name: acme\n"
    assert metadata["ContentType"] == "application/octet-stream"
    assert metadata["CacheControl"] == "max-age=31536000, immutable"
    bucket.write_reason("rejected/x.reason.json", b"{}")
    assert get(bucket, "rejected/x.reason.json")["ContentType"] == "application/json"


# Reading files


@pytest.mark.parametrize("size", [1, FIRST_BLOCK - 1, FIRST_BLOCK, FIRST_BLOCK + 1, 5 * FIRST_BLOCK + 7])
@pytest.mark.parametrize("at_end", [True, False])
def test_a_file_is_opened_at_either_end(bucket: OpenBucket, size: int, at_end: bool) -> None:
    """One request has its size, its ETag and the block that is needed first."""
    etag = put(bucket, UPLOAD, LARGE[:size])
    file = bucket.open(UPLOAD, at_end=at_end)
    assert (file.key, file.size, file.etag) == (UPLOAD, size, etag)
    assert datetime.now(UTC) - file.last_modified < timedelta(minutes=1)
    start, content = file.first
    assert start == (max(0, size - FIRST_BLOCK) if at_end else 0)
    assert content == LARGE[start:size][:FIRST_BLOCK]
    assert file.read() == LARGE[:size]


@pytest.mark.parametrize("at_end", [True, False])
def test_an_empty_file_is_opened(bucket: OpenBucket, at_end: bool) -> None:
    """S3 has no range of it to give, and says so with an error."""
    etag = put(bucket, UPLOAD, b"")
    file = bucket.open(UPLOAD, at_end=at_end)
    assert (file.size, file.etag, file.read()) == (0, etag, b"")


def test_an_empty_file_that_was_replaced_meanwhile_is_a_conflict() -> None:
    """Else the new one would be refused for being empty."""
    s3 = MemoryS3()

    def replace(call: str) -> None:
        if call == "HeadObject":
            s3.at_call = lambda _call: None
            s3.put_object(Bucket="any", Key=UPLOAD, Body=b"wheel")

    client: Any = s3
    s3.put_object(Bucket="any", Key=UPLOAD, Body=b"")
    s3.at_call = replace
    with pytest.raises(ConflictError):
        Bucket(client, "any").open(UPLOAD, at_end=True)


def test_an_absent_file_is_missing(bucket: OpenBucket) -> None:
    """An error of its own kind: the upload may have been filed before."""
    for act in (
        lambda: bucket.open(UPLOAD, at_end=True),
        lambda: bucket.open(UPLOAD, at_end=False),
        lambda: bucket.published(UPLOAD),
    ):
        with pytest.raises(MissingObjectError) as raised:
            act()
        assert raised.value.key == UPLOAD


def test_a_file_is_read_from_one_version(bucket: OpenBucket) -> None:
    """Replaced or deleted under the reader, it is a conflict, not a mixture."""
    put(bucket, UPLOAD, LARGE)
    replaced, deleted = bucket.open(UPLOAD, at_end=True), bucket.open(UPLOAD, at_end=True)
    etag = put(bucket, UPLOAD, LARGE[::-1])
    with pytest.raises(ConflictError):
        replaced.read(10)
    bucket.delete(UPLOAD, etag=etag)
    with pytest.raises(ConflictError):
        deleted.read(10)


# SHA-256


def test_the_hash_of_a_file_is_of_all_of_it(bucket: OpenBucket) -> None:
    """Of the version that was asked for, or of none."""
    etag = put(bucket, UPLOAD, LARGE)
    assert bucket.sha256(UPLOAD, etag) == hashlib.sha256(LARGE).hexdigest()
    put(bucket, UPLOAD, b"other")
    with pytest.raises(ConflictError):
        bucket.sha256(UPLOAD, etag)
    with pytest.raises(ConflictError):
        bucket.sha256("incoming/absent", etag)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"ChecksumAlgorithm": "CRC32"}, {"ChecksumAlgorithm": "SHA256"}],
    ids=["no checksum", "CRC32", "SHA256"],
)
def test_the_hash_of_a_published_file_is_s3s_or_computed(bucket: OpenBucket, arguments: Any) -> None:
    """S3 keeps the checksum that the publisher's client chose."""
    etag = put(bucket, FILE, b"wheel", **arguments)
    published = bucket.published(FILE)
    assert (published.key, published.etag, published.size) == (FILE, etag, 5)
    assert published.sha256 == hashlib.sha256(b"wheel").hexdigest()


@pytest.mark.parametrize("arguments", [{}, {"ChecksumAlgorithm": "SHA256"}], ids=["no checksum", "SHA256"])
def test_the_hash_of_a_multipart_upload_is_computed(bucket: OpenBucket, arguments: Any) -> None:
    """S3's is a checksum of checksums, which no client of the index could verify."""
    put_in_parts(bucket, FILE, LARGE, b"end", **arguments)
    head = bucket.s3.head_object(Bucket=bucket.name, Key=FILE, ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-2"')
    assert head.get("ChecksumSHA256", "-2").endswith("-2")
    assert bucket.published(FILE).sha256 == hashlib.sha256(LARGE + b"end").hexdigest()


# Upload times


@pytest.mark.parametrize(
    ("recorded", "time"),
    [
        ("2026-01-02T03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T05:04:05.5+02:00", datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        ("2026-01-02T03:04:05", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_upload_time_is_the_recorded_one_if_it_is_one(
    bucket: OpenBucket, recorded: str, time: datetime | None
) -> None:
    """Else LastModified: other hands may write what they like there."""
    put(bucket, FILE, b"wheel", Metadata={"upload-time": recorded})
    published = bucket.published(FILE).upload_time
    assert published == (time or get(bucket, FILE)["LastModified"])
    assert published.utcoffset() == timedelta(0)


# Publishing


def test_an_upload_is_published_with_its_hash_and_time(bucket: OpenBucket) -> None:
    """What the publisher's client said of it stays behind, but for the bytes."""
    etag = put(bucket, UPLOAD, b"wheel", ContentType="text/html", Metadata={"x": "y"}, Tagging="a=b")
    upload = bucket.open(UPLOAD, at_end=True)
    published = bucket.publish(upload, FILE)
    assert (published.key, published.size) == (FILE, 5)
    assert published.sha256 == hashlib.sha256(b"wheel").hexdigest()
    assert published.upload_time == upload.last_modified
    assert published == bucket.published(FILE)
    copy = get(bucket, FILE)
    assert copy["Body"] == b"wheel"
    assert copy["ContentType"] == "application/octet-stream"
    assert copy["CacheControl"] == "max-age=31536000, immutable"
    assert set(copy["Metadata"]) == {"upload-time", "upload-etag"}
    assert bucket.s3.get_object_tagging(Bucket=bucket.name, Key=FILE)["TagSet"] == []
    assert bucket.etag(UPLOAD) == etag


def test_a_multipart_upload_is_published_with_the_hash_of_the_whole(bucket: OpenBucket) -> None:
    """The copy is one part."""
    put_in_parts(bucket, UPLOAD, LARGE, b"end")
    published = bucket.publish(bucket.open(UPLOAD, at_end=True), FILE)
    assert published.sha256 == hashlib.sha256(LARGE + b"end").hexdigest()
    assert published == bucket.published(FILE)


def test_what_was_looked_at_is_what_is_published(bucket: OpenBucket) -> None:
    """An upload that was replaced or withdrawn meanwhile is not."""
    put(bucket, UPLOAD, b"good")
    upload = bucket.open(UPLOAD, at_end=True)
    etag = put(bucket, UPLOAD, b"evil")
    with pytest.raises(ConflictError):
        bucket.publish(upload, FILE)
    bucket.delete(UPLOAD, etag=etag)
    with pytest.raises(ConflictError):
        bucket.publish(upload, FILE)
    assert bucket.etag(FILE) is None


def test_a_published_file_is_never_written_over(bucket: OpenBucket) -> None:
    """Not even by the same bytes."""
    published = put(bucket, FILE, b"first", Metadata={"x": "y"})
    for body in (b"second", b"first"):
        put(bucket, UPLOAD, body)
        with pytest.raises(ConflictError):
            bucket.publish(bucket.open(UPLOAD, at_end=True), FILE)
    assert bucket.etag(FILE) == published
    assert get(bucket, FILE)["Metadata"] == {"x": "y"}


def test_a_refused_upload_is_kept_as_it_was_read(bucket: OpenBucket) -> None:
    """The reason under rejected/ is about these bytes."""
    put(bucket, UPLOAD, b"bad")
    upload = bucket.open(UPLOAD, at_end=True)
    bucket.keep(upload, "rejected/" + UPLOAD)
    assert get(bucket, "rejected/" + UPLOAD)["Body"] == b"bad"
    put(bucket, UPLOAD, b"good")
    with pytest.raises(ConflictError):
        bucket.keep(upload, "rejected/" + UPLOAD)
    assert get(bucket, "rejected/" + UPLOAD)["Body"] == b"bad"


def test_what_is_too_large_for_one_copy_is_copied_in_parts(bucket: OpenBucket) -> None:
    """S3 copies up to 5 GB at once. The hash is then had by reading; nothing that exists is written over."""
    small = Bucket(bucket.s3, bucket.name, largest_copy=5 * 1024**2)
    put_in_parts(bucket, UPLOAD, LARGE, b"end")
    upload = small.open(UPLOAD, at_end=True)
    published = small.publish(upload, FILE)
    assert published.sha256 == hashlib.sha256(LARGE + b"end").hexdigest()
    assert small.published(FILE) == published
    assert get(bucket, FILE)["CacheControl"] == "max-age=31536000, immutable"
    with pytest.raises(ConflictError):
        small.publish(upload, FILE)
    assert not bucket.s3.list_multipart_uploads(Bucket=bucket.name).get("Uploads")


# Deleting


def test_a_deletion_leaves_another_version_alone(bucket: OpenBucket) -> None:
    """It was uploaded since, and has its own event."""
    old = put(bucket, UPLOAD, b"old")
    new = put(bucket, UPLOAD, b"new")
    bucket.delete(UPLOAD, etag=old)
    assert bucket.etag(UPLOAD) == new
    bucket.delete(UPLOAD, etag=new)
    assert bucket.etag(UPLOAD) is None


def test_a_deletion_may_come_again(bucket: OpenBucket) -> None:
    """An event is delivered at least once."""
    etag = put(bucket, UPLOAD, b"old")
    bucket.delete(UPLOAD, etag=etag)
    bucket.delete(UPLOAD, etag=etag)
    assert bucket.etag(UPLOAD) is None
