"""Every client, set up by the blocks of docs/clients.md and nothing else."""

import pytest

from tests.clients.clients import every_client
from tests.clients.conftest import SetUp
from tests.clients.index import ALICE, CI


@every_client
@pytest.mark.parametrize("user", [CI, ALICE])
def test_a_project_is_installed_with_what_it_needs(set_up: SetUp, name: str, user: str) -> None:
    """With a token, and with a password in which nothing is plain."""
    client = set_up(name, user)
    done = client.get("acme-tool")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (client.installed("acme-tool"), client.installed("acme-core")) == ("2.0", "1.1")
