"""What plain moto lets through, and `StrictS3` does not."""

import base64
import hashlib
import http.client
import json
import socket
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from local.s3 import EmbeddedS3

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

BUCKET = "strict"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)
KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
MIB = 1 << 20


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with EmbeddedS3() as server:
        yield server.endpoint_url


@pytest.fixture(scope="module")
def s3(endpoint: str) -> "Iterator[S3Client]":
    client = boto3.client("s3", endpoint_url=endpoint, **KEYS)
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield client
    client.close()


@pytest.fixture
def switch_often() -> Iterator[None]:
    """Let threads interrupt each other at every step, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def send(
    endpoint: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """A request written by hand: no client in between that would put it right."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
    try:
        connection.request(method, path, body, {"Authorization": SIGNED, **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def digest(algorithm: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(algorithm, body, usedforsecurity=False).digest()).decode()


# --- Conditions ---


def test_copy_does_not_overwrite_under_if_none_match(s3: "S3Client") -> None:
    """CopyObject with If-None-Match: * fails on a key that is taken, and changes nothing."""
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"new")
    s3.put_object(Bucket=BUCKET, Key="taken", Body=b"old")
    copy = {"Bucket": BUCKET, "Key": "taken", "CopySource": f"{BUCKET}/source", "IfNoneMatch": "*"}
    assert refusal(s3.copy_object, **copy) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=BUCKET, Key="taken")["Body"].read() == b"old"


def test_copy_under_if_none_match_to_a_free_key(s3: "S3Client") -> None:
    """A key is free before its first version, and again behind a delete marker."""
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"new")
    for _ in range(2):
        s3.copy_object(Bucket=BUCKET, Key="free", CopySource=f"{BUCKET}/source", IfNoneMatch="*")
        s3.delete_object(Bucket=BUCKET, Key="free")


def test_copy_under_if_match(s3: "S3Client") -> None:
    """CopyObject with If-Match wants the destination to be there, and to be that very one."""
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"new")
    etag = s3.put_object(Bucket=BUCKET, Key="swap", Body=b"old")["ETag"]
    copy = {"Bucket": BUCKET, "CopySource": f"{BUCKET}/source"}
    assert refusal(s3.copy_object, Key="nowhere", IfMatch=etag, **copy) == (404, "NoSuchKey")
    assert refusal(s3.copy_object, Key="swap", IfMatch='"0"', **copy) == (412, "PreconditionFailed")
    s3.copy_object(Key="swap", IfMatch=etag, **copy)
    assert s3.get_object(Bucket=BUCKET, Key="swap")["Body"].read() == b"new"


def test_copy_wants_its_source_unchanged(s3: "S3Client") -> None:
    """CopySourceIfMatch holds, and so does CopySourceIfNoneMatch."""
    etag = s3.put_object(Bucket=BUCKET, Key="source", Body=b"1")["ETag"]
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/source"}
    assert refusal(s3.copy_object, CopySourceIfMatch='"0"', **copy) == (412, "PreconditionFailed")
    assert refusal(s3.copy_object, CopySourceIfNoneMatch=etag, **copy) == (412, "PreconditionFailed")
    s3.copy_object(CopySourceIfMatch=etag, **copy)


def test_completing_a_multipart_upload_under_if_match(s3: "S3Client") -> None:
    """CompleteMultipartUpload is a write like any other."""
    s3.put_object(Bucket=BUCKET, Key="parts", Body=b"old")
    upload = {
        "Bucket": BUCKET,
        "Key": "parts",
        "UploadId": s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"],
    }
    part = s3.upload_part(PartNumber=1, Body=b"new", **upload)
    upload["MultipartUpload"] = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    assert refusal(s3.complete_multipart_upload, IfMatch='"0"', **upload) == (412, "PreconditionFailed")
    assert refusal(s3.complete_multipart_upload, IfNoneMatch="*", **upload) == (412, "PreconditionFailed")
    s3.complete_multipart_upload(**upload)


def test_if_none_match_knows_only_the_star(s3: "S3Client") -> None:
    """An ETag in If-None-Match of a write is not implemented by S3, so it must not be ignored here."""
    assert refusal(s3.put_object, Bucket=BUCKET, Key="any", IfNoneMatch='"0"') == (501, "NotImplemented")


