"""uv, the newest and one of a year ago: what it installs and locks, and with whose credential."""

import sys
import tomllib

import pytest

from tests.clients.environments import NEWEST, UVS
from tests.clients.index import ALICE, CI, STRANGERS, Index
from tests.clients.person import Person
from tests.clients.settings import Access, block, exports
from tests.distributions import make_wheel, sdist_name, wheel_name
from tests.road.road import Finished

uvs = pytest.mark.parametrize(
    "uv", [pytest.param(uv, marks=() if uv == NEWEST else pytest.mark.every_client) for uv in UVS]
)

PROJECT = (
    '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["acme-tool"]\n\n'
)


def access(index: Index, user: str) -> Access:
    return Access(index_url=index.url, user=user, password=index.password_of(user))


def write_project(person: Person, index: Index, user: str, file: str = "pyproject.toml") -> dict[str, str]:
    """A project with the page's settings; what is to be exported."""
    person.write("pyproject.toml", PROJECT + access(index, user).fill(block("uv", file)))
    return {**exports(access(index, user).fill(block("uv", "environment"))), "UV_PYTHON": sys.executable}


def install(person: Person, uv: str, index_url: str, *arguments: str, **environment: str) -> Finished:
    options = ["--python", sys.executable, "--target", "out", "--no-cache", "--default-index", index_url]
    return person.uv(uv, "pip", "install", *options, *arguments, **environment)


def installed(person: Person, folder: str = "out") -> set[str]:
    found = (person.home / folder).rglob("acme_*.dist-info")
    return {path.name.removesuffix(".dist-info").replace("_", "-") for path in found}


def locked(person: Person) -> dict[str, str]:
    packages = tomllib.loads((person.home / "uv.lock").read_text())["package"]
    return {package["name"]: package["version"] for package in packages if package["name"] != "app"}


@uvs
def test_everything_is_installed_that_pip_installs(person: Person, index: Index, uv: str) -> None:
    """Wheels, an sdist, versions as they are meant; with a password that has to be encoded in a URL."""
    wanted = [f"acme-{kind}" for kind in ("tool", "preview", "yanked", "python", "epoch", "local", "source")]
    done = install(person, uv, index.url_of(ALICE), *wanted)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {
        "acme-core-1.1",
        "acme-epoch-1!2.0",
        "acme-local-1.0+cu118",
        "acme-preview-1.0",
        "acme-python-1.0",
        "acme-source-1.0",
        "acme-tool-2.0",
        "acme-yanked-1.0",
    }


@uvs
def test_what_is_yanked_is_told_with_its_reason(person: Person, index: Index, uv: str) -> None:
    done = install(person, uv, index.url_of(CI), "acme-yanked==1.1")
    assert done.returncode == 0, done.stderr
    assert 'is yanked (reason: "breaks logins")' in done.stderr


@uvs
def test_requirements_are_compiled_with_hashes(person: Person, index: Index, uv: str) -> None:
    """From the page alone: no file is downloaded, and no password is written down."""
    person.write("requirements.in", "acme-tool\n")
    options = ["--python", sys.executable, "--default-index", index.url_of(CI), "--generate-hashes"]
    with index.watched() as seen:
        done = person.uv(uv, "pip", "compile", *options, "-o", "requirements.txt", "requirements.in")
    assert done.returncode == 0, done.stderr
    compiled = (person.home / "requirements.txt").read_text()
    assert compiled.count("--hash=sha256:") == 3  # two wheels and an sdist
    assert index.password_of(CI) not in compiled
    assert {request.path for request in seen if request.path.endswith((".whl", ".tar.gz"))} == set()
    done = install(person, uv, index.url_of(CI), "--require-hashes", "-r", "requirements.txt")
    assert done.returncode == 0, done.stderr


@uvs
@pytest.mark.parametrize("user", [CI, ALICE])
def test_a_project_is_locked_and_synchronized(person: Person, index: Index, uv: str, user: str) -> None:
    """With an index by name, and its credential exported; the lock has no password, and serves others."""
    exported = write_project(person, index, user)
    done = person.uv(uv, "lock", **exported)
    assert done.returncode == 0, done.stderr
    assert locked(person) == {"acme-tool": "2.0", "acme-core": "1.1"}
    lock = (person.home / "uv.lock").read_text()
    assert index.password_of(user) not in lock
    assert f'url = "{index.url}acme-tool/{sdist_name("acme-tool", "2.0")}"' in lock
    other = exports(access(index, CI).fill(block("uv", "environment")))
    done = person.uv(uv, "sync", "--locked", "--no-cache", **{**exported, **other})
    assert done.returncode == 0, done.stderr
    assert installed(person, ".venv") == {"acme-tool-2.0", "acme-core-1.1"}


