"""The tools that upload: none can here, and each is told what can."""

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from authenticator import responses
from tests.clients.environments import NEWEST, program
from tests.clients.index import CI, Index
from tests.clients.person import Person
from tests.clients.settings import PAGE
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.road import Finished

PROJECT = """\
[project]
name = "acme-new"
version = "1.0"
description = "What it is."

[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
"""
PASSWORD = "a token"

Publish = Callable[[Person, str], Finished]


def twine(person: Person, url: str) -> Finished:
    options = [
        "--non-interactive",
        "--disable-progress-bar",
        "--repository-url",
        url,
        "-u",
        CI,
        "-p",
        PASSWORD,
    ]
    return person.run(program("twine"), "upload", *options, *files(person))


def uv(person: Person, url: str) -> Finished:
    return person.uv(NEWEST, "publish", "--publish-url", url, "-u", CI, "-p", PASSWORD, *files(person))


def old_uv(person: Person, url: str) -> Finished:
    return person.uv("year-old", "publish", "--publish-url", url, "-u", CI, "-p", PASSWORD, *files(person))


def poetry(person: Person, url: str) -> Finished:
    exported = {
        "POETRY_REPOSITORIES_ACME_URL": url,
        "POETRY_HTTP_BASIC_ACME_USERNAME": CI,
        "POETRY_HTTP_BASIC_ACME_PASSWORD": PASSWORD,
    }
    return person.run(program("poetry"), "publish", "--repository", "acme", **exported)


def hatch(person: Person, url: str) -> Finished:
    return person.run(program("hatch"), "publish", "--no-prompt", "-r", url, "-u", CI, "-a", PASSWORD, "dist")


def flit(person: Person, url: str) -> Finished:
    exported = {"FLIT_INDEX_URL": url, "FLIT_USERNAME": CI, "FLIT_PASSWORD": PASSWORD}
    return person.run(program("flit"), "publish", "--format", "wheel", **exported)


def pdm(person: Person, url: str) -> Finished:
    options = ["--no-build", "-r", url, "-u", CI, "-P", PASSWORD]
    return person.run(program("pdm"), "publish", *options, PDM_CHECK_UPDATE="0")


TOOLS: dict[str, Publish] = {
    "twine": twine,
    "uv publish": uv,
    "uv publish, a year old": old_uv,
    "poetry publish": poetry,
    "hatch publish": hatch,
    "flit publish": flit,
    "pdm publish": pdm,
}
#: The table of docs/clients.md.
ON_PAGE = dict(
    re.findall(
        r"^\| ([^|`]*) \| `([^|`]*)` \|$", PAGE.read_text().partition("\n## Publishing\n")[2], re.MULTILINE
    )
)
every_tool = pytest.mark.parametrize(
    "tool",
    [
        pytest.param(tool, marks=() if tool in ("uv publish", "poetry publish") else pytest.mark.every_client)
        for tool in TOOLS
    ],
)


def files(person: Person) -> list[str]:
    return sorted(str(path) for path in (person.home / "dist").iterdir())


@pytest.fixture
def author(person: Person) -> Person:
    """Somebody who has built a wheel and an sdist."""
    person.write("pyproject.toml", PROJECT)
    person.write("acme_new.py", '"""What it is."""\n')
    dist = person.home / "dist"
    dist.mkdir()
    (dist / wheel_name("acme-new", "1.0")).write_bytes(make_wheel("acme-new", "1.0"))
    (dist / sdist_name("acme-new", "1.0")).write_bytes(make_sdist("acme-new", "1.0"))
    return person


class _Edge(BaseHTTPRequestHandler):
    """Answers as CloudFront does with the authenticator's words, the status line included.

    The local stack's server writes status lines of its own.
    """

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(responses.method_not_allowed())

    def do_GET(self) -> None:
        self.answer(responses.not_found())

    def answer(self, response: responses.Response) -> None:
        body = response["body"].encode()
        self.send_response(int(response["status"]), response["statusDescription"])
        for (line,) in response["headers"].values():
            self.send_header(line["key"], line["value"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def edge_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Edge)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple/"
    server.shutdown()
    thread.join()
    server.server_close()


@every_tool
def test_the_answer_names_the_way_that_works(author: Person, edge_url: str, tool: str) -> None:
    """As each shows it, and as the page has it: the body or, most of them, the status line alone."""
    done = TOOLS[tool](author, edge_url)
    shown = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert ON_PAGE[tool] in shown
    assert "aws s3 cp" in ON_PAGE[tool]
    assert "s3://BUCKET/incoming/" in ON_PAGE[tool]


def test_the_page_tells_of_every_tool() -> None:
    assert ON_PAGE.keys() == TOOLS.keys()


@every_tool
def test_the_index_takes_nothing(author: Person, index: Index, tool: str) -> None:
    """From nobody, whatever the credential; and nobody needs one to be told so."""
    with index.watched() as seen:
        done = TOOLS[tool](author, index.url)
    assert done.returncode != 0
    assert [request.status for request in seen if request.method == "POST"] == [405]
    assert index.road.keys("incoming/") == []


@pytest.mark.every_client
@pytest.mark.parametrize("tool", ["twine", "uv publish"])
def test_a_large_file_is_refused_in_the_same_words(author: Person, index: Index, tool: str) -> None:
    """Though the answer is there before all of it is sent."""
    wheel = author.home / "dist" / wheel_name("acme-new", "1.0")
    wheel.write_bytes(make_wheel("acme-new", "1.0", extra={"large.bin": bytes(80_000_000)}, packed=False))
    done = TOOLS[tool](author, index.url)
    assert done.returncode != 0
    assert "405 Method Not Allowed" in done.stdout + done.stderr or "aws s3 cp" in done.stdout + done.stderr


def test_what_the_answer_names_does_work(author: Person, index: Index) -> None:
    """The very command of the body, with the bucket put in."""
    body = responses.method_not_allowed()["body"]
    command = body.partition("'aws ")[2].partition("'")[0].replace("BUCKET", index.road.bucket)
    files_there = {path.name for path in (author.home / "dist").iterdir()}
    done = index.road.aws(*command.replace("dist/", f"{author.home}/dist").split())
    assert done.returncode == 0, done.stderr
    page = "simple/acme-new/index.html"
    index.road.wait_for(lambda: all(name.encode() in index.road.read(page) for name in files_there))
