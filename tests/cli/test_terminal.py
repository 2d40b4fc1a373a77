"""What is said where."""

import io
import json

import pytest

from serverless_pypi.errors import NotConfirmedError, NotHoldingError
from serverless_pypi.terminal import Terminal, table
from serverless_pypi.waiting import wait_for


def make_terminal(*, quiet: bool = False, as_json: bool = False) -> Terminal:
    return Terminal(out=io.StringIO(), err=io.StringIO(), quiet=quiet, as_json=as_json)


def read(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_results_are_on_standard_output_and_news_are_not() -> None:
    terminal = make_terminal()
    terminal.say("news")
    terminal.show({"a": 1}, "result")
    assert (read(terminal.out), read(terminal.err)) == ("result\n", "news\n")


def test_a_quiet_terminal_still_shows_results_warnings_and_failures() -> None:
    terminal = make_terminal(quiet=True)
    terminal.say("news")
    terminal.warn("careful")
    terminal.fail("it broke")
    terminal.show({}, "result")
    assert (read(terminal.out), read(terminal.err)) == ("result\n", "WARNING: careful\nERROR: it broke\n")


def test_a_program_gets_json() -> None:
    terminal = make_terminal(as_json=True)
    terminal.show({"name": "é"}, "result")
    assert json.loads(read(terminal.out)) == {"name": "é"}


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_obeys_no_strangers_words() -> None:
    """Tabs and ends of lines stay, and a file is given every byte."""
    words = "é\t1\r\n\x1b[2J\x9b2J\u202eexe\rover"
    shown = "é\t1\r\n\\x1b[2J\\x9b2J\\u202eexe\\rover\n"
    screen, file = Terminal(out=Screen(), err=io.StringIO()), make_terminal()
    for terminal in (screen, file):
        terminal.show(None, words)
        terminal.say(words)
    assert (read(screen.out), read(screen.err)) == (shown, shown)
    assert (read(file.out), read(file.err)) == (f"{words}\n", shown)


def test_nobody_to_ask_is_no_agreement() -> None:
    """pytest's standard input is no terminal, as a job's is none."""
    with pytest.raises(NotConfirmedError, match="--yes"):
        make_terminal().confirm("Remove it?", yes=False)
    make_terminal().confirm("Remove it?", yes=True)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(["NAME", "KIND"], [["alice", "person"], ["ci", "token"]]) == (
        "NAME   KIND\nalice  person\nci     token"
    )


class Clock:
    """Time that goes on only by pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_ends_with_what_is_found() -> None:
    clock = Clock()
    found = wait_for(
        lambda: "it" if clock.now > 3 else None,
        what="It",
        hint="look.",
        patience=60,
        pause=clock.pause,
        now=lambda: clock.now,
    )
    assert found == "it"
    assert 3 < clock.now < 10


def test_waiting_ends_when_the_time_is_over() -> None:
    """Not before, not long after, and with a look at the end."""
    clock = Clock()
    looks: list[float] = []
    with pytest.raises(NotHoldingError, match=r"It does not show after 60 s: look\."):
        wait_for(
            lambda: looks.append(clock.now),
            what="It",
            hint="look.",
            patience=60,
            pause=clock.pause,
            now=lambda: clock.now,
        )
    assert looks[-1] == clock.now == 60
