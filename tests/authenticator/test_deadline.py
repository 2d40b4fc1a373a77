import threading
import time

import pytest

from authenticator.deadline import Deadline


def test_what_is_done_in_time_is_returned() -> None:
    """Also if it is nothing."""
    assert Deadline(5).bound(lambda: "done") == "done"
    assert Deadline(5).bound(lambda: None) is None


def test_what_is_raised_in_time_is_raised() -> None:
    """As it is."""
    with pytest.raises(ZeroDivisionError):
        Deadline(5).bound(lambda: 1 / 0)


def test_what_takes_longer_is_not_waited_for() -> None:
    """It goes on alone, and keeps no process from ending."""
    event = threading.Event()
    before = time.monotonic()
    with pytest.raises(TimeoutError):
        Deadline(0.05).bound(lambda: event.wait(5))
    assert time.monotonic() - before < 1
    event.set()
