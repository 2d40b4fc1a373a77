"""The sharpest race: conditional PUTs that lack one byte each, and get it together."""

import hashlib
import http.client
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.s3.endpoints import REGION, Endpoint

__all__ = ["race"]

#: Seconds, in which a server reads what it has been sent.
_SETTLING = 0.03


def race(
    endpoint: Endpoint, bucket: str, key: str, bodies: Sequence[bytes], *, expected: str | None
) -> list[int]:
    """The status of each PUT of one of *bodies*, over the page with ETag *expected*, or where none is.

    The ETag goes without its quotes, as in the examples of the User Guide of S3: all take it so.
    """
    condition = {"If-Match": expected.strip('"')} if expected else {"If-None-Match": "*"}
    requests = [_signed(endpoint, f"/{bucket}/{key}", body, condition) for body in bodies]
    address = urlsplit(endpoint.url)
    with ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            for _ in requests
        ]
        for connection, request in zip(connections, requests, strict=True):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request[:-1])
        time.sleep(_SETTLING)
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request[-1:])
        return [_status(connection) for connection in connections]


def _signed(endpoint: Endpoint, path: str, body: bytes, condition: dict[str, str]) -> bytes:
    """The request, as it goes over the wire."""
    headers = {
        **condition,
        "Host": urlsplit(endpoint.url).netloc,
        "Content-Length": str(len(body)),
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    request = AWSRequest(method="PUT", url=endpoint.url + path, data=body, headers=headers)
    S3SigV4Auth(Credentials(endpoint.access_key, endpoint.secret_key), "s3", REGION).add_auth(request)
    lines = [f"PUT {path} HTTP/1.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _status(connection: socket.socket) -> int:
    with http.client.HTTPResponse(connection, method="PUT") as response:
        response.begin()
        response.read()
        return response.status
