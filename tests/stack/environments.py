"""An execution environment of a function, as Lambda sets one up: its bundle, its layer, its runtime client.

The folders stand in for /var/task, /opt and /var/runtime. The runtime client is Lambda's own, awslambdaric,
and the interpreter finds nothing besides these and the standard library.
"""

import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.s3.processes import running
from tests.stack.runtime_api import Outcome, RuntimeApi, serve_runtime_api
from tests.stack.shares import Share, are_possible, hold_share

__all__ = ["ACCOUNT", "RUNTIME", "SERVICE", "Environment", "Function", "read_function", "start", "unpack"]

#: Where `make` installs the runtime client.
RUNTIME = Path(sys.prefix) / "lambda-runtime"
SERVICE, ACCOUNT = "rehearsal", "123456789012"

# Its share holds the process from its first instruction on. -S: nothing that is installed here is found.
_ENTER = """
folder=$1; python=$2; shift 2
cd "$folder" || exit
for entrance; do echo $$ >"$entrance" || exit; done
exec "$python" -S -m awslambdaric "$_HANDLER"
"""


@dataclass(frozen=True, kw_only=True)
class Function:
    """What the template says of a function. *variables* are the names of its own."""

    name: str
    handler: str
    megabytes: int
    seconds: int
    variables: frozenset[str]

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{self.name}:1"


def read_function(template: Path, name: str) -> Function:
    """The function of this logical name, as the parameters have it by default."""
    written = yaml.load(template.read_text(), _Loader)  # noqa: S506
    properties = written["Resources"][name]["Properties"]

    def number(value: int | str) -> int:
        return value if isinstance(value, int) else int(written["Parameters"][value]["Default"])

    return Function(
        name=properties["FunctionName"].replace("${ServiceName}", SERVICE),
        handler=properties["Handler"],
        megabytes=number(properties["MemorySize"]),
        seconds=number(properties["Timeout"]),
        variables=frozenset(properties.get("Environment", {}).get("Variables", {})),
    )


def unpack(built: Path, folder: Path) -> Path:
    """*folder*, filled from a zip of what was *built*."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(built.rglob("*")):
            target.write(path, path.relative_to(built))
    with zipfile.ZipFile(archive) as source:
        source.extractall(folder)
    return folder


class Environment:
    """One process, which has one request at a time."""

    def __init__(self, api: RuntimeApi, process: Any, log: Path, share: Share | None) -> None:
        self._api = api
        self._process = process
        self._log = log
        self.started_at = time.perf_counter()
        self.share = share

    @property
    def log(self) -> str:
        """What the function and its runtime client have written."""
        return self._log.read_text(errors="replace")

    @property
    def seconds_to_start(self) -> float:
        """Until it asked for its first event."""
        if self._api.ready_at is None:
            raise RuntimeError("It has not started yet.")
        return self._api.ready_at - self.started_at

    @property
    def peak_bytes(self) -> int:
        """The most of its memory that was in use at once."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))

    def invoke(self, event: Any) -> Outcome:
        """Raises `NoAnswerError`."""
        return self._api.invoke(event, alive=self._is_alive)

    def wait(self) -> Outcome:
        """What is heard of it without an event: that it could not start. Raises `NoAnswerError`."""
        return self._api.wait(alive=self._is_alive)

    def _is_alive(self) -> bool:
        return self._process.poll() is None


@contextmanager
def start(
    function: Function,
    *,
    task: Path,
    scratch: Path,
    layer: Path | None = None,
    variables: Mapping[str, str] | None = None,
    runtime: Path = RUNTIME,
    python: str = sys.executable,
) -> Iterator[Environment]:
    """A new environment, held to the function's share if that is possible here; it ends with the block."""
    with ExitStack() as held:
        share = held.enter_context(hold_share(function.megabytes)) if are_possible() else None
        api = held.enter_context(serve_runtime_api(function_arn=function.arn, seconds=function.seconds))
        # In this order: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
        layers = [] if layer is None else [layer / "python"]
        path = ":".join(str(folder) for folder in (task, *layers, runtime))
        environment = {
            **_of_every_function(function),
            **(variables or {}),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": str(task),
            "LAMBDA_RUNTIME_DIR": str(runtime),
            "PYTHONPATH": path,
        }
        log = scratch / "log"
        entrances = share.entrances if share is not None else []
        command = ["sh", "-c", _ENTER, "sh", str(task), python, *entrances]
        process = held.enter_context(running(command, log=log, environment=environment))
        yield Environment(api, process, log, share)


def _of_every_function(function: Function) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    return {
        "_HANDLER": function.handler,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.megabytes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_SESSION_TOKEN": "rehearsal" * 50,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # As its folders are read-only there.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class _Loader(yaml.SafeLoader):
    """Takes the text behind !Sub and its like as it stands."""


_Loader.add_multi_constructor("!", lambda loader, _, node: _as_written(loader, node))


def _as_written(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            return loader.construct_mapping(node, deep=True)
