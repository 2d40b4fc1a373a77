"""Requests to the bucket's endpoint over HTTP, and the connection they share."""

import http.client
import os
import ssl
import time
from collections.abc import Mapping
from functools import cache

from authenticator.deadline import Deadline
from authenticator.location import Location
from authenticator.records import Record

__all__ = ["Answer", "BrokenOffError", "Connection", "UnboundedError"]

#: The root certificates of Amazon Trust Services.
_AMAZON_ROOTS = os.path.join(os.path.dirname(__file__), "amazon-roots.pem")
#: Seconds, to connect to each address of the endpoint and to wait for each part of its answer.
_TIMEOUT = 1.0
#: Seconds. S3 closes an idle connection after some more, and whoever froze us meanwhile tells nobody.
_LONGEST_IDLE = 3.0
#: Bytes. Ten thousand users take less than one million.
_LARGEST_BODY = 2 * 1024 * 1024
#: Bytes. Of what comes with another status, S3's code stands in the first two hundred.
_LARGEST_ERROR = 4096


class BrokenOffError(http.client.HTTPException):
    """The other side went away in the middle of its answer."""


class UnboundedError(ValueError):
    """An answer of no known length, or of too great a one."""


class Answer(Record, kw_only=True):
    status: int
    etag: str | None
    body: bytes
    #: Whether there was an object, in a versioned bucket, that has been deleted.
    deleted: bool


class Connection:
    """Makes one request at a time. A handshake costs more than a request: what follows soon needs none."""

    def __init__(self, location: Location) -> None:
        self._location = location
        #: Those whom AWS has its own certificates from, until one is met that is nobody's of them.
        self._trusted = _amazon
        self._idle: http.client.HTTPConnection | None = None
        self._idle_since = 0.0

    def request(self, method: str, path: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """What is answered to a GET or HEAD.

        Raises `OSError` and `http.client.HTTPException` for what may be gone the next moment, and
        `UnboundedError`.
        """
        if time.monotonic() - self._idle_since > _LONGEST_IDLE:
            self.close()
        idle, self._idle = self._idle, None
        if idle is not None:
            try:
                return self._exchange(idle, method, path, headers, deadline)
            except (OSError, http.client.HTTPException):
                """Closed while it was idle, most likely: that is no failure of the request."""
        try:
            return self._exchange(self._connect(), method, path, headers, deadline)
        except ssl.SSLCertVerificationError:
            if self._trusted is _everyone:
                raise
            self._trusted = _everyone
            return self._exchange(self._connect(), method, path, headers, deadline)

    def close(self) -> None:
        """Close what is kept open."""
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> Answer:
        try:
            deadline.check()
            connection.request(method, path, headers=dict(headers))
            # Closed in any case: with "Connection: close" the socket has become the response's own.
            with connection.getresponse() as response:
                if response.status == 200:
                    body, ended = _read(response, deadline), True
                else:
                    body, ended = response.read(_LARGEST_ERROR), response.isclosed()
            deleted = response.getheader("x-amz-delete-marker") == "true"
            answer = Answer(
                status=response.status, etag=response.getheader("etag"), body=body, deleted=deleted
            )
            # In time, for who is not waited for any longer leaves nothing to those who follow.
            deadline.check()
        except BaseException:
            connection.close()
            raise
        if ended and not response.will_close:
            self._idle, self._idle_since = connection, time.monotonic()
        else:
            connection.close()
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host = self._location.host
        if self._location.scheme == "https":
            return http.client.HTTPSConnection(host, timeout=_TIMEOUT, context=self._trusted())
        return http.client.HTTPConnection(host, timeout=_TIMEOUT)


def _read(response: http.client.HTTPResponse, deadline: Deadline) -> bytes:
    length = response.length
    if length is None:
        raise UnboundedError("came without a Content-Length")
    if length > _LARGEST_BODY:
        raise UnboundedError(f"is larger than {_LARGEST_BODY} bytes")
    body = b""
    while len(body) < length:
        deadline.check()
        # Of a body that breaks off http.client tells nobody, if it was asked for a number of bytes.
        chunk = response.read1(length - len(body))
        if not chunk:
            raise BrokenOffError(f"broke off after {len(body)} of {length} bytes")
        body += chunk
    return body


# One of each for the process. To load all of a machine's authorities takes a quarter of a second at the
# edge, and S3's certificates come from one of these five.
@cache
def _amazon() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=_AMAZON_ROOTS)


@cache
def _everyone() -> ssl.SSLContext:
    return ssl.create_default_context()
