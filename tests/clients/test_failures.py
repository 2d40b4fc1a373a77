"""What each client shows when it gets nothing, and how it ends: the table of docs/clients.md, row by row."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.clients.clients import CLIENTS, Client, marked
from tests.clients.conftest import SetUp
from tests.clients.index import CI, GUEST, LEAVER, Index, run_index
from tests.clients.settings import PAGE
from tests.road.road import Finished

#: Each column of the table, and the project that is asked for.
REFUSED, FORBIDDEN, BROKEN, UNREACHABLE = "401", "403", "503", "nothing"
#: The first try is enough to see it; else pip takes half a minute for a 503, and Pipenv longer.
_IMPATIENT = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "POETRY_REQUESTS_MAX_RETRIES": "0"}

every_client = pytest.mark.parametrize("name", marked(*CLIENTS))


@dataclass(frozen=True)
class Shown:
    """What the page says that a person sees."""

    message: str
    exit_code: int

    def is_seen_in(self, done: Finished, index_url: str) -> bool:
        """Whether that is so; where a line ends is left to the client."""
        text = f"{done.stdout}\n{done.stderr}".replace(urlsplit(index_url).netloc, "INDEX")
        text = " ".join(text.replace("http://", "https://").split())
        return done.returncode == self.exit_code and self.message in text


def table() -> dict[str, dict[str, Shown]]:
    """The rows, by client; the cells, by column."""
    section = PAGE.read_text().partition("\n## When it does not work\n")[2].partition("\n## ")[0]
    header, _, *rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    columns = [re.findall(r"\((\w+)\)", cell)[0] for cell in header[1:]]
    return {name.strip(): dict(zip(columns, map(_parse_cell, cells), strict=True)) for name, *cells in rows}


def _parse_cell(cell: str) -> Shown:
    found = re.fullmatch(r" `(.*)` \((\d)\) ", cell)
    assert found is not None, cell
    return Shown(found[1], int(found[2]))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index whose operator has lost the password file: a failure of ours, so a 503 for everybody."""
    with run_index(tmp_path_factory.mktemp("broken"), stale_seconds=1) as index:
        index.road.put("auth/htpasswd", b"")
        index.road.wait_for(lambda: index.road.get("/simple/").status_code == 503)
        yield index


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The URL of an index at which nothing answers: a port that is taken, and not listened at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/simple/"


def check(client: Client, project: str, column: str) -> None:
    client.exported.update(_IMPATIENT)
    done = client.get(project)
    name = next(name for name, kind in CLIENTS.items() if type(client) is kind)
    assert table()[name][column].is_seen_in(done, client.access.index_url), done.stdout + done.stderr
    assert client.installed(project) is None


def test_the_page_tells_of_every_client() -> None:
    assert table().keys() == CLIENTS.keys()


@every_client
@pytest.mark.parametrize(("user", "password"), [(CI, "wrong"), (LEAVER, None)], ids=["wrong", "expired"])
def test_a_credential_that_is_not_good(set_up: SetUp, name: str, user: str, password: str | None) -> None:
    """Nothing is installed, though a stranger offers the name at the public index upstream."""
    check(set_up(name, user, password), "acme-tool", REFUSED)


@every_client
def test_a_project_that_one_may_not_read(set_up: SetUp, name: str) -> None:
    check(set_up(name, GUEST), "acme-secret", FORBIDDEN)


@pytest.mark.every_client  # all of them: it takes an index of its own, and Poetry half a minute
@pytest.mark.parametrize("name", CLIENTS)
def test_an_index_that_cannot_read_its_bucket(set_up: SetUp, broken: Index, name: str) -> None:
    password = broken.password_of(CI)
    check(set_up(name, CI, password, index_url=broken.url), "acme-tool", BROKEN)


@every_client
def test_an_index_that_does_not_answer(set_up: SetUp, nowhere: str, name: str) -> None:
    check(set_up(name, index_url=nowhere), "acme-tool", UNREACHABLE)
