"""Each pip: what it installs, and with whose credential."""

import hashlib
import os
import re

import pytest

from tests.clients.environments import NEWEST, PIPS, find_python, program
from tests.clients.index import ALICE, CI, Index
from tests.clients.line import lay_line
from tests.clients.person import Person
from tests.clients.settings import Access, block, exports
from tests.distributions import make_wheel, wheel_name
from tests.road.road import Finished

#: The newest and the oldest, and those between.
_FIRST = (NEWEST, "20")


def pips(*without: str) -> pytest.MarkDecorator:
    """Every pip, but for those that cannot do it."""
    chosen = [pip for pip in PIPS if pip not in without]
    marked = [pytest.param(pip, marks=() if pip in _FIRST else pytest.mark.every_client) for pip in chosen]
    return pytest.mark.parametrize("pip", marked)


def install(person: Person, index: Index, pip: str, *arguments: str) -> Finished:
    """Into a folder, with the credential in the URL."""
    url = index.url_of(ALICE)
    return person.pip(pip, "install", "--target", "out", "--no-cache-dir", "--index-url", url, *arguments)


def installed(person: Person) -> set[str]:
    """Each project that is installed, with its version."""
    found = (person.home / "out").glob("*.dist-info")
    return {folder.name.removesuffix(".dist-info").replace("_", "-") for folder in found}


def access(index: Index, user: str) -> Access:
    return Access(index_url=index.url, user=user, password=index.password_of(user))


@pips()
def test_wheels_and_what_they_need_are_installed(person: Person, index: Index, pip: str) -> None:
    """With a password in the URL that holds what means something there."""
    done = install(person, index, pip, "acme-tool", "acme-extras[cli]")
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-tool-2.0", "acme-extras-1.0", "acme-core-1.0"}


@pips()
def test_an_sdist_is_built_and_installed(person: Person, index: Index, pip: str) -> None:
    done = install(person, index, pip, "acme-source")
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-source-1.0"}


@pips()
def test_versions_are_chosen_as_they_are_meant(person: Person, index: Index, pip: str) -> None:
    """No pre-release, nothing yanked, nothing for another Python; an epoch and a local version are higher."""
    done = install(
        person, index, pip, *(f"acme-{kind}" for kind in ("preview", "yanked", "python", "epoch", "local"))
    )
    assert done.returncode == 0, done.stderr
    assert installed(person) == {
        "acme-preview-1.0",
        "acme-yanked-1.0",
        "acme-python-1.0",
        "acme-epoch-1!2.0",
        "acme-local-1.0+cu118",
    }


@pips()
def test_who_insists_gets_the_others(person: Person, index: Index, pip: str) -> None:
    """A pre-release on request; what is yanked by its exact version, and is told why it was."""
    wanted = ("acme-preview", "acme-yanked==1.1", "acme-epoch==2026.1", "acme-local==1.0")
    done = install(person, index, pip, "--pre", *wanted)
    assert done.returncode == 0, done.stderr
    assert {"acme-preview-2.0rc1", "acme-yanked-1.1", "acme-epoch-2026.1"} < installed(person)
    assert "breaks logins" in done.stdout + done.stderr


@pips()
def test_hashes_are_required_and_checked(person: Person, index: Index, pip: str) -> None:
    wheel = hashlib.sha256(make_wheel("acme-core", "1.1")).hexdigest()
    person.write("requirements.txt", f"acme-core==1.1 --hash=sha256:{wheel}\n")
    assert install(person, index, pip, "--require-hashes", "-r", "requirements.txt").returncode == 0
    person.write("requirements.txt", f"acme-core==1.0 --hash=sha256:{wheel}\n")
    refused = install(person, index, pip, "--require-hashes", "--upgrade", "-r", "requirements.txt")
    assert refused.returncode == 1
    assert "DO NOT MATCH THE HASHES" in refused.stderr


@pips()
def test_files_are_downloaded(person: Person, index: Index, pip: str) -> None:
    done = person.pip(pip, "download", "--dest", "files", "--index-url", index.url_of(ALICE), "acme-tool")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (person.home / "files").iterdir()}
    assert names == {wheel_name("acme-tool", "2.0"), wheel_name("acme-core", "1.1")}


@pips("20")
def test_versions_are_listed(person: Person, index: Index, pip: str) -> None:
    """What is yanked not among them."""
    done = person.pip(pip, "index", "versions", "--index-url", index.url_of(ALICE), "acme-tool")
    assert "Available versions: 2.0, 1.1, 1.0" in done.stdout, done.stderr


@pips("20")
def test_what_would_be_installed_is_resolved(person: Person, index: Index, pip: str) -> None:
    """The newest touches no wheel for it; pip 24 resolves by metadata, and then downloads all the same."""
    with index.watched() as seen:
        done = install(person, index, pip, "--dry-run", "acme-tool")
    assert "Would install acme-core-1.1 acme-tool-2.0" in done.stdout, done.stderr
    asked = {request.path.rpartition(".")[2] for request in seen if not request.path.endswith("/")}
    assert asked == {NEWEST: {"metadata"}, "24": {"metadata", "whl"}}.get(pip, {"whl"})


@pips()
@pytest.mark.parametrize("user", [CI, ALICE])
def test_the_configuration_file_and_netrc_suffice(person: Person, index: Index, pip: str, user: str) -> None:
    """As the page has them."""
    for file in ("~/.config/pip/pip.conf", "~/.netrc"):
        person.write(file.removeprefix("~/"), access(index, user).fill(block("pip", file)), private=True)
    config = str(person.home / ".config/pip/pip.conf")
    done = person.pip(pip, "install", "--target", "out", "acme-core", PIP_CONFIG_FILE=config)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-core-1.1"}


