"""``python -m benchmarks.bundles``: what the edge bundle weighs, and what importing it costs.

CPU time and peak memory of whole fresh processes, as the operating system accounts for them, on one full
core: divide by 0.0724 for the share of a processor that 128 MB are given.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_RUNS = 20
_REPOSITORY = Path(__file__).parents[1]
_MEASURED = {
    "an empty interpreter": "pass",
    "import authenticator.handler": "import authenticator.handler",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bundle = build(Path(folder))
        archive = shutil.make_archive(f"{folder}/edge", "zip", bundle)
        print(f"edge bundle, zipped: {Path(archive).stat().st_size:,} bytes")
        for label, code in _MEASURED.items():
            seconds, kilobytes = _measure(code, bundle)
            print(f"{label}: {seconds * 1000:.0f} ms of CPU, {kilobytes / 1024:.1f} MB at the peak")


def build(folder: Path) -> Path:
    """The bundle, by the recipe that `sam build` runs."""
    bundle = folder / "bundle"
    bundle.mkdir()
    subprocess.run(
        ["make", "--silent", "build-AuthenticatorFunction", f"ARTIFACTS_DIR={bundle}"],
        cwd=_REPOSITORY / "functions" / "authenticator",
        check=True,
    )
    return bundle


def _measure(code: str, bundle: Path) -> tuple[float, int]:
    """Median CPU seconds and largest peak in kB, without compiled bytecode, as at the edge."""
    seconds, peaks = [], []
    for _ in range(_RUNS):
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", f"import sys; sys.path.insert(0, {str(bundle)!r}); {code}"]
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{code!r} failed")
        seconds.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss)
    return statistics.median(seconds), max(peaks)


if __name__ == "__main__":
    main()
