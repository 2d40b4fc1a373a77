"""The netrc file is read as requests reads it, and none of its text gets out."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_pypi.doctor.netrc_file import read_netrc
from tests.cli.doctor.patients import Consumer

ONE = "machine a.example login u password hunter2\n"


@pytest.mark.parametrize(
    ("text", "host", "first", "last"),
    [
        (ONE, "a.example", 1, 1),
        (f"machine b.example login x password y\n{ONE}", "a.example", 2, 2),
        ("machine a.example\n  login u\n  password hunter2\n", "a.example", 1, 3),
        (f"machine a.example\nlogin u\npassword hunter2\n{ONE.replace('a.', 'b.')}", "a.example", 1, 3),
        ("# ours\n\ndefault login u password hunter2\n", "a.example", 3, 3),
        (f"machine b.example login x password y {ONE}", "a.example", 1, None),
        (ONE.replace("hunter2", "old") + ONE, "a.example", 2, 2),
        ("machine\n\na.example login u password hunter2\n", "a.example", 3, 3),
    ],
)
def test_an_entry_knows_its_lines(text: str, host: str, first: int, last: int | None, tmp_path: Path) -> None:
    """So that another can be written in its place; where one line has two entries, it cannot."""
    consumer = Consumer(home=tmp_path)
    consumer.write(".netrc", text)
    netrc = read_netrc(consumer.machine)
    entry = netrc.find(host)
    assert entry is not None
    assert (entry.credential.username, entry.credential.password) == ("u", "hunter2")
    assert (entry.place.line, entry.last) == (first, last)
    assert "hunter2" not in repr(netrc)


def test_an_entry_of_its_own_outranks_the_default(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write(".netrc", f"{ONE}default login x password y\n")
    netrc = read_netrc(consumer.machine)
    own, other = netrc.find("a.example"), netrc.find("b.example")
    assert own is not None
    assert other is not None
    assert (own.is_default, other.is_default) == (False, True)


def test_the_variable_outranks_the_home(tmp_path: Path) -> None:
    consumer = Consumer(home=tmp_path)
    consumer.write(".netrc", ONE)
    other = consumer.write("other", ONE.replace("a.", "b."))
    consumer.environment["NETRC"] = str(other)
    netrc = read_netrc(consumer.machine)
    assert netrc.find("a.example") is None
    assert netrc.find("b.example") is not None


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    netrc = read_netrc(Consumer(home=tmp_path).machine)
    assert (netrc.file, netrc.find("a.example"), netrc.broken) == (None, None, ())


@pytest.mark.parametrize("text", ["machine a.example\nlogin u\nhunter2 hunter2\n", "hunter2\n"])
def test_a_broken_file_is_told_of(text: str, tmp_path: Path) -> None:
    """requests goes on without it; what is in it is not repeated."""
    consumer = Consumer(home=tmp_path)
    consumer.write(".netrc", text)
    (broken,) = read_netrc(consumer.machine).broken
    assert broken.place.line is not None
    assert "hunter2" not in str(broken)


@settings(deadline=None, max_examples=60)  # it writes files
@given(st.binary() | st.text('machinedefaultloginpassword \n\\"#').map(str.encode))
def test_no_content_raises(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(home=Path(folder))
        consumer.write(".netrc", "").write_bytes(content)
        read_netrc(consumer.machine).find("a.example")
