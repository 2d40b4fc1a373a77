"""A deadline of any length is over when its seconds are."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from authenticator.deadline import Deadline


@given(st.floats(0.2, 10))
def test_there_is_time_until_then(seconds: float) -> None:
    """However little it is; and it says how much there was."""
    deadline = Deadline(seconds)
    deadline.check()
    assert deadline.seconds == seconds
    assert deadline.bound(lambda: seconds) == seconds


def test_what_is_waited_for_holds_no_process_up() -> None:
    """It runs in a thread that ends with the process."""
    assert Deadline(5).bound(lambda: threading.current_thread().daemon)
