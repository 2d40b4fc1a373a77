import json
from datetime import UTC, datetime, timedelta

import pytest

from authenticator import log


def test_a_line_is_one_object_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it holds: nobody writes a line of his own."""
    log.write("WARNING", 'two\nlines, a "quote" and ü', request_id="5f9c")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isascii()
    written = json.loads(line)
    moment = datetime.fromisoformat(written.pop("timestamp"))
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert written == {
        "level": "WARNING",
        "service": "authenticator",
        "message": 'two\nlines, a "quote" and ü',
        "request_id": "5f9c",
    }
