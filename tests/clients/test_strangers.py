"""Dependency confusion: a stranger offers our names at the public index, at a higher version."""

import sys

import pytest

from tests.clients.clients import CLIENTS, marked
from tests.clients.conftest import SetUp
from tests.clients.environments import NEWEST
from tests.clients.index import CI, STRANGERS, Index
from tests.clients.person import Person
from tests.clients.test_pip import pips

every_client = pytest.mark.parametrize("name", marked(*CLIENTS))


@every_client
def test_ours_is_installed_and_what_it_needs(set_up: SetUp, index: Index, name: str) -> None:
    """As the page recommends it: for our names the public index is not even asked."""
    client = set_up(name)
    done = client.get("acme-tool")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (client.installed("acme-tool"), client.installed("acme-core")) == ("2.0", "1.1")
    assert index.public.asked("acme-tool") == index.public.asked("acme-core") == []


@every_client
def test_a_reserved_name_is_nobodys_before_we_publish_it(set_up: SetUp, index: Index, name: str) -> None:
    client = set_up(name)
    assert client.get("acme-unpublished").returncode != 0
    assert client.installed("acme-unpublished") is None
    assert index.public.asked("acme-unpublished") == []


@every_client
def test_a_public_project_comes_through_the_same_url(set_up: SetUp, index: Index, name: str) -> None:
    """The index sends clients on; the password does not go with them."""
    project = f"public-{name.replace(' ', '-').replace('.', '-').replace(',', '').lower()}"
    index.public.publish(project, "3.0")
    client = set_up(name)
    done = client.get(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.installed(project) == "3.0"
    asked = index.public.asked(project)
    assert asked
    assert not any("authorization" in request for request in asked)


@pips()
@pytest.mark.parametrize("password", [None, "wrong"])
def test_an_extra_index_lets_the_stranger_in(
    person: Person, index: Index, pip: str, password: str | None
) -> None:
    """Why the page says not to: the highest version wins; and with a wrong password the only one there is."""
    ours = index.url_of(CI, password)
    done = person.pip(
        pip,
        "install",
        "--target",
        "out",
        "--index-url",
        ours,
        "--extra-index-url",
        index.public_url,
        "acme-tool",
    )
    assert done.returncode == 0, done.stderr
    assert (person.home / "out/acme_tool.py").read_text() == f"VERSION = '{STRANGERS}'\n"


@pytest.mark.parametrize(("first", "version"), [("ours", "2.0"), ("theirs", STRANGERS)])
def test_of_two_indexes_uv_takes_the_first_that_knows_the_name(
    person: Person, index: Index, first: str, version: str
) -> None:
    """So the order decides: what is extra comes before the default. pip has no order."""
    urls = {"ours": index.url_of(CI), "theirs": index.public_url}
    (default,) = urls.keys() - {first}
    options = ["--python", sys.executable, "--target", "out", "--extra-index-url", urls[first]]
    done = person.uv(NEWEST, "pip", "install", *options, "--default-index", urls[default], "acme-tool")
    assert done.returncode == 0, done.stderr
    assert (person.home / "out/acme_tool.py").read_text() == f"VERSION = '{version}'\n"
