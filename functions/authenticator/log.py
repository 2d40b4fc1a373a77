"""The function's log: a line of JSON for each refusal and failure, and none for what is ordinary.

No line holds any part of a credential.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Literal

__all__ = ["Level", "write"]

#: INFO for what a viewer did wrong, WARNING for what an operator should see to, ERROR for our failures.
Level = Literal["INFO", "WARNING", "ERROR"]


def write(level: Level, message: str, **facts: str) -> None:
    """Write one line, with *facts* beside the message."""
    # "If you don't supply a valid timestamp, Lambda assigns the log the level INFO."
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"level": level, "timestamp": timestamp, "service": "authenticator", "message": message, **facts}
    sys.stdout.write(json.dumps(line) + "\n")