def test_delete_under_if_match(s3: "S3Client") -> None:
    """DeleteObject takes an ETag, or a star for whatever is there."""
    s3.put_object(Bucket=BUCKET, Key="gone", Body=b"1")
    delete = {"Bucket": BUCKET, "Key": "gone"}
    assert refusal(s3.delete_object, IfMatch='"0"', **delete) == (412, "PreconditionFailed")
    s3.delete_object(IfMatch="*", **delete)
    assert refusal(s3.delete_object, IfMatch="*", **delete) == (404, "NoSuchKey")


def race(endpoint: str, path: str, headers: dict[str, str], contenders: int = 16) -> list[int]:
    """All but the last byte of each request is sent first, then all the last bytes together."""
    netloc = urlsplit(endpoint).netloc
    host, _, port = netloc.partition(":")
    lines = {"Host": netloc, "Authorization": SIGNED, "Content-Length": "2000", **headers}
    head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    sockets = [socket.create_connection((host, int(port))) for _ in range(contenders)]
    for number, each in enumerate(sockets):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        each.settimeout(10)
        each.sendall(head.encode() + b"\r\n" + (b"%04d" % number) * 499 + b"end")
    time.sleep(0.03)
    for each in sockets:
        each.send(b".")
    return [status(each) for each in sockets]


def status(connection: socket.socket) -> int:
    with connection, connection.makefile("rb") as stream:
        return int(stream.readline().split()[1])


@pytest.mark.usefixtures("switch_often")
@pytest.mark.parametrize("condition", ["If-None-Match", "If-Match"])
def test_one_of_sixteen_writers_wins(s3: "S3Client", endpoint: str, condition: str) -> None:
    """Of writes that arrive together under one condition, exactly one succeeds."""
    for number in range(30):
        key = f"race-{condition}-{number}"
        wanted = s3.put_object(Bucket=BUCKET, Key=key)["ETag"] if condition == "If-Match" else "*"
        answers = race(endpoint, f"/{BUCKET}/{key}", {condition: wanted})
        assert sorted(answers) == [200] + [412] * 15


def test_a_slow_client_holds_up_nobody(s3: "S3Client", endpoint: str) -> None:
    """While one body is still on its way, others are served."""
    netloc = urlsplit(endpoint).netloc
    host, _, port = netloc.partition(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(
            f"PUT /{BUCKET}/slow HTTP/1.1\r\nHost: {netloc}\r\nContent-Length: 9\r\n\r\nhalf".encode()
        )
        time.sleep(0.05)
        s3.put_object(Bucket=BUCKET, Key="quick", Body=b"1")


# --- Bodies and their checksums ---


@pytest.mark.parametrize(
    "argument",
    [
        {"ContentMD5": digest("md5", b"other")},
        {"ChecksumSHA256": digest("sha256", b"other")},
        {"ChecksumSHA1": digest("sha1", b"other")},
        {"ChecksumCRC32": "AAAAAA=="},
        {"ChecksumCRC32C": "AAAAAA=="},
        {"ChecksumCRC64NVME": "AAAAAAAAAAA="},
    ],
    ids=lambda argument: next(iter(argument)),
)
def test_a_body_that_is_not_what_was_said(s3: "S3Client", argument: dict[str, str]) -> None:
    """A wrong checksum is a BadDigest, and nothing is stored."""
    put = {"Bucket": BUCKET, "Key": "wrong", "Body": b"body", **argument}
    assert refusal(s3.put_object, **put) == (400, "BadDigest")
    assert refusal(s3.head_object, Bucket=BUCKET, Key="wrong") == (404, "404")


@pytest.mark.parametrize(
    ("argument", "code"),
    [({"ContentMD5": "short"}, "InvalidDigest"), ({"ChecksumSHA256": "c2hvcnQ="}, "InvalidRequest")],
)
def test_a_checksum_that_is_none(s3: "S3Client", argument: dict[str, str], code: str) -> None:
    """What cannot be a checksum is refused as such."""
    assert (400, code) == refusal(s3.put_object, Bucket=BUCKET, Key="wrong", Body=b"body", **argument)


@pytest.mark.usefixtures("s3")
def test_a_body_other_than_the_signed_one(endpoint: str) -> None:
    """The hash in the signature covers the body."""
    headers = {"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}
    code, answer = send(endpoint, "PUT", f"/{BUCKET}/wrong", b"body", headers)
    assert code == 400
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in answer


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [  # the check values of the CRC catalogue, for "123456789"
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
        ("SHA1", digest("sha1", b"123456789")),
        ("SHA256", digest("sha256", b"123456789")),
    ],
)
def test_a_right_checksum_is_kept(s3: "S3Client", algorithm: str, value: str) -> None:
    """HEAD gives the checksum back that came with the body, as one of the full object."""
    arguments: dict[str, Any] = {"Bucket": BUCKET, "Key": f"sum-{algorithm}"}
    s3.put_object(**arguments, Body=b"123456789", **{f"Checksum{algorithm}": value})
    head: dict[str, Any] = dict(s3.head_object(**arguments, ChecksumMode="ENABLED"))
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (value, "FULL_OBJECT")


def framed(body: bytes, checksum: str) -> bytes:
    """*body* as the SDKs send it when they add the checksum at the end."""
    chunks = [body[:7], body[7:], b""]
    frames = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks[:2]) + b"0\r\n"
    return frames + f"x-amz-checksum-crc32:{checksum}\r\n\r\n".encode()


