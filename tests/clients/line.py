"""A line between a client and the index that can break."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["Line", "lay_line"]


@dataclass
class Line:
    """Passes on what it is given, both ways; once, it stops in the middle of a long answer."""

    host: str
    #: How many bytes of one connection it lets back, while it is to break.
    breaks_after: int | None = None
    broken: threading.Event = field(default_factory=threading.Event)

    def carry(self, source: socket.socket, target: socket.socket, *, back: bool) -> None:
        """Until either end is through with it."""
        carried = 0
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
                carried += len(data)
                if back and self.breaks_after is not None and carried > self.breaks_after:
                    self.breaks_after = None
                    self.broken.set()
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def lay_line(to: str, *, breaks_after: int) -> Iterator[Line]:
    """A line to the server *to*, a host and port, until the block ends."""
    host, port = to.split(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(f"127.0.0.1:{listener.getsockname()[1]}", breaks_after)
        threading.Thread(target=_accept, args=(listener, (host, int(port)), line), daemon=True).start()
        yield line


def _accept(listener: socket.socket, server: tuple[str, int], line: Line) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            behind = socket.create_connection(server)
            for source, target, back in ((client, behind, False), (behind, client, True)):
                threading.Thread(
                    target=line.carry, args=(source, target), kwargs={"back": back}, daemon=True
                ).start()
