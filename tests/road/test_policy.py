"""Who reads what, with real clients: the policy that docs/policy.md shows for a team of thirty."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from authenticator.policy_file import parse_policy
from authenticator.tokens import checksum, hash_token
from tests.authenticator.passwords import hash_password
from tests.distributions import make_wheel, wheel_name
from tests.road.public_index import PublicIndex, serve_public_index
from tests.road.road import REPOSITORY, Finished, Road, clean_environment, run_road

PAGE = (REPOSITORY / "docs" / "policy.md").read_text()
EXAMPLE = re.findall(r"^## A whole example$.*?^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
PUBLIC, SECRET, COMMON = "acme-client", "acme-merger", "acme-tools"
STRANGERS = "99.0"

clients = pytest.mark.parametrize("client", ["pip", "uv"])


@dataclass(frozen=True, kw_only=True)
class Team:
    """A running index with the example's policy; each user's password or token, by name."""

    road: Road
    public: PublicIndex
    passwords: dict[str, str]
    hashes: dict[str, str]
    policy: bytes

    def write_users(self) -> None:
        lines = [f"{name}:{stored}\n" for name, stored in self.hashes.items()]
        self.road.put("auth/htpasswd", "".join(lines).encode())

    def publish(self, project: str) -> None:
        self.road.put(f"incoming/{wheel_name(project, '1.0')}", make_wheel(project, "1.0"))
        self.road.wait_for(lambda: self.road.read(f"simple/{project}/index.json") != b"")

    def status(self, name: str | None, path: str) -> int:
        """What *name* is answered, or who has no credential."""
        credential = None if name is None else (name, self.passwords[name])
        return self.road.get_as(credential, path).status_code

    def install(self, client: str, name: str | None, project: str, target: Path) -> Finished:
        credential = None if name is None else f"{name}:{self.passwords[name]}"
        url = self.road.url_for(credential)
        done: Finished = getattr(self.road, client)(project, target=target, index_url=url, retries=0)
        return done


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """People have passwords, machines tokens. The public index has all our names, at a higher version."""
    passwords = {name: secrets.token_urlsafe(12) for name in ("alice", "bob", "carol", "erin", "leaver")}
    hashes = {name: hash_password(password) for name, password in passwords.items()}
    for name in ("ci-build", "ci-merger", "ci-trial"):
        passwords[name] = token = make_token()
        hashes[name] = hash_token(token.encode())
    with serve_public_index() as public, run_road(tmp_path_factory.mktemp("policy")) as road:
        policy = EXAMPLE.replace("https://upstream.example/simple/", public.url)
        policy = policy.replace("refresh_seconds = 60", "refresh_seconds = 1")
        team = Team(road=road, public=public, passwords=passwords, hashes=hashes, policy=policy.encode())
        team.write_users()
        road.put("auth/policy.toml", team.policy)
        for project in (PUBLIC, SECRET, COMMON):
            team.publish(project)
            public.publish(project, STRANGERS)
        yield team


def make_token() -> str:
    secret = secrets.token_urlsafe(32).encode()
    return (b"spp_" + secret + checksum(secret)).decode()


def installed(target: Path, project: str) -> str | None:
    module = target / f"{project.replace('-', '_')}.py"
    return module.read_text() if module.exists() else None


@pytest.mark.parametrize("text", re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_each_policy_of_the_page_is_one(text: str) -> None:
    """As it stands there."""
    parse_policy(text.encode())


def test_a_policy_can_be_checked_before_it_is_copied(tmp_path: Path) -> None:
    """By the line that the page gives, in silence or with the sentence of the log."""
    (line,) = re.findall(r"^PYTHONPATH=functions .*$", PAGE, re.MULTILINE)
    environment = clean_environment(tmp_path)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"

    def check(policy: str) -> Finished:
        (tmp_path / "policy.toml").write_text(policy)
        return subprocess.run(  # noqa: S602  # as a person does it
            line.replace("< policy.toml", f"< {tmp_path}/policy.toml"),
            shell=True,
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = check(EXAMPLE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    last = check("refresh_seconds = 0").stderr.splitlines()[-1]
    assert last.endswith("line 1: refresh_seconds must be a whole number from 1 to 300, and is 0")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The public project, the secret one, any other, one that is nowhere, the list.
        ("alice", [200, 200, 200, 302, 200]),
        ("bob", [200, 403, 200, 302, 200]),
        ("carol", [200, 200, 200, 302, 200]),
        ("erin", [200, 403, 200, 302, 403]),
        ("ci-build", [200, 403, 200, 302, 403]),
        ("ci-merger", [200, 200, 200, 302, 200]),
        ("ci-trial", [401, 401, 401, 401, 401]),
        (None, [200, 401, 401, 401, 401]),
    ],
)
def test_the_example_says_who_reads_what(team: Team, name: str | None, expected: list[int]) -> None:
    """Of two in a group, two that are in none, three tokens, one of which has expired, and nobody."""
    pages = [f"/simple/{project}/" for project in (PUBLIC, SECRET, COMMON, "nowhere")]
    assert [team.status(name, path) for path in (*pages, "/simple/")] == expected
    file = f"/simple/{SECRET}/{wheel_name(SECRET, '1.0')}"
    assert team.status(name, file) == team.status(name, f"{file}.metadata") == expected[1]


@clients
@pytest.mark.parametrize(
    ("name", "project"),
    [("erin", COMMON), ("carol", SECRET), ("ci-merger", SECRET), ("ci-build", COMMON), (None, PUBLIC)],
)
def test_who_may_read_installs(
    team: Team, tmp_path: Path, client: str, name: str | None, project: str
) -> None:
    """With a password, a token, or no credential at all."""
    done = team.install(client, name, project, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert installed(tmp_path / "out", project) == "VERSION = '1.0'\n"
    assert not team.public.asked(project)


@clients
@pytest.mark.parametrize(
    ("name", "project"), [("erin", SECRET), ("ci-build", SECRET), ("ci-trial", COMMON), (None, COMMON)]
)
def test_who_may_not_read_installs_nothing_from_anywhere(
    team: Team, tmp_path: Path, client: str, name: str | None, project: str
) -> None:
    """A 403 or 401 from here; the stranger's project of the name is not even asked for."""
    done = team.install(client, name, project, tmp_path / "out")
    assert done.returncode != 0
    assert installed(tmp_path / "out", project) is None
    assert not team.public.asked(project)


