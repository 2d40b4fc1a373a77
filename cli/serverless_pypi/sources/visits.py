"""HTTP with an index that somebody else runs: its answers end, and its credential goes to no other host."""

import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar

import httpx
import truststore

from serverless_pypi.index import Credential
from serverless_pypi.printable import printable
from serverless_pypi.sources.errors import NoSourceError, SourceDeniedError, UnavailableError
from serverless_pypi.sources.intake import BLOCK
from serverless_pypi.sources.offers import Check
from serverless_pypi.sources.pages import ACCEPT, Body

__all__ = ["MovedError", "NotFoundError", "Visitor", "keeps_secrets", "parse_url", "shown"]

Result = TypeVar("Result")

_TRIES = 4
#: Seconds.
_FIRST_PAUSE, _LONGEST_PAUSE, _LOOK = 0.25, 60.0, 0.1
_MOST_REDIRECTS = 10
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# A proxy would have what is sent to this machine leave it, and in clear.
_NO_PROXY = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}


class Receiver(Protocol):
    """What takes a file in, block by block, and may have to begin again."""

    def add(self, block: bytes) -> None: ...
    def restart(self) -> None: ...


class NotFoundError(UnavailableError):
    def __init__(self, url: httpx.URL) -> None:
        super().__init__(f"{shown(url)} is not there (404).")


class MovedError(UnavailableError):
    """A page that sends its readers on to somebody else's."""

    def __init__(self, url: httpx.URL, to: httpx.URL) -> None:
        super().__init__(f"{shown(url)} sends on to {shown(to)}, which is not the index that was named.")
        self.to = to


