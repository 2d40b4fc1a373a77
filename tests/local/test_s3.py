"""The embedded S3: where it listens, when it ends, and the real AWS CLI against it."""

import errno
import hashlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import boto3
import pytest

from local.s3 import EmbeddedS3, PortUnavailableError

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


def test_it_answers_at_its_endpoint() -> None:
    """A free port of this machine is chosen, and S3 answers there."""
    with EmbeddedS3() as server:
        assert server.endpoint_url.startswith("http://127.0.0.1:")
        s3 = boto3.client("s3", endpoint_url=server.endpoint_url, **KEYS)
        s3.create_bucket(Bucket="answers")
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["answers"]
        s3.close()


def test_a_used_port_is_one_sentence() -> None:
    """The error names the port, and says what to do."""
    with EmbeddedS3() as first:
        port = int(first.endpoint_url.rpartition(":")[2])
        with pytest.raises(PortUnavailableError, match=rf"^Port {port} .* choose another port\.$") as caught:
            EmbeddedS3(port).start()
        assert caught.value.port == port


def test_a_port_that_is_not_for_everybody_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a system says of port 80; whoever runs this test may have the right to it."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(PortUnavailableError, match=r"^Port 80 .* one from 1024 to 65535\.$"):
        EmbeddedS3(80).start()


def test_a_port_is_free_again_after_stop() -> None:
    """Stopping lets go of the port, and leaves no thread."""
    before = set(threading.enumerate())
    with EmbeddedS3() as first:
        port = int(first.endpoint_url.rpartition(":")[2])
        idle = socket.create_connection(("127.0.0.1", port))
    idle.close()
    with EmbeddedS3(port) as second:
        assert second.endpoint_url == first_url(port)
    assert set(threading.enumerate()) == before


def first_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def test_nothing_is_left_when_the_last_one_stops() -> None:
    """Servers side by side share one store, which ends with the last of them."""
    with EmbeddedS3() as first:
        with EmbeddedS3() as second:
            s3 = boto3.client("s3", endpoint_url=second.endpoint_url, **KEYS)
            s3.create_bucket(Bucket="shared")
            s3.close()
        s3 = boto3.client("s3", endpoint_url=first.endpoint_url, **KEYS)
        s3.head_bucket(Bucket="shared")
        s3.close()
    with EmbeddedS3() as third:
        s3 = boto3.client("s3", endpoint_url=third.endpoint_url, **KEYS)
        assert s3.list_buckets()["Buckets"] == []
        s3.close()


def test_it_has_no_address_before_it_is_started() -> None:
    """Asking too early is an error, not a wrong address."""
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = EmbeddedS3().endpoint_url


def test_a_large_file_through_the_aws_cli(tmp_path: Path) -> None:
    """20 MB go up in parts and come down again, byte for byte."""
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(20 * 1024 * 1024))
    with EmbeddedS3() as server:
        s3 = boto3.client("s3", endpoint_url=server.endpoint_url, **KEYS)
        s3.create_bucket(Bucket="large")
        for source, target in ((str(big), "s3://large/big.bin"), ("s3://large/big.bin", f"{big}.back")):
            aws(tmp_path, server.endpoint_url, "s3", "cp", source, target)
        assert s3.head_object(Bucket="large", Key="big.bin")["ETag"].strip('"').endswith("-3")
        s3.close()
    back = tmp_path / "big.bin.back"
    assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(big.read_bytes()).digest()


def aws(home: Path, endpoint_url: str, *arguments: str) -> None:
    """Run the real AWS CLI, knowing nothing of whoever runs the tests."""
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", endpoint_url, *arguments]
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
