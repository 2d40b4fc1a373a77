"""Index URLs as people write them: taken apart once, so that what is shown has no credential in it."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

__all__ = ["Credential", "IndexUrl", "parse_index_url", "split_urls"]

_SIMPLE = "/simple/"
_URL = re.compile(r"(https?)://(.+)", re.IGNORECASE | re.DOTALL)
_LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}")
_DELIMITER = re.compile(r"[/?#]")
#: Where one URL, path or name of a list ends and another begins: not at a blank within a password, behind
#: which comes an @ before another URL does.
_BETWEEN = re.compile(r"\s+(?=(?:[\w.-]+=)?[A-Za-z][A-Za-z0-9+.-]*://|[./~](?!(?:(?!://)[^@])*@))")


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """A username and a password, decoded; *written* is how they stand in the URL, if they came from one."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    written: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexUrl:
    """An index URL without its credential, and that."""

    scheme: str
    #: With the port, where one is written.
    host: str
    #: All behind the host, a query and a fragment too.
    path: str = field(repr=False)
    credential: Credential | None = None
    #: Whether clients read it as we do, which a bare slash or blank in the credential keeps them from.
    is_plain: bool = True

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def right(self) -> str:
        """As an index URL of this host should be written."""
        return self.origin + _SIMPLE

    @property
    def is_right(self) -> bool:
        return self.path == _SIMPLE

    @property
    def hostname(self) -> str:
        """The host without the port."""
        return urlsplit(self.origin).hostname or self.host

    @property
    def is_loopback(self) -> bool:
        # No name: "127.example" is anybody's.
        return self.hostname in ("localhost", "::1") or _LOOPBACK.fullmatch(self.hostname) is not None

    def secured(self) -> "IndexUrl":
        """With https, unless it is of this machine: by http no credential goes out."""
        return self if self.is_loopback else replace(self, scheme="https")

    def has_host_of(self, other: "IndexUrl") -> bool:
        """Whether both are of one index, however their paths are written."""
        return _with_port(self) == _with_port(other) or self.host == other.host


def parse_index_url(text: str) -> IndexUrl | None:
    """*text* taken apart; None for what is no URL of the web.

    A credential with a bare ``/``, ``?`` or ``#`` in it is found too, though clients take it for the path.
    """
    match = _URL.fullmatch(text.strip())
    if match is None:
        return None
    userinfo, at, rest = match[2].rpartition("@")
    host = _DELIMITER.split(rest, maxsplit=1)[0]
    if not _is_host(host):
        return None
    return IndexUrl(
        scheme=match[1].lower(),
        host=host.lower(),
        path=rest[len(host) :],
        credential=_credential(userinfo) if at else None,
        is_plain=re.search(r"[/?#\s]", userinfo) is None,
    )


def split_urls(text: str) -> list[str]:
    """The URLs, or paths, of a list in which blanks are between them."""
    return _BETWEEN.split(text.strip()) if text.strip() else []


def _credential(userinfo: str) -> Credential:
    username, _, password = userinfo.partition(":")
    return Credential(username=unquote(username), password=unquote(password), written=userinfo)


def _is_host(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        is_whole = parts.port != 0 and not host.endswith(":")
        return bool(parts.hostname) and is_whole and not re.search(r"[\s\"'<>\\^`{|}%]", host)
    except ValueError:
        return False


def _with_port(url: IndexUrl) -> tuple[str, int]:
    default = 443 if url.scheme == "https" else 80
    return url.hostname, urlsplit(url.origin).port or default
