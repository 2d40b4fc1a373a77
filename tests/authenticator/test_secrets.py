"""No password, token, header or hash in any line of the log, whatever goes wrong."""

import base64
import json
import re
from collections.abc import Iterator

import pytest

from authenticator import handler as entry
from authenticator.handler import handler
from authenticator.htpasswd import Htpasswd
from authenticator.tokens import checksum, hash_token
from tests.authenticator.passwords import hash_password
from tests.authenticator.store_server import RESET, StoreServer
from tests.authenticator.viewers import CONTEXT, Viewer, viewer_request

#: What must never be seen stands in each secret, as it is or in base64.
MARK = "MARKED"
PASSWORD, WRONG = f"right-{MARK}-password", f"wrong-{MARK}-password"
TOKEN = "spp_" + (body := f"{MARK:A<43}") + checksum(body.encode()).decode()
AWS = {
    "AWS_ACCESS_KEY_ID": f"AKIA{MARK}",
    "AWS_SECRET_ACCESS_KEY": f"aws-{MARK}",
    "AWS_SESSION_TOKEN": f"session-{MARK}",
}
STORED, STORED_TOKEN = hash_password(PASSWORD), hash_token(TOKEN.encode())
HTPASSWD = f"""\
alice:{STORED}
dave:{STORED}
ci:{STORED_TOKEN}
alice:{STORED}
carol:{PASSWORD}
{PASSWORD}
erin:{STORED}x
frank:{{SHA}}{MARK}
mallory {STORED}
\u00a0{MARK}:{STORED}
"""
POLICY = """\
[[rules]]
projects = ["acme", "other"]
read = ["alice"]

[expires]
dave = 1970-01-01

[upstream]
url = "https://index.example/simple/"
"""
#: Mistakes that hold a secret, where an operator may well put one.
BAD_POLICIES = [
    f"[upstream]\nurl = 'https://bob:{PASSWORD}@index.example/simple/'",
    f"[upstream]\nurl = 'https://index.example/simple/'\nreserved = []\npassword = '{PASSWORD}'",
    f"password = '{PASSWORD}'",
    f"[groups]\nci = '{TOKEN}\n'",
]
CREDENTIALS = [
    f"alice:{PASSWORD}",
    f"alice:{WRONG}",
    f"{MARK}-nobody:{WRONG}",
    f"dave:{PASSWORD}",
    f"ci:{TOKEN}",
    f"ci:{TOKEN[:-1]}",
    f"alice:{TOKEN}",
    f"alice:{STORED}",
    f"ci:{STORED_TOKEN}",
    WRONG,
    f":{WRONG}",
    f"{WRONG}:",
    f"alice:{WRONG}\0",
    f"alice:{WRONG * 5}",
    f"alice:{WRONG * 200}",
]
HEADERS = [f"Bearer {TOKEN}", f"Basic {WRONG}", f"Basic {TOKEN}===", "Basic", f"Basic  , {MARK}", f"{MARK} x"]
URIS = [
    "/simple/",
    "/simple/acme/",
    "/simple/other/",
    "/simple/unnamed/",
    "/simple/Acme",
    "/simple/acme/a-1.zip",
    "/none",
    "/health",
]
JSON = "application/vnd.pypi.simple.v1+json"


def refuse_all(viewer: Viewer) -> set[str]:
    """Ask for everything in every way; the statuses of the answers, or that there was a pass."""
    answers = []
    for uri in URIS:
        answers += [viewer.ask(uri, credential) for credential in (None, *CREDENTIALS)]
        answers += [viewer.ask(uri, authorization=header) for header in HEADERS]
    answers.append(viewer.ask("/simple/", f"alice:{WRONG}", method="POST"))
    answers.append(viewer.ask("/simple/acme/", f"alice:{PASSWORD}", accept=JSON, accept_encoding="br"))
    answers += [viewer.ask("/simple/", f"alice:{WRONG} {number}") for number in range(25)]
    return {"pass" if answer.startswith("/") else answer for answer in answers}


def break_event(event: dict[str, object]) -> Iterator[dict[str, object]]:
    """Events that are none, each in its own way."""
    text = json.dumps(event)
    yield json.loads(text.replace('"uri":', '"url":'))
    yield json.loads(text.replace('"method":', '"verb":'))
    yield json.loads(text.replace('"headers":', '"fields":'))
    yield json.loads(re.sub(r'"value": "(Basic[^"]*)"', r'"\1": 1', text))
    yield json.loads(re.sub(r'"value": "(Basic[^"]*)"', r'"value": ["\1"]', text))
    yield json.loads(text.replace("Records", MARK))


def test_nothing_secret_is_ever_written(
    store: StoreServer,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """All the refusals and failures there are, of viewers and of the store, with secrets that are marked."""
    viewer = Viewer({"AWS_ENDPOINT_URL_S3": store.url, **AWS})
    monkeypatch.setattr(entry, "_gate", lambda _: viewer.gate)
    store.body = HTPASSWD.encode()
    store.objects |= {"auth/policy.toml": POLICY.encode(), "simple/acme/index.html": b""}
    assert refuse_all(viewer) == {"pass", "200", "301", "302", "401", "403", "404", "405", "406", "503"}
    for event in break_event(viewer_request("/simple/", f"alice:{PASSWORD}")):
        assert handler(event, CONTEXT)["status"] == "503"
    for fault in (403, 500, RESET):
        viewer.clock.now += 400.0
        store.fault = fault
        assert refuse_all(viewer) == {"503", "405"}
        store.fault = None
    store.fault, store.faulty = 500, "simple/"
    viewer.clock.now += 400.0
    assert viewer.ask("/simple/other/", f"alice:{PASSWORD}") == "503"
    store.fault = None
    for policy in BAD_POLICIES:
        viewer.clock.now += 400.0
        store.objects["auth/policy.toml"] = policy.encode()
        assert viewer.ask("/simple/", f"alice:{PASSWORD}") == "503"
    viewer.gate.close()
    written = "".join(capfd.readouterr())
    assert len(written.splitlines()) > 100
    assert "expired" in written
    assert "7 left out" in written
    for secret in secrets():
        assert secret not in written


def secrets() -> list[str]:
    """What would give something away, also a part of it."""
    hidden = [MARK, STORED[7:], STORED_TOKEN[8:], "AWS4-HMAC-SHA256", "Signature"]
    for credential in CREDENTIALS:
        hidden.append(base64.b64encode(credential.encode()).decode()[:20])
    return hidden


def test_no_repr_shows_a_secret() -> None:
    """It reaches logs sooner or later."""
    shown = repr(Htpasswd(hashes={"alice": STORED}, bad_lines=(), highest_cost=4))
    assert STORED not in shown