TRAILING = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32",
    "x-amz-decoded-content-length": "16",
    "Content-Encoding": "aws-chunked,gzip",
    "Content-Type": "text/plain",
}


def test_a_trailing_checksum(s3: "S3Client", endpoint: str) -> None:
    """A body in aws-chunked framing is stored without it, and its trailing checksum is kept."""
    body = b"x-amz-checksum-:"
    checksum = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert send(endpoint, "PUT", f"/{BUCKET}/framed", framed(body, checksum), TRAILING)[0] == 200
    stored = s3.get_object(Bucket=BUCKET, Key="framed", ChecksumMode="ENABLED")
    assert stored["Body"].read() == body
    assert (stored["ChecksumCRC32"], stored["ContentEncoding"]) == (checksum, "gzip")


@pytest.mark.parametrize(
    ("sent", "code"),
    [(framed(b"sixteen bytes ok", "AAAAAA=="), b"BadDigest"), (b"10\r\nbroken off", b"IncompleteBody")],
)
@pytest.mark.usefixtures("s3")
def test_a_wrong_trailing_checksum(endpoint: str, sent: bytes, code: bytes) -> None:
    """A trailing checksum that does not match, or never came, is refused."""
    answered, answer = send(endpoint, "PUT", f"/{BUCKET}/broken", sent, TRAILING)
    assert (answered, b"<Code>" + code + b"</Code>" in answer) == (400, True)


def test_a_body_cut_short(s3: "S3Client", endpoint: str) -> None:
    """An upload that breaks off leaves nothing behind."""
    netloc = urlsplit(endpoint).netloc
    host, _, port = netloc.partition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"PUT /{BUCKET}/short HTTP/1.1\r\nHost: {netloc}\r\nContent-Length: 9\r\n\r\n"
        connection.sendall(head.encode() + b"half")
        connection.shutdown(socket.SHUT_WR)
        assert b"<Code>IncompleteBody</Code>" in b"".join(iter(lambda: connection.recv(4096), b""))
    assert refusal(s3.head_object, Bucket=BUCKET, Key="short") == (404, "404")


def test_a_body_sent_as_a_form(s3: "S3Client", endpoint: str) -> None:
    """The default type of curl and urllib does not lose the body."""
    send(endpoint, "PUT", f"/{BUCKET}/form", b"a=b&c", {"Content-Type": "application/x-www-form-urlencoded"})
    assert s3.get_object(Bucket=BUCKET, Key="form")["Body"].read() == b"a=b&c"


