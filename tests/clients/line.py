"""A line between a client and the index that breaks once."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

__all__ = ["Line", "lay_line"]


class Line(ThreadingTCPServer):
    """Passes on to *server*, both ways; and hangs up, once, after so many bytes of one answer."""

    daemon_threads = True

    def __init__(self, server: str, breaks_after: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        host, port = server.split(":")
        self.behind = (host, int(port))
        self.breaks_after = breaks_after
        self.has_broken = False

    @property
    def host(self) -> str:
        """The host and port at which clients find it."""
        return f"127.0.0.1:{self.server_address[1]}"

    def breaks_at(self, carried: int) -> bool:
        if self.has_broken or carried <= self.breaks_after:
            return False
        self.has_broken = True
        return True


class _Connection(BaseRequestHandler):
    server: Line

    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as behind:
            there = threading.Thread(target=self.carry_there, args=(behind,))
            there.start()
            with suppress(OSError):
                self.carry_back(behind)
            for end in (self.request, behind):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            there.join()

    def carry_there(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while data := self.request.recv(65536):
                behind.sendall(data)
            behind.shutdown(socket.SHUT_WR)

    def carry_back(self, behind: socket.socket) -> None:
        carried = 0
        while data := behind.recv(65536):
            self.request.sendall(data)
            carried += len(data)
            if self.server.breaks_at(carried):
                return


@contextmanager
def lay_line(server: str, *, breaks_after: int) -> Iterator[Line]:
    """A line to *server*, a host and port, until the block ends."""
    with Line(server, breaks_after) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield line
        finally:
            line.shutdown()
            thread.join()
