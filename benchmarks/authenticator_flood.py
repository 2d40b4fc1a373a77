"""``python -m benchmarks.authenticator_flood``: what viewers wait for on a fourteenth of a processor.

Each environment is a process in a cgroup of its own with the share that Lambda gives 128 MB, and has one
request at a time. A request goes to the idle environment that was busy last, as Lambda seems to do. Where
none is idle it is turned away, as Lambda does at the limit of ten that new accounts have; a request that was
turned away counts as one that took for ever.
"""

import json
import math
import random
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import authenticator_environment
from benchmarks.authenticator_quota import is_possible, share_of_128_mb
from benchmarks.authenticator_requests import status, viewer_request
from benchmarks.authenticator_store import (
    ARN,
    PASSWORD,
    make_certificate,
    serve,
    write_htpasswd,
    write_policy,
)
from benchmarks.bundles import build

_WARM_REQUESTS = 2000
_ENVIRONMENTS = 10
_GOOD, _BAD = "good", "bad"
#: The place of a request that was turned away.
_NOWHERE = -1
#: A second.
_RATES = {_GOOD: 50, _BAD: 100}
#: Seconds that attackers go on; and for how long a budget that was full is being spent.
_SECONDS, _SPENDING = 60, 30
_SECONDS_UNBOUNDED = 15
#: More checks than can be made.
_UNBOUNDED = 1_000_000


def main() -> None:
    """Print what is measured, or that it cannot be."""
    if not is_possible():
        print("under a CPU quota: not measured, this machine has no cgroup v1 that we may write")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = build(folder)
        certificate, authorities = make_certificate(folder)
        write_htpasswd(folder, 1000)
        write_policy(folder)
        with serve(folder, certificate) as environment:
            variables = {**environment, "SSL_CERT_FILE": str(authorities)}
            print(_warm(bundle, variables))
            for line in _flood(bundle, variables, _SECONDS):
                print(line)
            for line in _flood(bundle, variables, _SECONDS_UNBOUNDED, str(_UNBOUNDED)):
                print(f"without a budget: {line}")


@dataclass(frozen=True, slots=True)
class _Request:
    due: float
    kind: str
    line: bytes


class _Environment:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.checks = 0
        #: What is under way, or was last.
        self.asked: _Request

    def fileno(self) -> int:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        return self._process.stdout.fileno()

    def ask(self, request: _Request) -> None:
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self.asked = request
        self._process.stdin.write(request.line)
        self._process.stdin.flush()

    def answer(self) -> str:
        """The status of the result; waits for it."""
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        result, self.checks = json.loads(self._process.stdout.readline())
        return status(result)


@contextmanager
def _environments(
    number: int, bundle: Path, variables: Mapping[str, str], *most: str
) -> Iterator[list[_Environment]]:
    """Environments that know the good principal by now; *most* is the size of their budgets."""
    script = str(authenticator_environment.__file__)
    command = [sys.executable, "-I", "-S", "-B", script, str(bundle), ARN, "count", *most]
    with ExitStack() as stack:
        started = []
        for _ in range(number):
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(variables),
            )
            stack.enter_context(share_of_128_mb(process.pid))
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(_Environment(process))
        for environment in started:
            environment.ask(_Request(0.0, _GOOD, _line(_GOOD, 0)))
        for environment in started:
            if environment.answer() != "200":
                raise SystemExit("the good principal is refused")
        time.sleep(1.0)  # what the last was allowed beyond its share is paid back
        yield started


def _warm(bundle: Path, variables: Mapping[str, str]) -> str:
    """One environment, asked again as soon as it has answered, so it wants more than its share."""
    with _environments(1, bundle, variables) as (environment,):
        taken = []
        for _ in range(_WARM_REQUESTS):
            started = time.perf_counter()
            environment.ask(_Request(0.0, _GOOD, _line(_GOOD, 0)))
            environment.answer()
            taken.append(time.perf_counter() - started)
    return f"warm, {_WARM_REQUESTS} requests one after the other: {_percentiles(taken)}"