def test_a_copy_has_the_checksum_of_the_whole(s3: "S3Client") -> None:
    """A multipart upload has a checksum of checksums; a copy of it has one of the object."""
    body = [b"a" * 5 * MIB, b"b"]
    upload: dict[str, Any] = {"Bucket": BUCKET, "Key": "composite"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, part in enumerate(body, start=1):
        answer = s3.upload_part(**upload, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256")
        parts.append(
            {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]}
        )
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    composite = s3.head_object(Bucket=BUCKET, Key="composite", ChecksumMode="ENABLED")
    assert composite["ChecksumType"] == "COMPOSITE"
    assert composite["ChecksumSHA256"].endswith("-2")

    copied = s3.copy_object(
        Bucket=BUCKET, Key="whole", CopySource=f"{BUCKET}/composite", ChecksumAlgorithm="SHA256"
    )["CopyObjectResult"]
    whole = s3.head_object(Bucket=BUCKET, Key="whole", ChecksumMode="ENABLED")
    expected = (digest("sha256", b"".join(body)), "FULL_OBJECT")
    assert expected == (copied["ChecksumSHA256"], copied["ChecksumType"])
    assert expected == (whole["ChecksumSHA256"], whole["ChecksumType"])


# --- Keys ---


def test_a_plus_in_a_path_is_a_space(s3: "S3Client", endpoint: str) -> None:
    """`+` finds the key with a space; the key with a plus wants `%2B`."""
    s3.put_object(Bucket=BUCKET, Key="1.0+cu118", Body=b"plus")
    s3.put_object(Bucket=BUCKET, Key="1.0 cu118", Body=b"space")
    assert send(endpoint, "GET", f"/{BUCKET}/1.0+cu118") == (200, b"space")
    assert send(endpoint, "GET", f"/{BUCKET}/1.0%2Bcu118") == (200, b"plus")


def test_a_plus_in_a_copy_source_is_a_space(s3: "S3Client", endpoint: str) -> None:
    """The same holds for the source of a copy."""
    s3.put_object(Bucket=BUCKET, Key="2.0 cu118", Body=b"space")
    headers = {"x-amz-copy-source": f"/{BUCKET}/2.0+cu118"}
    assert send(endpoint, "PUT", f"/{BUCKET}/copied", headers=headers)[0] == 200
    assert s3.get_object(Bucket=BUCKET, Key="copied")["Body"].read() == b"space"


# --- Removals ---


@pytest.fixture(scope="module")
def sqs(endpoint: str) -> "Iterator[SQSClient]":
    client = boto3.client("sqs", endpoint_url=endpoint, **KEYS)
    yield client
    client.close()


@pytest.fixture
def removals(s3: "S3Client", sqs: "SQSClient") -> Callable[[], list[tuple[str, str]]]:
    """The removals notified since the last call."""
    url = sqs.create_queue(QueueName="removals")["QueueUrl"]
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:removals", "Events": ["s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={"QueueConfigurations": [queue]},
    )

    def read() -> list[tuple[str, str]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        records = [
            record for message in messages for record in json.loads(message["Body"]).get("Records", [])
        ]
        return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]

    read()
    return read


def test_every_removal_is_notified(s3: "S3Client", removals: Callable[[], list[tuple[str, str]]]) -> None:
    """A removal, taking it back, and the end of each version: S3 tells of all, moto of none."""
    version = s3.put_object(Bucket=BUCKET, Key="told", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=BUCKET, Key="told")["VersionId"]
    assert removals() == [("ObjectRemoved:DeleteMarkerCreated", "told")]
    s3.delete_object(Bucket=BUCKET, Key="told", VersionId=marker)
    assert removals() == [("ObjectRemoved:Delete", "told")]
    marker = s3.delete_object(Bucket=BUCKET, Key="told")["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="told", VersionId=version)
    s3.delete_object(Bucket=BUCKET, Key="told", VersionId=marker)
    assert [name for name, _ in removals()][1:] == ["ObjectRemoved:Delete"] * 2


def test_removals_in_one_request_are_notified(
    s3: "S3Client", removals: Callable[[], list[tuple[str, str]]]
) -> None:
    """DeleteObjects tells of each key by itself."""
    for key in ("one", "two"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "one"}, {"Key": "two"}]})
    assert [key for _, key in removals()] == ["one", "two"]
