"""What each client asks to resolve a tree whose largest wheel has 200 MB, counted from the access log."""

from dataclasses import dataclass

from tests.clients.clients import Client, OldPip, OldUv, Pdm, Pip, Pipenv, PipTools, Poetry, Uv
from tests.clients.index import CI, Index, Seen
from tests.clients.person import Person
from tests.clients.settings import Access, block
from tests.distributions import make_wheel, wheel_name

__all__ = ["ROWS", "Counts", "Resolving", "count", "publish_tree"]

_LARGE = 200_000_000
_ROOT = "acme-application"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Of one run."""

    requests: int
    refused_first: int
    unchanged: int
    size: int

    @classmethod
    def of(cls, seen: list[Seen]) -> "Counts":
        return cls(
            requests=len(seen),
            refused_first=sum(request.status == 401 for request in seen),
            unchanged=sum(request.status == 304 for request in seen),
            size=sum(request.size for request in seen),
        )


@dataclass(frozen=True, kw_only=True)
class Resolving:
    """The first time, and once more with what the client has kept."""

    first: Counts
    again: Counts


class Pip24(Pip):
    version = "24"


class Pip23(Pip):
    version = "23"


class Pip22(Pip):
    version = "22"


class PipWithKeyring(Pip):
    """The username in the URL, and the password where the `keyring` program finds it."""

    def set_up(self) -> None:
        url, user = self.access.fill("https://USER@INDEX/simple/"), self.access.user
        self.exported.update(PIP_INDEX_URL=url, PIP_KEYRING_PROVIDER="subprocess")
        self.exported.update(self.person.keep_in_keyring(self.access.index_url, user, self.access.password))


class UvWithNetrc(Uv):
    def set_up(self) -> None:
        super().set_up()
        for name in ("UV_INDEX_ACME_USERNAME", "UV_INDEX_ACME_PASSWORD"):
            del self.exported[name]
        self.person.write(".netrc", self.access.fill(block("pip", "~/.netrc")), private=True)


#: As the table has them. Hatch is whichever of pip and uv it installs with.
ROWS: dict[str, type[Client]] = {
    "pip": Pip,
    "pip, with a keyring": PipWithKeyring,
    "pip 24.3": Pip24,
    "pip 23.0": Pip23,
    "pip 22.2": Pip22,
    "pip 20.3": OldPip,
    "uv": Uv,
    "uv, with netrc": UvWithNetrc,
    "uv, a year old": OldUv,
    "Poetry": Poetry,
    "PDM": Pdm,
    "Pipenv": Pipenv,
    "pip-tools": PipTools,
}


def publish_tree(index: Index) -> None:
    """Publish one project that needs two others, of which one has a wheel of 200 MB."""
    large = make_wheel("acme-model", "1.0", extra={"acme_model.bin": bytes(_LARGE)}, packed=False)
    root = make_wheel(_ROOT, "1.0", Requires_Dist="acme-model\nRequires-Dist: acme-core")
    index.publish(
        ("acme-model", wheel_name("acme-model", "1.0"), large), (_ROOT, wheel_name(_ROOT, "1.0"), root)
    )


def count(row: str, index: Index, person: Person) -> Resolving:
    """Let the client of that *row* resolve the tree twice. It must be set up."""
    client = ROWS[row](person, Access(index_url=index.url, user=CI, password=index.password_of(CI)))
    client.set_up()
    # Else pip keeps nothing of an index without TLS.
    client.exported["PIP_TRUSTED_HOST"] = "127.0.0.1"
    return Resolving(first=_resolve(client, index), again=_resolve(client, index))


def _resolve(client: Client, index: Index) -> Counts:
    with index.watched() as seen:
        done = client.resolve(_ROOT)
    if done.returncode != 0:
        raise RuntimeError(f"{done.args}: {done.stdout}{done.stderr}")
    return Counts.of(seen)
