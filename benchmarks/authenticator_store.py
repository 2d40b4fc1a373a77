"""What the authenticator's benchmarks read: the files of an operator, and a bucket in another process.

``python -m benchmarks.authenticator_store FOLDER [CERTIFICATE]`` serves a folder, over HTTPS if there is a
certificate, until its standard input ends. It prints its URL first.
"""

import hashlib
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import bcrypt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authenticator.tokens import checksum, hash_token

__all__ = ["ARN", "COST", "PASSWORD", "make_certificate", "serve", "token", "write_htpasswd", "write_policy"]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:acme-authenticator:1"
COST = 10
#: Of ``user-0``, ``user-1`` and so on.
PASSWORD = "correct horse battery staple"  # noqa: S105  # it opens nothing
_BUCKET = "acme-123456789012-us-east-1"


def write_htpasswd(folder: Path, users: int, machines: int = 1) -> None:
    """*users* have a password, all of one hash since each takes its time to make; *machines* a token each."""
    lines = [
        *(f"machine-{number}:{hash_token(token(number).encode())}" for number in range(machines)),
        *(f"user-{number}:{_hash()}" for number in range(users)),
    ]
    _write(folder, "htpasswd", "\n".join(lines))


def write_policy(folder: Path, *, refresh_seconds: int = 60, more: str = "") -> None:
    """Fifty rules; what is asked for here, the last but for ``*`` decides on."""
    teams = [
        f'[[rules]]\nprojects = ["team-{number}-*", "tool-{number}"]\nread = ["@team-{number}", "machine-0"]'
        for number in range(48)
    ]
    groups = [f'team-{number} = ["user-{number}", "user-{number + 1}"]' for number in range(48)]
    public = '[[rules]]\nprojects = ["public-*"]\nread = ["@anonymous"]'
    rest = '[[rules]]\nprojects = ["*"]\nread = ["@signed-in"]'
    head = f"refresh_seconds = {refresh_seconds}\n[groups]"
    _write(folder, "policy.toml", "\n".join([head, *groups, *teams, public, rest, more]))


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A server's certificate with its key, in one file; and that of its authority, which is itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a bucket")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own = certificate.public_bytes(pem)
    server, authority = folder / "server.pem", folder / "authority.pem"
    server.write_bytes(secret + own)
    authority.write_bytes(own)
    return server, authority


def token(number: int) -> str:
    """Of ``machine-0``, ``machine-1`` and so on."""
    secret = f"{number:043}".encode()
    return (b"spp_" + secret + checksum(secret)).decode()


@contextmanager
def serve(folder: Path, certificate: Path | None = None) -> Iterator[Mapping[str, str]]:
    """What a function's environment says while *folder* is served by another process."""
    command = [sys.executable, "-m", "benchmarks.authenticator_store", str(folder)]
    command += [] if certificate is None else [str(certificate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  # they are pipes
        url = process.stdout.readline().strip()
        try:
            yield {
                "AWS_ENDPOINT_URL_S3": url,
                "AWS_ACCESS_KEY_ID": "benchmark",
                "AWS_SECRET_ACCESS_KEY": "benchmark",
                "AWS_SESSION_TOKEN": "benchmark" * 50,
            }
        finally:
            process.stdin.close()


@cache
def _hash() -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(COST)).decode()


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / _BUCKET / "auth" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer on a kept connection waits for the acknowledgement of its headers.
    disable_nagle_algorithm = True
    folder: Path

    def do_GET(self) -> None:
        path = self.folder / self.path.lstrip("/")
        if not path.is_file():
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "")
            return
        body = path.read_bytes()
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        if self.headers["If-None-Match"] == etag:
            self._answer(304, b"", etag)
        else:
            self._answer(200, body, etag)

    def do_HEAD(self) -> None:
        """Every project has a page here."""
        self._answer(200, b"", '"a page"')

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, body: bytes, etag: str) -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _serve_here(folder: str, certificate: str | None = None) -> None:
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("_HandlerOfFolder", (_Handler,), {"folder": Path(folder)})
    )
    server.daemon_threads = True
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "http" if certificate is None else "https"
    print(f"{scheme}://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve_here(*sys.argv[1:])
