"""``python authenticator_environment.py BUNDLE ARN``: one environment of the function, as Lambda runs it.

Events on standard input, one a line, and results on standard output; the function's log goes to standard
error. It imports nothing but what a runtime has and the bundle. With each result comes how many checks bcrypt
made so far, if ``count`` follows the ARN; a number after that is the size of the budget. The last line is the
peak of its memory in kB, as Linux counts it.
"""

import json
import sys
from types import SimpleNamespace


def main(bundle: str, arn: str, count: str = "", most: str = "") -> None:
    """Answer until there are no more events."""
    sys.path.insert(0, bundle)
    from authenticator.handler import handler

    context = SimpleNamespace(invoked_function_arn=arn, aws_request_id="5f9c")
    results, sys.stdout = sys.stdout, sys.stderr
    counted = _counted() if count else []
    if most:
        _resize_budget(int(most))
    for line in sys.stdin:
        result = handler(json.loads(line), context)
        results.write(f"{json.dumps([result, len(counted)])}\n")
        results.flush()
    results.write(f"{_peak()}\n")


def _peak() -> int:
    # Not what wait4() tells: that begins with the memory of who started this process.
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _counted() -> list[None]:
    """Grows by one for each check."""
    import bcrypt

    checks: list[None] = []
    check = bcrypt.checkpw

    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        checks.append(None)
        return check(password, hashed_password)

    bcrypt.checkpw = checkpw
    return checks


def _resize_budget(most: int) -> None:
    from authenticator import budget

    budget._MOST = most


if __name__ == "__main__":
    main(*sys.argv[1:])
