"""``python -m benchmarks.runtime``: both functions as Lambda runs them, from the start of their environments.

Built, zipped and unzipped, under Lambda's own runtime client, with the memory and the share of a processor
that the template gives each; where this machine has no cgroups of version 1 for us, without, and it says so.
The bucket is in this process, so there is no network. Another interpreter can be named, with a
folder that holds the runtime client for it: ``… runtime python3.13 FOLDER``.
"""

import base64
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bcrypt
import boto3

from authenticator.tokens import hash_token
from benchmarks.authenticator_store import COST, PASSWORD, token
from local.s3 import EmbeddedS3
from tests.distributions import make_wheel, wheel_name
from tests.stack.environments import ACCOUNT, RUNTIME, SERVICE, Function, read_function, start, unpack
from tests.stack.shares import are_possible

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REPOSITORY = Path(__file__).parents[1]
_SOURCES = {
    "AuthenticatorFunction": "functions/authenticator",
    "IndexerFunction": "functions/indexer",
    "SimpleIndexLayer": "layers/simple_index",
}
_BUCKET = f"{SERVICE}-{ACCOUNT}-us-east-1"
_STARTS, _WARM = 7, 20


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A function, and the events that an environment of it is asked, the first one cold."""

    label: str
    function: Function
    task: Path
    layer: Path | None
    variables: Mapping[str, str]
    events: Callable[[], Iterable[Any]]
    is_right: Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """Of one environment, in seconds from the beginning of its process, and of each later event."""

    ready: float
    first: float
    later: list[float]
    peak: int


def main(python: str, runtime: Path) -> None:
    """Print what is measured with the interpreter *python*."""
    with tempfile.TemporaryDirectory() as name, EmbeddedS3() as server:
        folder = Path(name)
        s3 = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="operator",
            aws_secret_access_key="operator",  # noqa: S106  # it opens nothing
        )
        s3.create_bucket(Bucket=_BUCKET)
        for case in _cases(_bundles(folder), s3, server.endpoint_url):
            environments = [_measure(case, folder, python, runtime) for _ in range(_STARTS)]
            print(f"{case.label}: {_report(environments)}")


def _bundles(folder: Path) -> dict[str, Path]:
    """By the recipes that `sam build` runs, through a zip."""
    found = {}
    for name, source in _SOURCES.items():
        built = folder / f"{name}-built"
        built.mkdir()
        command = ["make", "--silent", f"build-{name}", f"ARTIFACTS_DIR={built}"]
        subprocess.run(command, cwd=_REPOSITORY / source, check=True)
        found[name] = unpack(built, folder / name)
    return found


def _cases(bundles: Mapping[str, Path], s3: "S3Client", endpoint_url: str) -> Iterable[_Case]:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(COST)).decode()
    lines = f"person:{hashed}\nmachine:{hash_token(token(0).encode())}\n"
    s3.put_object(Bucket=_BUCKET, Key="auth/htpasswd", Body=lines.encode())
    credentials = {"a token": f"machine:{token(0)}", "a password (cost 10)": f"person:{PASSWORD}"}
    for label, credential in credentials.items():
        event = _viewer_request(credential)
        authenticator = read_function(_REPOSITORY / "template.yaml", "AuthenticatorFunction")
        yield _Case(
            label=f"authenticator, {label}, {_held(authenticator)}",
            function=authenticator,
            task=bundles["AuthenticatorFunction"],
            layer=None,
            variables={"AWS_ENDPOINT_URL_S3": endpoint_url},
            events=lambda event=event: [event] * (1 + _WARM),  # type: ignore[misc]  # a default binds the loop's value
            is_right=lambda result: result.get("uri") == "/simple/sample-project/index.json",
        )
    indexer = read_function(_REPOSITORY / "template.yaml", "IndexerFunction")
    yield _Case(
        label=f"indexer, one wheel into a new project, {_held(indexer)}",
        function=indexer,
        task=bundles["IndexerFunction"],
        layer=bundles["SimpleIndexLayer"],
        variables=dict.fromkeys(indexer.variables, "https://index.example/simple/")
        | {"AWS_ENDPOINT_URL": endpoint_url, "BUCKET": _BUCKET},
        events=lambda: (_upload(s3) for _ in range(1 + _WARM)),
        is_right=lambda result: result == {"batchItemFailures": []},
    )


def _held(function: Function) -> str:
    share = f"{function.megabytes / 1769:.3f} of a processor"
    return f"{function.megabytes} MB and {share}" if are_possible() else "not held to its share here"


def _viewer_request(credential: str) -> Any:
    event = json.loads((_REPOSITORY / "events" / "viewer-request-credential.json").read_text())
    value = f"Basic {base64.b64encode(credential.encode()).decode()}"
    headers = event["Records"][0]["cf"]["request"]["headers"]
    headers["authorization"] = [{"key": "Authorization", "value": value}]
    return event


def _upload(s3: "S3Client") -> Any:
    """Put a wheel of a project that nobody has heard of, and return the batch that tells of it."""
    name = f"project-{time.time_ns()}"
    key = f"incoming/{wheel_name(name, '1.0')}"
    s3.put_object(Bucket=_BUCKET, Key=key, Body=make_wheel(name, "1.0"))
    batch = json.loads((_REPOSITORY / "events" / "sqs-batch.json").read_text())
    message = batch["Records"][0]
    notification = json.loads(message["body"])
    notification["Records"][0]["s3"]["object"]["key"] = key
    return {"Records": [message | {"body": json.dumps(notification)}]}


def _measure(case: _Case, folder: Path, python: str, runtime: Path) -> _Figures:
    """One environment, from its start to its last event."""
    seconds = []
    with start(
        case.function,
        task=case.task,
        layer=case.layer,
        variables=case.variables,
        scratch=folder,
        runtime=runtime,
        python=python,
    ) as environment:
        # An environment starts because there is an event; that it waits here for the first is no part of it.
        for event in case.events():
            before = time.perf_counter()
            outcome = environment.invoke(event)
            if outcome.kind != "response" or not case.is_right(outcome.value):
                raise SystemExit(f"{case.label}: {outcome}\n{environment.log}")
            seconds.append(outcome.at - before)
            if len(seconds) == 1:
                first = outcome.at - environment.started_at
        return _Figures(
            ready=environment.seconds_to_start, first=first, later=seconds[1:], peak=environment.peak_bytes
        )


def _report(environments: list[_Figures]) -> str:
    later = [seconds for each in environments for seconds in each.later]
    return (
        f"ready after {_median(each.ready for each in environments):.2f} s, "
        f"first answer after {_median(each.first for each in environments):.2f} s, "
        f"a later one {_median(later) * 1000:.1f} ms; "
        f"{max(each.peak for each in environments) / 1e6:.0f} MB at the peak"
    )


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    if sys.argv[1:]:
        main(shutil.which(sys.argv[1]) or sys.exit("no such interpreter"), Path(sys.argv[2]).resolve())
    else:
        main(sys.executable, RUNTIME)
