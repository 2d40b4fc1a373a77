"""The body of a request to S3, whole and free of aws-chunked framing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from local.s3_refusals import RefusedError

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["read_body"]


def read_body(environ: WSGIEnvironment) -> bytes:
    """Read the whole body, free of aws-chunked framing, and leave it in *environ* for moto."""
    stream = environ["wsgi.input"]
    length = None if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0)
    try:
        body: bytes = stream.read() if length is None else stream.read(length)
    except OSError as exc:
        raise _incomplete_body() from exc
    if length is not None and len(body) < length:
        raise _incomplete_body()
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-"):
        body = _without_framing(environ, body)
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    return body


def _without_framing(environ: WSGIEnvironment, framed: bytes) -> bytes:
    try:
        body, trailers = _unchunk(framed)
    except ValueError as exc:
        raise _incomplete_body() from exc
    if len(body) != int(environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH", len(body))):
        raise _incomplete_body()
    for name, value in trailers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    encodings = [each.strip() for each in environ.get("HTTP_CONTENT_ENCODING", "").split(",")]
    environ["HTTP_CONTENT_ENCODING"] = ",".join(each for each in encodings if each != "aws-chunked")
    if not environ["HTTP_CONTENT_ENCODING"]:
        del environ["HTTP_CONTENT_ENCODING"]
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"
    return body


def _unchunk(framed: bytes) -> tuple[bytes, dict[str, str]]:
    """Split an aws-chunked body in payload and trailing headers; `ValueError` if it breaks off."""
    stream, chunks = io.BytesIO(framed), []
    while size := int(stream.readline().partition(b";")[0], 16):
        chunks.append(stream.read(size))
        stream.readline()
    lines = [line.decode("latin-1").partition(":") for line in stream if b":" in line]
    return b"".join(chunks), {name.strip(): value.strip() for name, _, value in lines}


def _incomplete_body() -> RefusedError:
    text = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return RefusedError(400, "IncompleteBody", text)
