"""Threads that do one thing to many, and stop when the command does."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing import Self

__all__ = ["StoppedError", "Workers"]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Seconds. Who waits for an answer from far away does not hear that it is to stop.
_GRACE = 3.0


class StoppedError(Exception):
    """What a worker is told by `Workers.check`. Nobody else is."""


class Workers:
    """As many threads as there are *jobs*, while the block runs.

    An exception that leaves the block, an interrupt above all, stops them: what has not begun does not
    begin, and what has begun ends at its next `check`, or with the process. (The standard library's pools
    would have that wait for whoever does not answer.)
    """

    def __init__(self, jobs: int, *, grace: float = _GRACE) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        self._stopping = threading.Event()
        self._grace = grace
        #: So many things are begun or waiting to be; the next one is not thought of before.
        self._ahead = 2 * jobs

    def __enter__(self) -> "Self":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stopping.set()
        for _ in self._threads:
            self._tasks.put(None)
        deadline = time.monotonic() + self._grace
        for thread in self._threads:
            thread.join(None if error is None else max(0, deadline - time.monotonic()))

    def check(self) -> None:
        """Raises `StoppedError` once the work is to stop."""
        if self._stopping.is_set():
            raise StoppedError

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """What *work* makes of each of *items*, as it is done; they are asked for as there is room.

        Raises what *work* raises.
        """
        running: set[Future[Result]] = set()
        for item in items:
            running.add(self._begin(work, item))
            if len(running) >= self._ahead:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _begin(self, work: Callable[[Item], Result], item: Item) -> "Future[Result]":
        future: Future[Result] = Future()

        def run() -> None:
            try:
                self.check()
                future.set_result(work(item))
            except BaseException as error:
                future.set_exception(error)

        self._tasks.put(run)
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
