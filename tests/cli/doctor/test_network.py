"""What is between a consumer and the index is told apart, against real servers, and what mends it does."""

import ssl
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest

from serverless_pypi.doctor.clients import read_clients
from serverless_pypi.doctor.index_urls import parse_index_url
from serverless_pypi.doctor.looks import looks_of
from tests.cli.doctor.certificates import Authority, self_signed
from tests.cli.doctor.patients import Consumer, only, wrong
from tests.cli.doctor.servers import Passed, front_of, proxy, silent_port, web_page
from tests.road.road import Road

SAMPLE = "serverless-pypi-sample"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secure(road: Road, authority: Authority) -> Iterator[str]:
    """The origin of the index behind TLS, by a certificate of an authority that nobody knows."""
    with front_of(road.origin, context=authority.issue().context()) as origin:
        yield origin


def with_credential(origin: str, road: Road) -> str:
    return origin.replace("://", f"://{road.username}:{road.password}@") + "/simple/"


def test_an_unknown_authority_is_named_and_can_be_trusted(
    consumer: Consumer, secure: str, authority: Authority, road: Road
) -> None:
    """As behind a proxy that opens TLS: with the authority's file, doctor, pip and uv believe it."""
    url = with_credential(secure, road)
    consumer.environment |= {"PIP_INDEX_URL": url, "UV_DEFAULT_INDEX": url}
    found = only(consumer.findings(), "certificate-unknown-issuer")
    assert found["what"].startswith("pip and uv do not believe")
    assert "signed by Acme Inspection" in found["what"]

    consumer.follow(found["mend"], {"CA_BUNDLE": str(authority.file)})

    assert wrong(consumer.findings()) == []
    assert consumer.installs(SAMPLE, by="pip") == ""
    assert consumer.installs(SAMPLE, by="uv") == ""


