"""Wherever a credential stands, and however it is written, the report does not show it."""

import json
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serverless_pypi.errors import CommandError
from tests.cli.doctor.patients import Consumer

SECRET = "hunter2"
#: SECRET with this around it is the password, as it stands in a file or a variable.
AROUND = st.text("/?#@:%$ {}'\"\\=.1", max_size=4)
INDEX = "{scheme}://{user}:{password}@{host}{path}"
PLACES = {
    "variable": "$PIP_INDEX_URL",
    "several in a variable": "$PIP_EXTRA_INDEX_URL",
    "uv's variable": "$UV_DEFAULT_INDEX",
    "uv's variable for several": "$UV_INDEX",
    "the argument": "",
    "a proxy": "$HTTPS_PROXY",
    "pip": ".config/pip/pip.conf",
    "uv": "./uv.toml",
    "requirements": "./requirements.txt",
    "pyproject": "./pyproject.toml",
    "Pipfile": "./Pipfile",
    "netrc": ".netrc",
    "a lock": "./uv.lock",
}
TEXTS = {
    ".config/pip/pip.conf": "[global]\nindex-url = {url}\nextra-index-url = {url} {url}\n"
    "find-links = {url}\nproxy = {url}\n",
    "./uv.toml": '[[index]]\nname = "a"\nurl = "{url}"\n[[index]]\nurl = \'{url}\'\ndefault = true\n',
    "./requirements.txt": "-i {url}\n--extra-index-url {url}\n--find-links {url}\n",
    "./pyproject.toml": '[[tool.poetry.source]]\nname = "a"\nurl = "{url}"\n'
    '[[tool.pdm.source]]\nname = "b"\nurl = "{url}"\n',
    "./Pipfile": '[[source]]\nurl = "{url}"\nverify_ssl = false\n',
    ".netrc": "machine 127.0.0.1 login {password} password {password}\n{password}\n",
    "./uv.lock": 'source = "{url}"\n',
}


@pytest.fixture(scope="module")
def closed() -> str:
    """A host and port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=AROUND, after=AROUND, encoded=st.booleans(), scheme=st.sampled_from(["http", "https", "HTTPS"]))
def test_no_report_shows_it(
    place: str, before: str, after: str, encoded: bool, scheme: str, closed: str
) -> None:
    """Nor an error, where it cannot be looked at."""
    password = f"{before}{SECRET}{after}"
    password = quote(password, safe="") if encoded else password
    url = INDEX.format(scheme=scheme, user=SECRET, password=password, host=closed, path="/simple/")
    where = PLACES[place]
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(home=Path(folder), secrets=(SECRET,))
        (consumer.folder / ".git").mkdir()
        if where.startswith("$"):
            consumer.environment[where[1:]] = url
        elif where:
            text = TEXTS[where].replace("{url}", url).replace("{password}", password)
            consumer.write(where, text, mode=0o644)
        for index_url in (None, f"http://{closed}/simple/") if where else (url,):
            try:
                shown = json.dumps(consumer.examine(index_url, timeout=1))
            except CommandError as error:
                shown = str(error)
            assert SECRET not in shown
