import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authenticator import connection
from authenticator.deadline import Deadline
from authenticator.errors import DeletedObjectError, NoSuchObjectError, StoreUnavailableError
from authenticator.location import Location
from authenticator.reader import ObjectReader
from tests.authenticator.store_server import (
    CUT,
    DRIP,
    RESET,
    SILENT,
    UNMEASURED,
    UNTAGGED,
    StoreServer,
    serve_store,
)

KEY = "auth/htpasswd"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
LINES = b"alice:first\nbob:second\n"


def reader_of(host: str, scheme: str = "http", **environment: str) -> ObjectReader:
    location = Location(scheme=scheme, host=host, base="/bucket")
    return ObjectReader(location=location, environment=environment or CREDENTIALS)


@pytest.fixture
def store(store: StoreServer) -> StoreServer:
    store.body = LINES
    return store


@pytest.fixture
def reader(store: StoreServer) -> Iterator[ObjectReader]:
    reader = reader_of(f"127.0.0.1:{store.server_port}")
    yield reader
    reader.close()


def failure(reader: ObjectReader) -> str:
    """Why the object cannot be read."""
    with pytest.raises(StoreUnavailableError) as caught:
        reader.read(KEY, None, Deadline(2.5))
    return str(caught.value)


def test_an_object_is_read_with_its_etag(reader: ObjectReader, store: StoreServer) -> None:
    """By a signed request."""
    stored = reader.read(KEY, None, Deadline(2.5))
    assert stored is not None
    assert (stored.body, stored.etag) == (LINES, store.etag)
    (request,) = store.requests
    assert request["path"] == "/bucket/auth/htpasswd"
    assert request["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")


def test_an_object_that_has_not_changed_is_not_sent_again(reader: ObjectReader, store: StoreServer) -> None:
    """The bucket answers 304 to the ETag that is known."""
    assert reader.read(KEY, store.etag, Deadline(2.5)) is None
    assert reader.read(KEY, '"other"', Deadline(2.5)) is not None


@pytest.mark.parametrize("cut", [0, LINES.index(b"\n") + 1, len(LINES) - 4])
def test_a_body_that_breaks_off_is_no_object(reader: ObjectReader, store: StoreServer, cut: int) -> None:
    """Before a line, after one, in the middle of one: whoever is missing would be shut out."""
    store.fault, store.cut = CUT, cut
    assert failure(reader).endswith(f"broke off after {cut} of {len(LINES)} bytes")


def test_a_body_of_unknown_length_is_no_object(reader: ObjectReader, store: StoreServer) -> None:
    """Nobody could tell whether it is whole."""
    store.fault = UNMEASURED
    assert failure(reader).endswith("came without a Content-Length")


def test_a_body_without_an_etag_is_no_object(reader: ObjectReader, store: StoreServer) -> None:
    """It could not be asked for by it."""
    store.fault = UNTAGGED
    assert failure(reader).endswith("came without an ETag")


def test_too_large_a_body_is_not_read(reader: ObjectReader, store: StoreServer) -> None:
    """Whoever filled auth/htpasswd by mistake must not fill the function's memory."""
    store.body = b"x" * 2 * 1024 * 1024
    assert reader.read(KEY, None, Deadline(2.5)) is not None
    store.body += b"x"
    assert failure(reader).endswith("is larger than 2097152 bytes")


@pytest.mark.parametrize(("missing", "error"), [("NoSuchKey", True), ("NoSuchBucket", False)])
def test_an_object_does_not_exist_where_s3_says_just_that(
    reader: ObjectReader, store: StoreServer, missing: str, error: bool
) -> None:
    """A bucket that is missing answers 404 too."""
    store.objects.clear()
    store.missing = missing
    with pytest.raises(StoreUnavailableError) as caught:
        reader.read(KEY, None, Deadline(2.5))
    assert isinstance(caught.value, NoSuchObjectError) is error


def test_an_object_that_was_deleted_is_not_one_that_never_was(
    reader: ObjectReader, store: StoreServer
) -> None:
    """S3 says so of the newest version in a versioned bucket."""
    store.objects.clear()
    store.deleted = {KEY}
    with pytest.raises(DeletedObjectError, match="auth/htpasswd has been deleted"):
        reader.read(KEY, None, Deadline(2.5))
    assert reader.knows(KEY, Deadline(2.5))


def test_an_unasked_304_is_no_object(reader: ObjectReader, store: StoreServer) -> None:
    """It says that what is known is true, and nothing is known."""
    store.fault = 304
    assert failure(reader) == "auth/htpasswd answered 304"


def test_whether_there_is_an_object_is_asked_for_without_its_body(
    reader: ObjectReader, store: StoreServer
) -> None:
    """By a HEAD, in which S3 cannot say which kind of 404 it means."""
    assert reader.knows(KEY, Deadline(2.5))
    assert not reader.knows("auth/none", Deadline(2.5))
    assert [request["method"] for request in store.requests] == ["HEAD", "HEAD"]


@pytest.mark.parametrize("status", [301, 400, 403, 429, 500, 503])
def test_any_other_answer_says_not_whether_there_is_one(
    reader: ObjectReader, store: StoreServer, status: int
) -> None:
    """Least of all that there is none."""
    store.fault = status
    with pytest.raises(StoreUnavailableError, match=f"auth/htpasswd answered {status}"):
        reader.knows(KEY, Deadline(2.5))


@pytest.mark.parametrize("status", [301, 400, 403, 404, 429])
def test_another_status_is_named_and_final(reader: ObjectReader, store: StoreServer, status: int) -> None:
    """To ask again at once would be answered the same."""
    store.fault = status
    assert failure(reader) == f"auth/htpasswd answered {status} SomeError"
    assert len(store.requests) == 1


