from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.clients.clients import CLIENTS, Client
from tests.clients.index import CI, Index, run_index
from tests.clients.person import Person
from tests.clients.settings import Access

#: Makes a client by its name, set up as the page says for a user of the index.
SetUp = Callable[..., Client]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """One index for all tests that only read it, or add projects of their own."""
    with run_index(tmp_path_factory.mktemp("index")) as running:
        yield running


@pytest.fixture
def person(tmp_path: Path) -> Person:
    home = tmp_path / "home"
    home.mkdir()
    return Person(home)


@pytest.fixture
def set_up(index: Index, person: Person) -> SetUp:
    def make(
        name: str, user: str | None = CI, password: str | None = None, *, index_url: str = index.url
    ) -> Client:
        kind = CLIENTS[name]
        if user is None:
            client = kind(person, Access(index_url=index_url, user=None))
            client.set_up()
            return client
        password = index.password_of(user) if password is None else password
        encode = (lambda text: quote(text, safe="")) if kind.percent_encoded else str
        client = kind(person, Access(index_url=index_url, user=encode(user), password=encode(password)))
        client.set_up()
        return client

    return make
