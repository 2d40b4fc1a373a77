"""The index that all clients read: a local stack with users of each kind, and projects of each kind."""

import gzip
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from authenticator.tokens import checksum, hash_token
from tests.authenticator.passwords import hash_password
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.road.public_index import PublicIndex, serve_public_index
from tests.road.road import Road, run_road

__all__ = ["ALICE", "CI", "GUEST", "LEAVER", "PASSWORD", "STRANGERS", "Index", "Seen", "run_index"]

#: A person, as single sign-on names them, and a password with what means something in a URL.
ALICE, PASSWORD = "alice@acme.example", "p@ss:w/o%rd+#ü"
#: A machine; one that may not read `acme-secret`; one whose time is over.
CI, GUEST, LEAVER = "ci", "guest", "leaver"
_LAST = "/health"
#: The version of what strangers offer.
STRANGERS = "99.0"

_POLICY = f"""\
refresh_seconds = 1
stale_seconds = STALE

[[rules]]
projects = ["acme-open"]
read = ["@anonymous"]

[[rules]]
projects = ["acme-secret"]
read = ["{ALICE}", "{CI}"]

[[rules]]
projects = ["*"]
read = ["@signed-in"]

[expires]
{LEAVER} = 2026-01-01

[upstream]
url = "UPSTREAM"
reserved = ["acme-*"]
"""


@dataclass(frozen=True)
class Seen:
    """One request, from the access log."""

    method: str
    path: str
    status: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Index:
    """A running index, with users and projects."""

    road: Road
    #: The public index upstream, where strangers offer our names at higher versions.
    public: PublicIndex
    tokens: dict[str, str]
    access_log: Path

    @property
    def host(self) -> str:
        """Its host and port."""
        return self.road.origin.removeprefix("http://")

    @property
    def url(self) -> str:
        """The index URL, without a credential."""
        return self.road.url_for(None)

    @property
    def public_url(self) -> str:
        """The public index, under another host name: in a netrc file there are no ports."""
        return self.public.url.replace("127.0.0.1", "localhost")

    def password_of(self, user: str) -> str:
        return PASSWORD if user == ALICE else self.tokens[user]

    def url_of(self, user: str, password: str | None = None, host: str | None = None) -> str:
        """The index URL with a credential in it, written as a URL wants it."""
        credential = f"{quote(user, safe='')}:{quote(password or self.password_of(user), safe='')}"
        return f"http://{credential}@{host or self.host}/simple/"

    def publish(self, *names_and_bodies: tuple[str, str, bytes]) -> None:
        """Publish files, each by its project and name, and wait until they are listed."""
        for _, name, body in names_and_bodies:
            self.road.put(f"incoming/{name}", body)
        for project, name, _ in names_and_bodies:
            self.road.wait_for(
                lambda p=project, n=name: n.encode() in self.road.read(f"simple/{p}/index.html"), 60
            )  # type: ignore[misc]

    def upload_time(self, project: str, filename: str) -> str:
        """When a file was published, as its page says."""
        page = json.loads(gzip.decompress(self.road.read(f"simple/{project}/index.json")))
        return str(next(file["upload-time"] for file in page["files"] if file["filename"] == filename))

    @contextmanager
    def watched(self) -> Iterator[list[Seen]]:
        """The requests that come while the block runs, listed at its end."""
        before = self.access_log.stat().st_size
        seen: list[Seen] = []
        yield seen
        # A line is written after its answer; so the line of one request more comes after all of them.
        self.road.get_as(None, _LAST)
        self.road.wait_for(lambda: any(request.path == _LAST for request in self._logged_since(before)))
        seen += [request for request in self._logged_since(before) if request.path != _LAST]

    def _logged_since(self, position: int) -> list[Seen]:
        with self.access_log.open() as log:
            log.seek(position)
            return [_parse(line) for line in log if line.endswith("\n")]


def _parse(line: str) -> Seen:
    told = json.loads(line)
    return Seen(told["cs-method"], told["cs-uri-stem"], int(told["sc-status"]), int(told["sc-bytes"]))


@contextmanager
def run_index(home: Path, *, stale_seconds: int = 300) -> Iterator[Index]:
    """Run one until the block ends."""
    log = home / "access.log"
    tokens = {user: _make_token() for user in (CI, GUEST, LEAVER)}
    with serve_public_index() as public, run_road(home, "--access-log", str(log)) as road:
        for project in ("acme-tool", "acme-core", "acme-secret", "acme-unpublished"):
            public.publish(project, STRANGERS)
        hashes = {
            ALICE: hash_password(PASSWORD),
            **{user: hash_token(t.encode()) for user, t in tokens.items()},
        }
        lines = [f"{user}:{stored}\n" for user, stored in hashes.items()]
        policy = _POLICY.replace("UPSTREAM", public.url.replace("127.0.0.1", "localhost")).replace(
            "STALE", str(stale_seconds)
        )
        road.put("auth/policy.toml", policy.encode())
        road.put("auth/htpasswd", "".join(lines).encode())
        index = Index(road=road, public=public, tokens=tokens, access_log=log)
        index.publish(*_repository())
        yanked = f"simple/acme-yanked/{wheel_name('acme-yanked', '1.1')}.yanked"
        road.put(yanked, b"breaks logins\n")
        road.wait_for(lambda: b"breaks logins" in road.read("simple/acme-yanked/index.html"))
        road.wait_for(lambda: road.get_as((CI, tokens[CI]), "/simple/").status_code == 200)
        yield index


def _make_token() -> str:
    secret = secrets.token_urlsafe(32).encode()
    return f"spp_{secret.decode()}{checksum(secret).decode()}"


def _repository() -> Iterator[tuple[str, str, bytes]]:
    """What people have: dependencies, extras, and every kind of version."""
    yield _wheel("acme-core", "1.0")
    yield _wheel("acme-core", "1.1")
    for version in ("1.0", "1.1", "2.0"):
        yield _wheel("acme-tool", version, Requires_Dist="acme-core>=1.0")
    yield (
        "acme-tool",
        sdist_name("acme-tool", "2.0"),
        make_sdist("acme-tool", "2.0", Requires_Dist="acme-core>=1.0"),
    )
    yield "acme-source", sdist_name("acme-source", "1.0"), make_sdist("acme-source", "1.0")
    yield _wheel("acme-extras", "1.0", Provides_Extra="cli", Requires_Dist='acme-core==1.0; extra == "cli"')
    yield _wheel("acme-python", "1.0", Requires_Python=">=3.6")
    yield _wheel("acme-python", "2.0", Requires_Python=">=3.99")
    yield _wheel("acme-preview", "1.0")
    yield _wheel("acme-preview", "2.0rc1")
    yield _wheel("acme-epoch", "2026.1")
    yield _wheel("acme-epoch", "1!2.0")
    yield _wheel("acme-local", "1.0")
    yield _wheel("acme-local", "1.0+cu118")
    yield _wheel("acme-yanked", "1.0")
    yield _wheel("acme-yanked", "1.1")
    yield _wheel("acme-secret", "1.0")
    yield _wheel("acme-open", "1.0")


def _wheel(project: str, version: str, **fields: str) -> tuple[str, str, bytes]:
    return project, wheel_name(project, version), make_wheel(project, version, **fields)