@pytest.mark.parametrize("fault", [500, 503, RESET, CUT, SILENT])
def test_what_may_be_gone_at_once_is_tried_again_at_once(
    reader: ObjectReader, store: StoreServer, fault: int | str
) -> None:
    """A lost connection and a 5xx of S3 are ordinary, and a viewer waits."""
    store.fault, store.faults_left = fault, 1
    assert reader.read(KEY, None, Deadline(2.5)) is not None
    assert len(store.requests) == 2


@pytest.mark.parametrize("fault", [500, RESET])
def test_it_is_tried_twice_and_no_more(reader: ObjectReader, store: StoreServer, fault: int | str) -> None:
    """The caller has something better to do: an older copy."""
    store.fault = fault
    failure(reader)
    assert len(store.requests) == 2


@pytest.mark.parametrize("fault", [SILENT, DRIP])
def test_a_read_ends_in_time_however_the_store_stalls(
    reader: ObjectReader, store: StoreServer, fault: str
) -> None:
    """Half of the function's 5 s, so that the rest of them is left for the viewer."""
    store.fault = fault
    before = time.monotonic()
    failure(reader)
    assert time.monotonic() - before < 3


@pytest.fixture
def blackholes() -> Iterator[int]:
    """A port at which eight addresses of this machine take no connection: their queues are full."""
    with ExitStack() as opened:
        port = 0
        for number in range(8):
            listener = opened.enter_context(socket.socket())
            listener.bind((f"127.0.0.{number + 2}", port))
            listener.listen(0)
            port = listener.getsockname()[1]
            for _ in range(3):
                waiting = opened.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(listener.getsockname())
        yield port


def test_a_read_ends_in_time_if_no_address_answers(blackholes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 has eight of them, and each could take its whole time."""
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number + 2}", blackholes))
        for number in range(8)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    before = time.monotonic()
    assert failure(reader_of("s3.example")) == "auth/htpasswd took longer than 2.5 s"
    assert time.monotonic() - before < 3


def test_a_read_ends_in_time_if_the_name_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver waits five seconds for a lost packet."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(4))
    before = time.monotonic()
    failure(reader_of("s3.example"))
    assert time.monotonic() - before < 3


@pytest.mark.parametrize("missing", CREDENTIALS)
@pytest.mark.parametrize("value", [None, ""])
def test_no_credentials_of_aws_are_a_failure_with_its_own_sentence(missing: str, value: str | None) -> None:
    """Not a KeyError, which nobody would keep serving for."""
    environment = {**CREDENTIALS, missing: value}
    kept = {name: text for name, text in environment.items() if text is not None}
    assert failure(reader_of("127.0.0.1:9", **kept)) == (
        "the environment holds no AWS credentials to read the bucket with"
    )


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a store")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "store.pem"
    path.write_bytes(secret + signed.public_bytes(pem))
    return path


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which authorities were loaded: the name of a file, or "all" of the machine's."""
    names: list[str] = []
    create = ssl.create_default_context

    def create_default_context(*, cafile: str | None = None) -> ssl.SSLContext:
        names.append("all" if cafile is None else Path(cafile).name)
        return create(cafile=cafile)

    monkeypatch.setattr(ssl, "create_default_context", create_default_context)
    for context in (connection._amazon, connection._everyone):
        context.cache_clear()
    yield names
    for context in (connection._amazon, connection._everyone):
        context.cache_clear()


@pytest.fixture
def tls_store(certificate: Path) -> Iterator[StoreServer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serve_store(tls) as server:
        server.body = LINES
        yield server


def read_over_tls(store: StoreServer) -> None:
    """As by a new environment, twice."""
    reader = reader_of(f"127.0.0.1:{store.server_port}", "https")
    for _ in range(2):
        assert reader.read(KEY, None, Deadline(2.5)) is not None
        reader.close()


def test_amazons_authorities_are_enough_for_amazon(
    tls_store: StoreServer, certificate: Path, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To load all of a machine's takes a quarter of a second at the edge; these are loaded once."""
    monkeypatch.setattr(connection, "_AMAZON_ROOTS", str(certificate))
    read_over_tls(tls_store)
    read_over_tls(tls_store)
    assert loaded == ["store.pem"]


def test_whom_amazon_has_not_signed_the_machine_may_know(
    tls_store: StoreServer, certificate: Path, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another S3, or an Amazon with other roots: found out once."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    read_over_tls(tls_store)
    assert loaded == ["amazon-roots.pem", "all"]
    assert [request["path"] for request in tls_store.requests] == [f"/bucket/{KEY}"] * 2


def test_whom_nobody_knows_is_not_believed(tls_store: StoreServer, loaded: list[str]) -> None:
    """And not asked for anything."""
    reader = reader_of(f"127.0.0.1:{tls_store.server_port}", "https")
    for _ in range(2):
        assert "CERTIFICATE_VERIFY_FAILED" in failure(reader)
    assert loaded == ["amazon-roots.pem", "all"]
    assert tls_store.requests == []


def test_the_authorities_are_those_of_amazon_trust_services() -> None:
    """By the fingerprints that AWS publishes, and good for ten years to come."""
    context = ssl.create_default_context(cafile=connection._AMAZON_ROOTS)
    assert {sha256(root).hexdigest() for root in context.get_ca_certs(binary_form=True)} == {
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    }
    ends = [ssl.cert_time_to_seconds(str(root["notAfter"])) for root in context.get_ca_certs()]
    assert min(ends) > datetime(2036, 1, 1, tzinfo=UTC).timestamp()
