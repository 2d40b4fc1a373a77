"""``python -m benchmarks.authenticator_cold``: what the first decision of a new environment costs.

From the start of an interpreter to its first decision, the end of the process included. CPU time and peak
memory are the operating system's, on one full core: divide by 0.0724 for the share of a
processor that 128 MB are given. Another interpreter can be named: ``… authenticator_cold python3.13``.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import authenticator_environment
from benchmarks.authenticator_requests import status, viewer_request
from benchmarks.authenticator_store import (
    ARN,
    PASSWORD,
    make_certificate,
    serve,
    token,
    write_htpasswd,
    write_policy,
)
from benchmarks.bundles import build

_STARTS = 15
#: Lambda mounts a bundle read-only, so no bytecode is ever written; and nothing else is on the path.
_BARE = ("-I", "-S", "-B")
#: A program that answers as the environment does.
_NOTHING = (
    "print('[{}, 0]'); print(next(line.split()[1] for line in open('/proc/self/status') if 'HWM' in line))"
)
_CREDENTIALS = {"a token": f"machine-0:{token(0)}", "a password (cost 10)": f"user-1:{PASSWORD}"}
#: Principals who are all remembered, and as many projects; and more refusals than are.
_MANY, _REFUSED = 10_000, 5_000
_UPSTREAM = '[upstream]\nurl = "https://pypi.example/simple/"'


def main(python: str) -> None:
    """Print what is measured with the interpreter *python*."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, authority = make_certificate(folder)
        bundles = _bundles(folder, python, authority)
        write_htpasswd(folder, 1000)
        write_policy(folder)
        print(
            f"an interpreter that does nothing: {_first_decision([python, *_BARE, '-c', _NOTHING], '', {})}"
        )
        for protocol, used in (("HTTP", None), ("HTTPS", certificate)):
            with serve(folder, used) as environment:
                for (label, credential), form in product(_CREDENTIALS.items(), bundles):
                    event = json.dumps(viewer_request("sample-project", credential))
                    cost = _first_decision(_command(python, bundles[form]), event, environment)
                    print(f"first decision, {protocol}, {label}, a bundle of {form}: {cost}")
        with serve(folder, certificate) as environment:
            print(_full_caches(_command(python, bundles["source"]), folder, environment))


def _bundles(folder: Path, python: str, authority: Path) -> Mapping[str, Path]:
    """As it is deployed, and with bytecode in it, which only the interpreter that reads it can make.

    *authority* stands among Amazon's there, as if the bucket's certificate were from one of them.
    """
    source, bytecode = build(folder), folder / "bytecode"
    roots = source / "authenticator" / "amazon-roots.pem"
    roots.write_bytes(roots.read_bytes() + authority.read_bytes())
    shutil.copytree(source, bytecode)
    subprocess.run([python, "-m", "compileall", "-q", bytecode], check=True)
    return {"source": source, "bytecode": bytecode}


def _command(python: str, bundle: Path) -> list[str]:
    return [python, *_BARE, str(authenticator_environment.__file__), str(bundle), ARN]


def _first_decision(command: list[str], event: str, environment: Mapping[str, str]) -> str:
    seconds, peaks = [], []
    for _ in range(_STARTS):
        cost, peak, results = _run(command, event, environment)
        if [status(result) for result in results] != ["200"]:
            raise SystemExit(f"it did not go on: {results}")
        seconds.append(cost * 1000)
        peaks.append(peak)
    return (
        f"{min(seconds):.0f} ms of CPU at least, median {statistics.median(seconds):.0f} ms, "
        f"{max(peaks) / 1000:.1f} MB at the peak"
    )


def _full_caches(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    """With all in them that they take, and an upstream, so that projects are remembered as well."""
    write_htpasswd(folder, 0, _MANY)
    write_policy(folder, more=_UPSTREAM)
    events = [
        *(viewer_request(f"project-{each}", f"machine-{each}:{token(each)}") for each in range(_MANY)),
        *(viewer_request("project-0", f"machine-0:{token(_MANY + each)}") for each in range(_REFUSED)),
    ]
    _, peak, results = _run(command, "\n".join(map(json.dumps, events)), environment)
    counts = Counter(status(result) for result in results)
    if counts != {"200": _MANY, "401": _REFUSED}:
        raise SystemExit(f"they were answered {counts}")
    return f"{_MANY:,} principals and projects and {_REFUSED:,} refusals: {peak / 1000:.1f} MB at the peak"


def _run(
    command: list[str], events: str, environment: Mapping[str, str]
) -> tuple[float, int, list[dict[str, Any]]]:
    """CPU seconds, the peak in kB, and the results."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as answers:
        given.write(events)
        given.seek(0)
        process = subprocess.Popen(
            command, stdin=given, stdout=answers, stderr=subprocess.DEVNULL, env=dict(environment)
        )
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        if process.returncode != 0:
            raise SystemExit(f"{command} failed")
        answers.seek(0)
        *results, peak = [json.loads(line) for line in answers]
        return usage.ru_utime + usage.ru_stime, peak, [result for result, _ in results]


if __name__ == "__main__":
    main(shutil.which(sys.argv[1]) or sys.exit("no such interpreter") if sys.argv[1:] else sys.executable)