def test_uv_is_told_to_believe_the_system(
    consumer: Consumer, secure: str, authority: Authority, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system knows the authority, and uv only those it came with."""
    # Of this process: as if the system's own files had it, and no variable of the consumer's.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    consumer.environment["UV_DEFAULT_INDEX"] = with_credential(secure, road)
    found = only(consumer.examine(), "certificate-unknown-issuer")
    assert found["what"].startswith("uv does not believe")

    consumer.follow(found["mend"])

    assert wrong(consumer.examine()) == []


@pytest.mark.parametrize(
    ("code", "begins", "ends", "says"),
    [
        ("certificate-expired", -30, -1, "it has expired since"),
        ("certificate-not-yet-valid", 1, 30, "the clock of this machine is behind"),
    ],
)
def test_dates_of_a_certificate(
    code: str, begins: int, ends: int, says: str, consumer: Consumer, authority: Authority, road: Road
) -> None:
    """With the right clock, it is for whoever looks after the index to renew it; no credential goes out."""
    consumer.environment["PIP_CERT"] = str(authority.file)
    seen: list[str | None] = []
    issued = authority.issue(begins=begins, ends=ends)
    with front_of(road.origin, context=issued.context(), change=seen_by(seen)) as origin:
        consumer.environment["PIP_INDEX_URL"] = with_credential(origin, road)
        findings = consumer.examine(wanted=["pip"])
    assert says in only(findings, code)["what"]
    assert only(findings, "clock")["severity"] == "good"
    assert set(seen) == {None}


def test_a_certificate_that_signs_itself(consumer: Consumer, road: Road, tmp_path: Path) -> None:
    """Told apart from one of an unknown authority; whoever trusts it believes it."""
    issued = self_signed(tmp_path / "self.pem")
    with front_of(road.origin, context=issued.context()) as origin:
        consumer.environment["UV_DEFAULT_INDEX"] = with_credential(origin, road)
        found = only(consumer.examine(wanted=["uv"]), "certificate-self-signed")
        consumer.follow(found["mend"], {"CA_BUNDLE": str(issued.file)})
        assert wrong(consumer.examine(wanted=["uv"])) == []


def test_the_certificate_of_another_host(consumer: Consumer, authority: Authority, road: Road) -> None:
    """Its names are told, and the command is given with one of them."""
    consumer.environment["SSL_CERT_FILE"] = str(authority.file)
    issued = authority.issue(host="packages.example")
    with front_of(road.origin, context=issued.context()) as origin:
        found = only(consumer.examine(f"{origin}/simple/", wanted=["uv"]), "certificate-other-host")
    assert "it is for packages.example" in found["what"]
    port = origin.rpartition(":")[2]
    assert found["mend"] == [{"run": f"serverless-pypi doctor https://packages.example:{port}/simple/"}]


def test_a_clock_that_is_wrong(consumer: Consumer, road: Road) -> None:
    """By the Date of what the index answers; more than five minutes count."""
    for hours in (-3, 3):
        with front_of(road.origin, change=shifted(hours * 3600)) as origin:
            found = only(consumer.examine(f"{origin}/simple/"), "clock")
        assert f"3 hours {'ahead of' if hours < 0 else 'behind'} the index's" in found["what"]
        assert found["mend"]
    with front_of(road.origin, change=shifted(240)) as origin:
        assert only(consumer.examine(f"{origin}/simple/"), "clock")["severity"] == "good"


def test_a_date_beyond_all_bounds_says_nothing(consumer: Consumer, road: Road) -> None:
    def change(passed: Passed) -> None:
        passed.headers["date"] = f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"

    with front_of(road.origin, change=change) as origin:
        assert "clock" not in [found["code"] for found in consumer.examine(f"{origin}/simple/")]


def test_a_wrong_clock_explains_an_expired_certificate(
    consumer: Consumer, authority: Authority, road: Road
) -> None:
    """The server itself says what time it is, though nobody believes its certificate."""
    consumer.environment["SSL_CERT_FILE"] = str(authority.file)
    issued = authority.issue(begins=-30, ends=-1)
    with front_of(road.origin, context=issued.context(), change=shifted(-86_400 * 5)) as origin:
        findings = consumer.examine(f"{origin}/simple/", wanted=["uv"])
    assert "5 days ahead of" in only(findings, "clock")["what"]


def test_a_name_without_an_address(consumer: Consumer) -> None:
    """A name that no DNS knows, by RFC 2606."""
    found = only(consumer.examine("https://nonexistent.invalid/simple/"), "connection-name")
    assert "nonexistent.invalid has no address" in found["what"]


def test_a_closed_port(consumer: Consumer) -> None:
    with silent_port() as port:
        pass
    assert only(consumer.examine(f"https://127.0.0.1:{port}/simple/"), "connection-refused")


def test_a_port_that_never_answers(consumer: Consumer) -> None:
    with silent_port() as port:
        findings = consumer.examine(f"https://127.0.0.1:{port}/simple/", timeout=0.3)
    found = only(findings, "connection-timeout")
    assert "does not answer within 0.3 s" in found["what"]


def test_a_port_without_tls(consumer: Consumer, road: Road) -> None:
    """On this machine http is good enough, and the mend says so."""
    host = road.origin.partition("://")[2]
    found = only(consumer.examine(f"https://{host}/simple/"), "connection-no-tls")
    assert found["mend"] == [{"run": f"serverless-pypi doctor http://{host}/simple/"}]


def test_a_server_without_a_certificate_for_the_host(consumer: Consumer, road: Road) -> None:
    """As CloudFront answers for a name that is nobody's there."""
    with front_of(road.origin, context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as origin:
        found = only(consumer.examine(f"{origin}/simple/"), "connection-tls")
    assert "HANDSHAKE_FAILURE" in found["what"]


def test_what_a_stranger_says_of_itself_is_shown_without_control_characters(
    consumer: Consumer, road: Road, tmp_path: Path
) -> None:
    """An escape sequence in a certificate does nothing to a terminal."""
    authority = Authority(tmp_path, name="\x1b[2JAcme")
    with front_of(road.origin, context=authority.issue().context()) as origin:
        found = only(consumer.examine(f"{origin}/simple/"), "certificate-unknown-issuer")
    assert r"\x1b[2JAcme" in found["what"]


def test_a_port_is_tried_once_for_clients_of_one_way(consumer: Consumer) -> None:
    """What they believe comes later; so two clients wait no longer than one."""
    with silent_port() as port:
        url = f"https://127.0.0.1:{port}/simple/"
        consumer.environment |= {"PIP_INDEX_URL": url, "UV_DEFAULT_INDEX": url}
        machine = consumer.machine
        index = parse_index_url(url)
        assert index is not None
        (look,) = looks_of(read_clients(machine), index, machine, 0.2)
    assert look.titles == ("pip", "uv")


def test_a_proxy_that_leads_there(consumer: Consumer, secure: str, authority: Authority, road: Road) -> None:
    """It is used, and named without its password."""
    consumer.environment["PIP_CERT"] = str(authority.file)
    with proxy(credential="me:hunter2") as running:
        consumer.environment["https_proxy"] = running.url.replace("://", "://me:hunter2@")
        consumer.environment["PIP_INDEX_URL"] = with_credential(secure, road)
        findings = consumer.examine(wanted=["pip"])
    assert only(findings, "answers")["what"].endswith(
        f"through the proxy {running.url}, and pip believes its certificate"
    )
    assert running.asked
    assert wrong(findings) == []


def test_a_proxy_is_shown_no_credential(consumer: Consumer, road: Road) -> None:
    """To this machine one goes by http, which a proxy could read."""
    with proxy() as running:
        consumer.environment |= {"HTTP_PROXY": running.url, "UV_DEFAULT_INDEX": road.index_url}
        findings = consumer.examine(road.index_url, wanted=["uv"])
    assert [found["code"] for found in findings].count("accepted") == 2
    assert running.seen == {None}


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_refuses_is_gone_around(variable: str, consumer: Consumer, road: Road) -> None:
    """Where the way without it is open; pip and uv then go it."""
    with proxy(refuses=True) as running:
        consumer.environment |= {variable: running.url, "UV_DEFAULT_INDEX": road.index_url}
        found = only(consumer.examine(wanted=["uv"]), "proxy-refuses")
        assert f"The proxy {running.url} does not let us through" in found["what"]
        assert found["where"] == {"variable": variable}

        consumer.follow(found["mend"])

        assert wrong(consumer.examine(wanted=["uv"])) == []
        assert consumer.installs(SAMPLE, by="uv") == ""


def test_a_proxy_that_wants_a_password(
    consumer: Consumer, secure: str, authority: Authority, road: Road
) -> None:
    """The way without it is closed, so it is given one."""
    with proxy(credential="me:hunter2") as running:
        consumer.environment["HTTPS_PROXY"] = running.url
        index = "https://nonexistent.invalid/simple/"
        found = only(consumer.examine(index), "proxy-refuses")
        assert "407" in found["what"]
        consumer.follow(found["mend"], {"USER": "me", "PASSWORD": "hunter2"})
        assert only(consumer.examine(index), "proxy-refuses")["what"].endswith("(502 Bad Gateway)")


def test_a_proxy_that_is_not_there(consumer: Consumer, road: Road) -> None:
    """pip's own is taken away."""
    with silent_port() as port:
        pass
    consumer.write(
        ".config/pip/pip.conf", f"[global]\nindex-url = {road.index_url}\nproxy = 127.0.0.1:{port}\n"
    )
    found = only(consumer.examine(wanted=["pip"]), "proxy-refused")
    assert found["where"]["line"] == 3
    consumer.follow(found["mend"])
    assert wrong(consumer.examine(wanted=["pip"])) == []


def test_a_proxy_of_another_kind(consumer: Consumer, road: Road) -> None:
    consumer.environment["ALL_PROXY"] = "socks5://localhost:1"
    assert only(consumer.examine(road.url_for(None)), "proxy-unknown")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (web_page("<h1>Welcome to the hotel</h1>"), "the sign-in page of a network"),
        (web_page("", status=302, location="https://login.example/"), "the sign-in page of a network"),
        (web_page('<a href="/simple/acme/">acme</a>'), "another package index"),
        (web_page("nothing", status=404), "it answers 404 with text/html"),
    ],
)
def test_what_is_no_index_of_ours(change: object, says: str, consumer: Consumer, road: Road) -> None:
    """It is told what it looks like, and gets no credential."""
    seen: list[str | None] = []

    def changed(passed: Passed) -> None:
        seen_by(seen)(passed)
        change(passed)

    with front_of(road.origin, change=changed) as origin:
        consumer.environment["PIP_INDEX_URL"] = with_credential(origin, road)
        found = only(consumer.examine(), "no-serverless-pypi")
    assert says in found["what"]
    assert set(seen) == {None}