class _BusyError(Exception):
    """A status that may be another one soon."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"status {response.status_code}")
        after = response.headers.get("retry-after", "")
        #: Seconds; a date is as good as nothing said.
        self.after = float(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 0.0


class Visitor:
    """A client of the index at *home*. Any thread may use it."""

    def __init__(self, home: httpx.URL, credential: Credential | None, *, jobs: int, check: Check) -> None:
        if credential is not None and not keeps_secrets(home):
            raise NoSourceError(
                f"{shown(home)} would have the password sent in clear: give its https:// URL."
            )
        self._home = home
        self._credential = credential
        self._check = check
        connections = jobs + 4
        self._client = httpx.Client(
            # A company's own index has a certificate that its machines trust, and nobody else.
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(60, connect=10),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            headers={"User-Agent": "serverless-pypi"},
            mounts=_NO_PROXY,
        )

    def close(self) -> None:
        self._client.close()

    def read_page(self, url: httpx.URL, *, most: int) -> Body:
        """A page of the index, of at most *most* bytes.

        Raises `NotFoundError`, `MovedError` and `UnavailableError`.
        """

        def read() -> Body:
            with self._open("GET", url, {"Accept": ACCEPT}, only_home=True) as response:
                content = bytearray()
                for block in response.iter_bytes():
                    self._check()
                    content += block
                    if len(content) > most:
                        raise UnavailableError(f"{shown(url)} is larger than {most} bytes, and no page.")
                return _body(response, bytes(content))

        return self._persist(url, read)

    def download(self, url: httpx.URL, receiver: Receiver) -> datetime | None:
        """Have *receiver* take a file in, from any host; when it was changed, if that is said.

        Raises `UnavailableError`, and what *receiver* raises.
        """

        def read() -> datetime | None:
            receiver.restart()
            # As bytes are stored: who unpacks a .tar.gz on the way has another file.
            with self._open("GET", url, {"Accept-Encoding": "identity"}, only_home=False) as response:
                for block in response.iter_raw(BLOCK):
                    self._check()
                    receiver.add(block)
                return _last_modified(response)

        return self._persist(url, read)

    def size(self, url: httpx.URL) -> int | None:
        """The size of a file, where its host says it without giving it. Raises `UnavailableError`."""

        def ask() -> int | None:
            with self._open("HEAD", url, {"Accept-Encoding": "identity"}, only_home=False) as response:
                length = response.headers.get("content-length", "")
                return int(length) if length.isascii() and length.isdecimal() else None

        return self._persist(url, ask)

    @contextmanager
    def _open(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], *, only_home: bool
    ) -> Iterator[httpx.Response]:
        for _ in range(_MOST_REDIRECTS):
            request = self._client.build_request(method, url, headers=headers)
            response = self._client.send(request, auth=self._credential_for(url), stream=True)
            try:
                if not response.has_redirect_location:
                    self._judge(url, response)
                    yield response
                    return
            finally:
                response.close()
            to = parse_url(str(response.headers["location"]), url)
            if only_home and not self._leads_home(to):
                raise MovedError(url, to)
            url = to
        raise UnavailableError(f"{shown(url)} sends on and on: it comes to no end.")

    def _credential_for(self, url: httpx.URL) -> Credential | None:
        return self._credential if self._is_home(url) else None

    def _is_home(self, url: httpx.URL) -> bool:
        return (url.scheme, url.host, url.port) == (self._home.scheme, self._home.host, self._home.port)

    def _leads_home(self, url: httpx.URL) -> bool:
        """Whether it is the same server, or the same host's with TLS at last."""
        has_tls_now = (self._home.scheme, url.scheme) == ("http", "https")
        return self._is_home(url) or (has_tls_now and url.host == self._home.host)

    def _judge(self, url: httpx.URL, response: httpx.Response) -> None:
        match response.status_code:
            case 200 | 203:
                return
            case 401 if self._is_home(url):
                raise SourceDeniedError(url.host, self._credential[0] if self._credential else None)
            case 401:
                raise UnavailableError(f"{url.host} asks for a credential, and the index's is not for it.")
            case 403:
                raise UnavailableError(f"{shown(url)} is not for who you are there (403).")
            case 404 | 410:
                raise NotFoundError(url)
            case status if status in _BUSY:
                raise _BusyError(response)
        raise UnavailableError(f"{shown(url)} answers with the status {response.status_code}.")

    def _persist(self, url: httpx.URL, attempt: Callable[[], Result]) -> Result:
        """*attempt*, again if the network or the server was not well, a few times."""
        problem: Exception
        for tries in range(_TRIES):
            try:
                return attempt()
            except (httpx.RequestError, _BusyError) as error:
                problem = error
            if tries + 1 < _TRIES:
                self._rest(tries, problem)
        raise UnavailableError(
            f"{shown(url)} cannot be had after {_TRIES} tries ({printable(str(problem))}): "
            "import again when its server is well."
        )

    def _rest(self, tries: int, problem: Exception) -> None:
        rest = random.uniform(0.5, 1) * _FIRST_PAUSE * 2**tries  # noqa: S311  # no secret
        if isinstance(problem, _BusyError):
            rest = min(max(rest, problem.after), _LONGEST_PAUSE)
        end = time.monotonic() + rest
        while (left := end - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, _LOOK))


def keeps_secrets(url: httpx.URL) -> bool:
    """Whether what is sent to *url* can be read by nobody between here and there."""
    return url.scheme == "https" or url.host in _LOOPBACK


def parse_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """A URL that something can be had from. Raises `UnavailableError`."""
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError):
        raise UnavailableError(f"{text[:200]!r} is no URL.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise UnavailableError(f"{text[:200]!r} is no URL that a file can be had from.")
    return url


def shown(url: httpx.URL) -> str:
    """A URL without what may be secret in it: a credential, a signature."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))[:300]


def _body(response: httpx.Response, content: bytes) -> Body:
    header = Message()
    header["content-type"] = response.headers.get("content-type", "text/html")
    return Body(
        content=content,
        url=str(response.url),
        content_type=header.get_content_type(),
        charset=header.get_content_charset(),
    )


def _last_modified(response: httpx.Response) -> datetime | None:
    try:
        time = parsedate_to_datetime(response.headers.get("last-modified", ""))
    except (ValueError, OverflowError):  # of a year that nobody counts
        return None
    return time if time.tzinfo is not None else None
