"""The checksums that a request to S3 may carry, held against its body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable

from local.s3_refusals import RefusedError

__all__ = ["CHECKSUMS", "digest", "verify"]

#: Bytes. The CRCs that are computed in Python are taken on trust above this.
_SLOW_LIMIT = 1 << 20


def _reflected_crc(width: int, polynomial: int) -> Callable[[bytes], bytes]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    ones = (1 << width) - 1

    def crc(data: bytes) -> bytes:
        value = ones
        for byte in data:
            value = table[(value ^ byte) & 255] ^ (value >> 8)
        return (value ^ ones).to_bytes(width // 8, "big")

    return crc


CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "crc32c": _reflected_crc(32, 0x82F63B78),
    "crc64nvme": _reflected_crc(64, 0x9A6C9329AC4BC9B5),
}
_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    **CHECKSUMS,
}
_SLOW = {"crc32c", "crc64nvme"}


def digest(algorithm: str, data: bytes) -> str:
    """The checksum of *data* as S3 writes it, in base64."""
    return base64.b64encode(_DIGESTS[algorithm](data)).decode()


def verify(header: str, value: str | None, algorithm: str, body: bytes, *, malformed: str) -> None:
    """Refuse *body* if *value*, what *header* says its checksum is, is not; None says nothing."""
    if value is None:
        return
    try:
        well_formed = len(base64.b64decode(value, validate=True)) == len(_DIGESTS[algorithm](b""))
    except binascii.Error:
        well_formed = False
    if not well_formed:
        raise RefusedError(400, malformed, f"Value for {header} header is invalid.")
    if algorithm in _SLOW and len(body) > _SLOW_LIMIT:
        return
    if digest(algorithm, body) != value:
        text = f"The {algorithm.upper()} you specified did not match the calculated checksum."
        raise RefusedError(400, "BadDigest", text)