@uvs
def test_a_dependency_is_added(person: Person, index: Index, uv: str) -> None:
    """Its extra, and an older release of what another needs: the lock is resolved anew."""
    exported = write_project(person, index, CI)
    done = person.uv(uv, "add", "acme-extras[cli]", **exported)
    assert done.returncode == 0, done.stderr
    assert locked(person) == {"acme-tool": "2.0", "acme-extras": "1.0", "acme-core": "1.0"}


@uvs
def test_what_is_too_new_is_left_out(person: Person, index: Index, uv: str) -> None:
    """The upload time of each file is on the page."""
    time = index.upload_time("acme-tool", wheel_name("acme-tool", "2.0"))
    assert install(person, uv, index.url_of(CI), "--exclude-newer", "2026-01-01", "acme-tool").returncode != 0
    done = install(
        person, uv, index.url_of(CI), "--exclude-newer", time.replace(".000000Z", ".9Z"), "acme-tool"
    )
    assert done.returncode == 0, done.stderr


@uvs
def test_an_explicit_index_gives_the_named_projects_and_no_other(
    person: Person, index: Index, uv: str
) -> None:
    """All else comes from the default index, here one that offers our names as well."""
    exported = write_project(person, index, CI, "pyproject.toml, a few names")
    index.public.publish("elsewhere", "3.0")
    exported["UV_DEFAULT_INDEX"] = index.public_url
    done = person.uv(uv, "add", "acme-core", "elsewhere", **exported)
    assert done.returncode == 0, done.stderr
    assert locked(person) == {"acme-tool": "2.0", "acme-core": "1.1", "elsewhere": "3.0"}


@uvs
def test_an_explicit_index_does_not_give_what_the_named_need(person: Person, index: Index, uv: str) -> None:
    """The page warns of it: a source holds for what the project itself depends on."""
    exported = write_project(person, index, CI, "pyproject.toml, a few names")
    done = person.uv(uv, "lock", **{**exported, "UV_DEFAULT_INDEX": index.public_url})
    assert done.returncode == 0, done.stderr
    assert locked(person) == {"acme-tool": "2.0", "acme-core": STRANGERS}


@uvs
@pytest.mark.parametrize("user", [CI, ALICE])
def test_netrc_suffices(person: Person, index: Index, uv: str, user: str) -> None:
    """The page's block; each URL is asked for without it first."""
    person.write(".netrc", access(index, user).fill(block("pip", "~/.netrc")), private=True)
    with index.watched() as seen:
        done = install(person, uv, index.url, "acme-core")
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-core-1.1"}
    assert seen[0].status == 401


@uvs
@pytest.mark.parametrize("user", [CI, ALICE])
def test_a_keyring_is_asked(person: Person, index: Index, uv: str, user: str) -> None:
    """By the URL and the username in it, where uv is told to: by the lines of the page."""
    _, keeping, installing = access(index, user).fill(block("uv", "keyring")).splitlines()
    stored = person.keep_in_keyring(*keeping.split()[2:], index.password_of(user))
    options = ["--python", sys.executable, "--target", "out", "--no-cache"]
    done = person.uv(uv, *installing.split()[1:], *options, **stored)
    assert done.returncode == 0, done.stderr
    assert installed(person) == {"acme-tool-2.0", "acme-core-1.1"}


@uvs
def test_what_was_just_published_is_found_at_once(person: Person, index: Index, uv: str) -> None:
    """Though uv keeps what it saw; and a page that has not changed is not sent again."""
    project = f"fresh-uv-{uv}"
    options = [
        "--python",
        sys.executable,
        "--target",
        "out",
        "--upgrade",
        "--default-index",
        index.url_of(CI),
    ]
    for version in ("1.0", "1.1"):
        index.publish((project, wheel_name(project, version), make_wheel(project, version)))
        assert person.uv(uv, "pip", "install", *options, project).returncode == 0
        assert (person.home / f"out/{project.replace('-', '_')}.py").read_text() == f"VERSION = '{version}'\n"
    with index.watched() as seen:
        assert person.uv(uv, "pip", "install", *options, project).returncode == 0
    assert [request.status for request in seen if request.path.endswith("/")] == [304]