def _flood(bundle: Path, variables: Mapping[str, str], seconds: int, *most: str) -> Iterator[str]:
    waits: dict[str, list[tuple[float, float]]] = {_GOOD: [], _BAD: []}
    answers: Counter[str] = Counter()
    used: set[int] = set()
    with _environments(_ENVIRONMENTS, bundle, variables, *most) as environments:
        before = sum(environment.checks for environment in environments)
        for request, place, code, taken in _dispatch(environments, _requests(seconds)):
            waits[request.kind].append((request.due, taken))
            answers[f"{request.kind} {code}"] += 1
            used.add(place)
        checks = sum(environment.checks for environment in environments) - before
    good = waits[_GOOD]
    yield f"{seconds} s of {_RATES[_BAD]} wrong passwords a second, and {_RATES[_GOOD]} times the right one:"
    yield f"  the right one: {_percentiles([taken for _, taken in good])}"
    if seconds > _SPENDING:
        yield f"  until {_SPENDING} s: {_percentiles([taken for due, taken in good if due < _SPENDING])}"
        yield f"  after that: {_percentiles([taken for due, taken in good if due >= _SPENDING])}"
    counted = ", ".join(f"{kind} {count}" for kind, count in sorted(answers.items()))
    yield f"  answers: {counted}; {checks} checks by bcrypt in {len(used - {_NOWHERE})} environments"


def _dispatch(
    environments: Sequence[_Environment], requests: Iterable[_Request]
) -> Iterator[tuple[_Request, int, str, float]]:
    """Each request with its environment, its status and how long it took, in the order of their ends."""
    with selectors.DefaultSelector() as selector:
        for place, environment in enumerate(environments):
            selector.register(environment, selectors.EVENT_READ, place)
        idle = list(range(len(environments)))
        waiting = deque(requests)
        started = time.perf_counter()
        while waiting or len(idle) < len(environments):
            pause = max(0.0, started + waiting[0].due - time.perf_counter()) if waiting else None
            for key, _ in selector.select(pause):
                environment = environments[key.data]
                code, request = environment.answer(), environment.asked
                idle.append(key.data)
                yield request, key.data, code, time.perf_counter() - started - request.due
            while waiting and started + waiting[0].due <= time.perf_counter():
                request = waiting.popleft()
                if idle:
                    environments[idle.pop()].ask(request)
                else:
                    yield request, _NOWHERE, "turned away", math.inf


def _requests(seconds: int) -> list[_Request]:
    """In the order of their times, which are as random as those of many viewers, and the same each time."""
    numbers = random.Random(4)  # noqa: S311  # nothing is kept secret by it
    requests: list[_Request] = []
    for kind, rate in _RATES.items():
        due = numbers.expovariate(rate)
        while due < seconds:
            requests.append(_Request(due, kind, _line(kind, len(requests))))
            due += numbers.expovariate(rate)
    return sorted(requests, key=lambda request: request.due)


def _line(kind: str, number: int) -> bytes:
    """No wrong password comes twice; half of them are for a name that is known."""
    name = f"user-{number % 1000}" if number % 2 else f"nobody-{number}"
    credential = f"user-1:{PASSWORD}" if kind == _GOOD else f"{name}:guess-{number}"
    return json.dumps(viewer_request("sample-project", credential)).encode() + b"\n"


def _percentiles(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    shown = ", ".join(
        f"p{percent} {_milliseconds(ordered[len(ordered) * percent // 100])}" for percent in (50, 90, 99)
    )
    away = sum(math.isinf(each) for each in ordered)
    return f"{shown}; {away} of {len(ordered)} turned away" if away else shown


def _milliseconds(seconds: float) -> str:
    return "turned away" if math.isinf(seconds) else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
