"""Poetry, PDM, Hatch, Pipenv, pip-tools: add, lock, install, and where each keeps the credential."""

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.clients.clients import CLIENTS, Client, marked
from tests.clients.conftest import SetUp
from tests.clients.environments import program
from tests.clients.index import ALICE, CI, Index
from tests.clients.settings import block

#: Those that write a lock, and what they write.
LOCKS = {
    "Poetry": "poetry.lock",
    "PDM": "pdm.lock",
    "Pipenv": "Pipfile.lock",
    "pip-tools": "requirements.txt",
}
#: Lock again, and install what is locked elsewhere.
COMMANDS = {
    "Poetry": (["lock"], ["sync"]),
    "PDM": (["lock"], ["sync"]),
    "Pipenv": (["lock"], ["sync"]),
    "pip-tools": (
        ["pip-compile", "--upgrade", "-o", "requirements.txt", "requirements.in"],
        ["pip-sync", "--python-executable", ".venv/bin/python", "requirements.txt"],
    ),
}

lockers = pytest.mark.parametrize("name", marked(*LOCKS))


def locked(client: Client, lock: str) -> dict[str, str]:
    """The versions in a lock, by project."""
    text = (client.person.home / lock).read_text()
    if lock == "Pipfile.lock":
        return {
            name: entry["version"].removeprefix("==") for name, entry in json.loads(text)["default"].items()
        }
    if lock == "requirements.txt":
        pins = (line.split()[0].split("==") for line in text.splitlines() if "==" in line)
        return {name: version for name, version in pins if not name.startswith("#")}
    return {entry["name"]: entry["version"] for entry in tomllib.loads(text)["package"]}


def remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.mark.parametrize("name", marked(*CLIENTS))
@pytest.mark.parametrize("user", [CI, ALICE])
def test_a_project_is_installed_with_what_it_needs(set_up: SetUp, name: str, user: str) -> None:
    """By the page's blocks and nothing else; with a token, and with a password in which nothing is plain."""
    client = set_up(name, user)
    done = client.get("acme-tool")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (client.installed("acme-tool"), client.installed("acme-core")) == ("2.0", "1.1")


@pytest.mark.parametrize("name", marked(*CLIENTS))
def test_who_has_no_credential_gets_what_is_for_everybody(set_up: SetUp, name: str) -> None:
    """And nothing else: by the page's blocks with the credential left out."""
    client = set_up(name, None)
    done = client.get("acme-open")
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.installed("acme-open") == "1.0"
    assert client.get("acme-tool").returncode != 0
    assert client.installed("acme-tool") is None


@lockers
def test_what_is_locked_has_hashes_and_no_password(set_up: SetUp, index: Index, name: str) -> None:
    client = set_up(name)
    done = client.get("acme-tool")
    assert done.returncode == 0, done.stdout + done.stderr
    assert locked(client, LOCKS[name]) == {"acme-tool": "2.0", "acme-core": "1.1"}
    text = (client.person.home / LOCKS[name]).read_text()
    assert text.count("sha256:") >= 3  # two wheels and an sdist
    assert index.password_of(CI) not in text


@lockers
def test_what_is_locked_is_installed_anew(set_up: SetUp, name: str) -> None:
    """After another has locked, and into an empty environment."""
    client = set_up(name)
    client.get("acme-core")
    lock, install = COMMANDS[name]
    assert client.run(*lock).returncode == 0
    (site_packages,) = (client.person.home / ".venv").glob("lib/python*/site-packages")
    for path in site_packages.glob("acme_core*"):
        remove(path) if path.is_dir() else path.unlink()
    for path in [*site_packages.glob("acme_core*")]:
        path.rmdir()
    assert client.installed("acme-core") is None
    done = client.run(*install)
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.installed("acme-core") == "1.1"


@pytest.mark.parametrize("name", marked("Poetry", "PDM", "Hatch", "Hatch with uv", "Pipenv", "pip-tools"))
def test_versions_are_chosen_as_they_are_meant(set_up: SetUp, name: str) -> None:
    """No pre-release, nothing yanked; an epoch and a local version are higher, and an sdist is built."""
    wanted = {"preview": "1.0", "yanked": "1.0", "epoch": "1!2.0", "local": "1.0+cu118", "source": "1.0"}
    client = set_up(name)
    done = client.get(*(f"acme-{kind}" for kind in wanted))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {kind: client.installed(f"acme-{kind}") for kind in wanted} == wanted


@pytest.mark.parametrize("name", marked("Poetry", "PDM"))
def test_a_credential_is_kept_by_the_client_itself(set_up: SetUp, name: str) -> None:
    """By the command on the page, with nothing exported; in a file, where there is no keyring."""
    client = set_up(name, ALICE)
    project = client.person.home / "pyproject.toml"
    project.write_text(project.read_text().replace("${INDEX_USER}:${INDEX_PASSWORD}@", ""))
    for variable in [
        variable for variable in client.exported if "USER" in variable or "PASSWORD" in variable
    ]:
        del client.exported[variable]
    for line in block(name, "command").splitlines()[1:]:
        _, *arguments = shlex.split(line)
        assert client.run(*map(client.access.fill, arguments)).returncode == 0
    done = client.get("acme-tool")
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.installed("acme-tool") == "2.0"


@pytest.mark.every_client
def test_poetry_keeps_it_in_a_keyring(set_up: SetUp, index: Index) -> None:
    """Where there is one: then it stands in no file of Poetry's."""
    client = set_up("Poetry", CI)
    del client.exported["POETRY_HTTP_BASIC_ACME_USERNAME"], client.exported["POETRY_HTTP_BASIC_ACME_PASSWORD"]
    # Poetry uses none that calls itself plain text.
    backend = "from keyrings.alt.file import PlaintextKeyring\nclass InFile(PlaintextKeyring): pass\n"
    client.person.write("backend/kept.py", backend)
    client.exported.update(
        PYTHON_KEYRING_BACKEND="kept.InFile", PYTHONPATH=str(client.person.home / "backend")
    )
    client.run("config", "http-basic.acme", CI, index.password_of(CI))
    done = client.get("acme-core")
    assert done.returncode == 0, done.stdout + done.stderr
    assert index.password_of(CI) not in (client.person.home / ".config/pypoetry/auth.toml").read_text()


@pytest.mark.every_client
def test_pip_compile_writes_the_password_down_unless_told_not_to(set_up: SetUp, index: Index) -> None:
    """Which is why the page's block tells it."""
    client = set_up("pip-tools")
    (client.person.home / "pyproject.toml").unlink()
    client.get("acme-core")
    assert index.password_of(CI) in (client.person.home / "requirements.txt").read_text()


def test_a_program_that_is_not_set_up_is_skipped() -> None:
    """With what to do about it."""
    with pytest.raises(pytest.skip.Exception, match="'make test-clients' sets it up"):
        program("no-such-client")
