"""Certificates made on the spot: good ones of an authority of our own, and each kind of bad one."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

__all__ = ["Authority", "Issued", "self_signed"]


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its key, in one file."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    file: Path

    def context(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


class Authority:
    """Somebody who signs certificates; whoever trusts *file* believes them."""

    def __init__(self, folder: Path, name: str = "Acme Inspection") -> None:
        self._folder = folder
        self._own = _issue(folder / "authority.pem", name, is_authority=True)
        self.file = folder / "bundle.pem"
        self.file.write_bytes(self._own.certificate.public_bytes(Encoding.PEM))

    def issue(self, *, host: str = "localhost", begins: int = -30, ends: int = 30) -> Issued:
        """For *host*, valid from and until these days from now."""
        file = self._folder / f"{host} {begins} {ends}.pem"
        return _issue(file, "a server", host=host, begins=begins, ends=ends, by=self._own)


def self_signed(file: Path, host: str = "localhost") -> Issued:
    return _issue(file, "a server", host=host)


def _issue(
    file: Path,
    name: str,
    *,
    host: str | None = None,
    begins: int = -30,
    ends: int = 30,
    by: Issued | None = None,
    is_authority: bool = False,
) -> Issued:
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signer = by.key if by else key
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(issuer, critical=False)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    else:
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    certificate = builder.sign(signer, SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    return Issued(certificate=certificate, key=key, file=file)
