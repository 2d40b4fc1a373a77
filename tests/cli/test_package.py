"""What `pip install .` and `pipx install .` install: built from a copy, and run where nothing else is."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, version
from pathlib import Path

import pytest
from build import ProjectBuilder
from packaging.requirements import Requirement
from pyproject_hooks import quiet_subprocess_runner

from tests.cli.running import stack_environment
from tests.distributions import make_wheel, wheel_name
from tests.road.road import REPOSITORY, Finished, Road, clean_environment

PACKAGES = {
    "authenticator": "functions/authenticator",
    "indexer": "functions/indexer",
    "local": "local",
    "serverless_pypi": "cli/serverless_pypi",
    "simple_index": "layers/simple_index/simple_index",
}
#: Beside modules: a project to publish, the roots that sign S3's certificates, a word for type checkers.
OTHERS = {"local/sample/pyproject.toml", "authenticator/amazon-roots.pem", "simple_index/py.typed"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("package")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The wheel that is built from the sdist that is built from what git knows: no index is asked."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (REPOSITORY / name).exists():
            copy = folder / "copy" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((REPOSITORY / name).read_bytes())
    sdist = ProjectBuilder(folder / "copy", runner=quiet_subprocess_runner).build("sdist", folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return Path(ProjectBuilder(unpacked, runner=quiet_subprocess_runner).build("wheel", folder))


def test_the_wheel_holds_the_command_and_nothing_else(wheel: Path) -> None:
    """No tests, and nothing of how the functions are deployed."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    modules = {
        f"{package}/{path.relative_to(REPOSITORY / place)}"
        for package, place in PACKAGES.items()
        for path in (REPOSITORY / place).rglob("*.py")
    }
    assert names == modules | OTHERS


class Installed:
    """An environment with the wheel in it, and what *dependencies* links there."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        (self.site,) = folder.glob("lib/python*/site-packages")
        self._home = folder
        uv = Path(sys.executable).with_name("uv")
        self.run(
            uv,
            "pip",
            "install",
            "--offline",
            "--no-deps",
            "--no-cache",
            "--python",
            self.bin / "python",
            wheel,
        )

    def run(self, *command: str | Path, **environment: str) -> Finished:
        done = subprocess.run(
            command,
            cwd=self._home,
            env=clean_environment(self._home, **environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def command(self, *arguments: str | Path, **environment: str) -> Finished:
        return self.run(self.bin / "serverless-pypi", *arguments, **environment)


@pytest.fixture(scope="module")
def installed(folder: Path, wheel: Path) -> Installed:
    """As without any extra: what the wheel says that it needs, and no more."""
    environment = Installed(folder / "base", wheel)
    for needed in _closure("serverless-pypi"):
        for entry in {
            file.parts[0] for file in needed.files or [] if file.parts[0] not in ("..", "__pycache__")
        }:
            link = environment.site / entry
            if not link.exists():
                link.symlink_to(Path(str(needed.locate_file(entry))))
    return environment


@pytest.fixture(scope="module")
def with_extra(folder: Path, wheel: Path) -> Installed:
    """As with the extra: beside all that is installed here, but for the working copy."""
    environment = Installed(folder / "extra", wheel)
    (environment.site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment


def _closure(name: str) -> Iterator[Distribution]:
    """What a distribution needs without its extras, and what that needs."""
    seen, waiting = {name}, [name]
    while waiting:
        for requirement in map(Requirement, distribution(waiting.pop()).requires or []):
            marker = requirement.marker
            if requirement.name not in seen and (marker is None or marker.evaluate({"extra": ""})):
                seen.add(requirement.name)
                waiting.append(requirement.name)
                yield distribution(requirement.name)


def test_every_module_is_the_installed_one(installed: Installed) -> None:
    """And not one of the working copy, by which the rest would show nothing."""
    code = f"import importlib; [print(importlib.import_module(name).__file__) for name in {list(PACKAGES)}]"
    files = installed.run(installed.bin / "python", "-c", code).stdout.splitlines()
    assert len(files) == len(PACKAGES)
    assert all(Path(file).is_relative_to(installed.site) for file in files)


def test_the_command_says_who_it_is(installed: Installed) -> None:
    """Its version, its help, what a shell wants to know."""
    assert installed.command("--version").stdout == f"serverless-pypi {version('serverless-pypi')}\n"
    assert installed.command("--help").stdout.startswith("usage: serverless-pypi")
    assert "_shtab_serverless_pypi" in installed.command("completion", "bash").stdout


def test_the_command_works_with_what_it_says_that_it_needs(installed: Installed, road: Road) -> None:
    """A distribution is looked at and sent, pages are compared: nothing of the extra is needed for it."""
    (installed.site / wheel_name("packaged", "1")).write_bytes(make_wheel("packaged", "1"))
    environment = stack_environment(road)
    published = installed.command("publish", installed.site / wheel_name("packaged", "1"), **environment)
    assert published.returncode == 0, published.stderr
    checked = installed.command("check", "--deep", "packaged", **environment)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "1 project with 1 file compared: nothing has drifted.\n"


def test_without_the_extra_local_says_what_is_missing(installed: Installed) -> None:
    done = installed.command("local")
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: `serverless-pypi local` needs more than is installed here (")
    assert "'.[local]'" in done.stderr


def test_with_the_extra_local_is_the_whole_road(with_extra: Installed) -> None:
    """The sample is built from where it is installed."""
    done = with_extra.command("local", "demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("imported: Installed from your own index.\n")