@pips()
def test_the_environment_suffices(person: Person, index: Index, pip: str) -> None:
    exported = exports(access(index, ALICE).fill(block("pip", "environment")))
    done = person.pip(pip, "install", "--target", "out", "acme-core", **exported)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-core-1.1"}


@pips()
def test_a_requirements_file_takes_the_password_from_the_environment(
    person: Person, index: Index, pip: str
) -> None:
    person.write("requirements.txt", access(index, CI).fill(block("pip", "requirements.txt")))
    exported = {"INDEX_USER": CI, "INDEX_PASSWORD": index.password_of(CI)}
    done = person.pip(pip, "install", "--target", "out", "-r", "requirements.txt", **exported)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-tool-2.0", "acme-core-1.1"}
    assert index.password_of(CI) not in done.stdout + done.stderr


@pips("22", "20")
@pytest.mark.parametrize("user", [CI, ALICE])
def test_a_keyring_is_asked_after_a_401(person: Person, index: Index, pip: str, user: str) -> None:
    """Through the `keyring` program, by the URL and the username in it: by the lines of the page."""
    _, keeping, installing = access(index, user).fill(block("pip", "keyring")).splitlines()
    stored = person.keep_in_keyring(*keeping.split()[2:], index.password_of(user))
    arguments = installing.split()[1:]
    if pip == "23":  # which has no such option, and uses the program where it finds it
        del arguments[1:3]
    with index.watched() as seen:
        done = person.pip(pip, *arguments, "--target", "out", "--no-cache-dir", asks=True, **stored)
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed(person) == {"acme-tool-2.0", "acme-core-1.1"}
    assert [request.status for request in seen][:2] == [401, 200]


@pips()
def test_a_keyring_beside_pip_is_imported(person: Person, index: Index, pip: str) -> None:
    stored = person.keep_in_keyring(index.url, CI, index.password_of(CI))
    python = program("keyring", "python")
    folder = next(python.parents[1].glob("lib/python*/site-packages"))
    url = access(index, CI).fill("https://USER@INDEX/simple/")
    provider = ["--keyring-provider", "import"] if pip in (NEWEST, "24") else []
    done = person.pip(
        pip, "install", "--target", "out", "--no-cache-dir", "--index-url", url, *provider, "acme-core",
        asks=True, beside=folder, **{**stored, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed(person) == {"acme-core-1.1"}


@pips()
def test_what_was_just_published_is_found_at_once(person: Person, index: Index, pip: str) -> None:
    """Though pip keeps what it saw: the page is asked for again each time."""
    project = f"fresh-{pip}"
    arguments = ["install", "--target", "out", "--upgrade", "--trusted-host", "127.0.0.1"]
    arguments += ["--index-url", index.url_of(CI), project]
    for version in ("1.0", "1.1"):
        index.publish((project, wheel_name(project, version), make_wheel(project, version)))
        done = person.pip(pip, *arguments)
        assert done.returncode == 0, done.stderr
        assert f"{project}-{version}" in installed(person)


@pips("20")
def test_a_page_that_has_not_changed_is_not_sent_again(person: Person, index: Index, pip: str) -> None:
    """304, of a host that pip caches: a secure one, or one it is told to trust; 20.3 only the first."""
    arguments = ["download", "--no-deps", "--dest", "files", "--trusted-host", "127.0.0.1"]
    arguments += ["--index-url", index.url_of(CI), "acme-core"]
    assert person.pip(pip, *arguments).returncode == 0
    with index.watched() as seen:
        assert person.pip(pip, *arguments).returncode == 0
    assert [(request.path, request.status) for request in seen] == [("/simple/acme-core/", 304)]


@pips()
def test_no_password_is_printed(person: Person, index: Index, pip: str) -> None:
    """Not even when pip tells all it does."""
    done = install(person, index, pip, "-vv", "acme-core", "acme-no-such")
    assert done.returncode == 1
    assert not re.search(r"p(%40|@)ss", done.stdout + done.stderr)


@pytest.mark.every_client
@pytest.mark.parametrize("pip", ["22", "20"])
def test_an_old_pip_under_an_old_python(person: Person, index: Index, pip: str) -> None:
    """The release for that Python; nothing of the pages is too new for it."""
    python = find_python(newest=(3, 9), oldest=(3, 7))
    project = f"elder-{pip}"
    index.publish(
        (project, wheel_name(project, "1.0"), make_wheel(project, "1.0", Requires_Python=">=3.6")),
        (project, wheel_name(project, "2.0"), make_wheel(project, "2.0", Requires_Python=">=3.10")),
    )
    arguments = ["install", "--target", "out", "--index-url", index.url_of(ALICE), project, "acme-source"]
    done = person.pip(pip, *arguments, python=python)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {f"{project}-1.0", "acme-source-1.0"}


def test_a_broken_download_is_resumed(person: Person, index: Index) -> None:
    """From where it broke, by `Range` and `If-Range`; what comes together has the hash on the page."""
    name = wheel_name("acme-long", "1.0")
    wheel = make_wheel("acme-long", "1.0", extra={"long.bin": os.urandom(8_000_000)})
    index.publish(("acme-long", name, wheel))
    with lay_line(index.host, breaks_after=3_000_000) as line, index.watched() as seen:
        url = index.url_of(CI, host=line.host)
        done = person.pip(NEWEST, "download", "--no-deps", "--dest", "files", "--index-url", url, "acme-long")
    assert done.returncode == 0, done.stderr
    assert line.has_broken
    assert (person.home / "files" / name).read_bytes() == wheel
    whole, rest = [request for request in seen if request.path.endswith(".whl")]
    assert (whole.status, rest.status) == (200, 206)
    assert 4_000_000 < rest.size < 6_000_000