def test_an_index_with_trouble_of_its_own(consumer: Consumer, road: Road) -> None:
    """As CloudFront answers when the authenticator fails: no fault of the machine, nor of the credential."""
    with front_of(road.origin, change=web_page("The Lambda function failed", status=503)) as origin:
        consumer.environment["PIP_INDEX_URL"] = with_credential(origin, road)
        findings = consumer.examine(wanted=["pip"])
    assert wrong(findings) == ["index-trouble"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda passed: passed.headers.update({"content-type": "text/plain"}), "content-type"),
        (lambda passed: _unpack(passed), "not-compressed"),
    ],
)
def test_pages_that_are_changed_on_their_way(
    change: object, code: str, consumer: Consumer, road: Road
) -> None:
    def changed(passed: Passed) -> None:
        if passed.status == 200 and len(passed.body) > 10:
            change(passed)

    with front_of(road.origin, change=changed) as origin:
        consumer.environment["PIP_INDEX_URL"] = with_credential(origin, road)
        assert code in [finding["code"] for finding in consumer.examine()]


def seen_by(seen: list[str | None]) -> object:
    return lambda passed: seen.append(passed.asked.get("authorization"))


def shifted(seconds: float) -> object:
    """What dates answers so many seconds from now."""
    return lambda passed: passed.headers.update(date=formatdate(time() + seconds, usegmt=True))


def _unpack(passed: Passed) -> None:
    import gzip

    if passed.headers.pop("content-encoding", "") == "gzip":
        passed.body = gzip.decompress(passed.body) + b" " * 1000