def test_uv_names_the_403_and_pip_finds_nothing(team: Team, tmp_path: Path) -> None:
    """As the page says."""
    assert "403" in team.install("uv", "erin", SECRET, tmp_path / "uv").stderr
    assert "No matching distribution" in team.install("pip", "erin", SECRET, tmp_path / "pip").stderr


def test_a_wrong_credential_is_refused_for_a_public_project_too(team: Team) -> None:
    """Whoever offers one is held to it."""
    assert team.road.get_as(("erin", "wrong"), f"/simple/{PUBLIC}/").status_code == 401


def test_the_health_path_needs_no_credential_and_says_nothing(team: Team) -> None:
    """Only that both files can be used."""
    answer = team.road.get_as(None, "/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")


@clients
def test_a_removed_line_shuts_its_name_out_while_the_index_runs(
    team: Team, tmp_path: Path, client: str
) -> None:
    """Though its password was verified before, within refresh_seconds; and nobody else."""
    leaver = f"leaver-{client}"
    team.passwords[leaver], team.hashes[leaver] = team.passwords["leaver"], team.hashes["leaver"]
    team.write_users()
    team.road.wait_for(lambda: team.status(leaver, f"/simple/{COMMON}/") == 200)
    assert team.install(client, leaver, COMMON, tmp_path / "before").returncode == 0
    del team.hashes[leaver]
    team.write_users()
    team.road.wait_for(lambda: team.status(leaver, f"/simple/{COMMON}/") == 401, seconds=5)
    done = team.install(client, leaver, COMMON, tmp_path / "after")
    assert done.returncode != 0
    assert "401" in done.stdout + done.stderr or "credential" in done.stderr
    assert installed(tmp_path / "after", COMMON) is None
    assert team.install(client, "erin", COMMON, tmp_path / "erin").returncode == 0


def test_a_right_is_taken_away_while_the_index_runs(team: Team) -> None:
    """From a group, by its new members."""
    try:
        team.road.put("auth/policy.toml", team.policy.replace(b'"carol", ', b""))
        team.road.wait_for(lambda: team.status("carol", f"/simple/{SECRET}/") == 403, seconds=5)
        assert team.status("ci-merger", f"/simple/{SECRET}/") == 200
    finally:
        team.road.put("auth/policy.toml", team.policy)
        team.road.wait_for(lambda: team.status("carol", f"/simple/{SECRET}/") == 200)


def test_a_mistake_is_logged_as_the_page_says_and_the_last_good_policy_serves(team: Team) -> None:
    """With its line, and with what is allowed there."""
    (said,) = re.findall(r'"message": "(.*)"}$', PAGE, re.MULTILINE)
    log = team.road.home / "log"

    def has_told() -> bool:
        assert team.status("carol", f"/simple/{SECRET}/") == 200
        assert team.status("erin", f"/simple/{SECRET}/") == 403
        return said in log.read_text()

    try:
        team.road.put("auth/policy.toml", team.policy.replace(b'"@merger", "alice"', b'"@mergre", "alice"'))
        team.road.wait_for(has_told)
    finally:
        team.road.put("auth/policy.toml", team.policy)
