import io
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.ranged import FIRST_BLOCK, RangedObject
from simple_index.archives import read_metadata
from simple_index.filenames import parse_filename
from tests.distributions import core_metadata, make_sdist, make_wheel

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
BUDGET = 160 * MEBIBYTE
NOISE = random.Random(0).randbytes(600 * KIBIBYTE)  # noqa: S311


class Store:
    """An object in a bucket, and each range that was asked for."""

    def __init__(self, size: int, content: Callable[[int, int], bytes]) -> None:
        self._size = size
        self._content = content
        self.asked: list[tuple[int, int]] = []

    def fetch(self, first: int, last: int) -> bytes:
        assert 0 <= first <= last < self._size
        self.asked.append((first, last))
        return self._content(first, last + 1)

    def open(self, *, at_end: bool) -> RangedObject:
        start = max(0, self._size - FIRST_BLOCK) if at_end else 0
        end = min(start + FIRST_BLOCK, self._size)
        return RangedObject(
            key="incoming/x",
            size=self._size,
            etag='"e"',
            last_modified=datetime(2026, 1, 1, tzinfo=UTC),
            fetch=self.fetch,
            first=(start, self._content(start, end)),
        )

    @property
    def lengths(self) -> list[int]:
        return [last + 1 - first for first, last in self.asked]


def store_of(content: bytes) -> Store:
    return Store(len(content), lambda start, end: content[start:end])


def store_of_zeros(size: int) -> Store:
    return Store(size, lambda start, end: bytes(end - start))


positions = st.integers(0, len(NOISE) + 10) | st.integers(0, 10).map(lambda n: n * FIRST_BLOCK)
steps = st.lists(
    st.tuples(st.just("seek"), positions, st.just(io.SEEK_SET))
    | st.tuples(st.just("seek"), positions.map(lambda n: -n), st.just(io.SEEK_END))
    | st.tuples(st.just("seek"), st.integers(-100_000, 100_000), st.just(io.SEEK_CUR))
    | st.tuples(st.just("read"), st.integers(-1, 300_000) | st.integers(0, 40), st.just(0)),
    max_size=12,
)


@settings(deadline=None)
@given(st.integers(0, len(NOISE)), st.booleans(), steps)
def test_it_reads_as_a_file_in_memory_does(
    size: int, at_end: bool, steps: list[tuple[str, int, int]]
) -> None:
    """Any reads and seeks, from the front or the end."""
    content = NOISE[:size]
    ranged, memory = store_of(content).open(at_end=at_end), io.BytesIO(content)
    for step, number, whence in steps:
        if step == "read":
            assert ranged.read(number) == memory.read(number)
        elif {io.SEEK_SET: 0, io.SEEK_CUR: memory.tell(), io.SEEK_END: size}[whence] + number >= 0:
            assert ranged.seek(number, whence) == memory.seek(number, whence)
        assert ranged.tell() == memory.tell()


@pytest.mark.parametrize(("offset", "whence"), [(-1, io.SEEK_SET), (-1, io.SEEK_CUR), (-4, io.SEEK_END)])
def test_there_is_nothing_before_the_first_byte(offset: int, whence: int) -> None:
    """A hostile archive's offsets lead there; the position stays where it was."""
    file = store_of(b"abc").open(at_end=True)
    with pytest.raises(ValueError, match="cannot seek"):
        file.seek(offset, whence)
    assert file.seekable()
    assert file.read() == b"abc"


@pytest.mark.parametrize("size", [0, 1, FIRST_BLOCK - 1, FIRST_BLOCK])
@pytest.mark.parametrize("at_end", [True, False])
def test_an_object_of_one_block_needs_no_other(size: int, at_end: bool) -> None:
    """Whichever end was read first, that was all of it."""
    store = store_of(NOISE[:size])
    file = store.open(at_end=at_end)
    assert file.read() == NOISE[:size]
    assert file.read() == b""
    assert store.asked == []


@pytest.mark.parametrize(
    ("extra", "requests"),
    [(0, 0), (40 * KIBIBYTE, 0), (600 * KIBIBYTE, 1)],
)
def test_a_wheels_metadata_cost_one_request_at_most(extra: int, requests: int) -> None:
    """Besides its last block, which has the central directory."""
    store = store_of(make_wheel("acme", "1.0", extra={"acme/data.bin": NOISE[:extra]}))
    metadata = read_metadata(store.open(at_end=True), parse_filename("acme-1.0-py3-none-any.whl"))
    assert metadata == core_metadata("acme", "1.0")
    assert len(store.asked) == requests


def test_a_large_wheel_costs_four_requests_and_what_is_needed() -> None:
    """Its end, the rest of its central directory, its first record without the content, and METADATA."""
    stored = {f"acme/{'x' * 80}-{number}.bin": NOISE[number : 1 + number] for number in range(3000)}
    content = make_wheel("acme", "1.0", extra={"acme/data.bin": NOISE * 2, **stored})
    start = zip_start(content)
    store = store_of(content)
    metadata = read_metadata(store.open(at_end=True), parse_filename("acme-1.0-py3-none-any.whl"))
    assert metadata == core_metadata("acme", "1.0")
    assert start > MEBIBYTE
    assert len(content) - start > 3 * FIRST_BLOCK
    assert store.asked[0] == (start, len(content) - FIRST_BLOCK - 1)
    assert len(store.asked) == 3
    assert sum(store.lengths[1:]) < KIBIBYTE


def zip_start(content: bytes) -> int:
    """Where the central directory begins."""
    return int.from_bytes(content[-6:-2], "little")


def test_an_sdists_metadata_cost_one_request() -> None:
    """A small one is read to its end, where a zip archive could begin."""
    store = store_of(make_sdist("acme", "1.0", extra={"acme-1.0/data.bin": NOISE}))
    metadata = read_metadata(store.open(at_end=False), parse_filename("acme-1.0.tar.gz"))
    assert metadata == core_metadata("acme", "1.0")
    assert store.asked == [(FIRST_BLOCK, store._size - 1)]


def test_reading_on_doubles_the_block() -> None:
    """Up to 8 MiB: a long scan in few requests, which join without a gap."""
    store = store_of_zeros(40 * MEBIBYTE)
    file = store.open(at_end=False)
    while file.read(10_240):
        pass
    doubled = [2**power * 64 * KIBIBYTE for power in range(1, 8)]
    assert store.lengths[:9] == [*doubled, 8 * MEBIBYTE, 8 * MEBIBYTE]
    assert FIRST_BLOCK + sum(store.lengths) == 40 * MEBIBYTE
    assert [first for first, _ in store.asked[1:]] == [last + 1 for _, last in store.asked[:-1]]


def test_a_jump_takes_what_is_asked() -> None:
    """To look at one place takes no more, whatever was read before; reading on begins with a small block."""
    store = store_of_zeros(40 * MEBIBYTE)
    file = store.open(at_end=False)
    file.read(MEBIBYTE)
    store.asked.clear()
    file.seek(30 * MEBIBYTE)
    file.read(10)
    file.read(10)
    assert (store.asked[0], store.lengths) == ((30 * MEBIBYTE, 30 * MEBIBYTE + 9), [10, 2 * FIRST_BLOCK])


def test_the_first_block_is_kept() -> None:
    """The end is looked at, then other places, then the end again."""
    store = store_of_zeros(MEBIBYTE)
    file = store.open(at_end=True)
    for position in (0, MEBIBYTE - 100, 5, MEBIBYTE - FIRST_BLOCK, 0):
        file.seek(position)
        file.read(5 if position else 10)
    assert store.asked == [(0, 9)]


def test_nothing_is_read_twice() -> None:
    """A long central directory ends in the block that is there already."""
    store = store_of(NOISE)
    file = store.open(at_end=True)
    file.seek(1000)
    assert file.read() == NOISE[1000:]
    assert store.asked == [(1000, len(NOISE) - FIRST_BLOCK - 1)]


def test_a_long_read_is_one_request() -> None:
    """For as much as is asked, not block by block."""
    store = store_of_zeros(20 * MEBIBYTE)
    assert len(store.open(at_end=False).read(19 * MEBIBYTE)) == 19 * MEBIBYTE
    assert store.asked == [(FIRST_BLOCK, 19 * MEBIBYTE - 1)]


def test_no_file_is_read_beyond_the_budget() -> None:
    """A terabyte ends after 160 MiB, piece by piece."""
    store = store_of_zeros(2**40)
    file = store.open(at_end=False)

    def read_all() -> None:
        while file.read(MEBIBYTE):
            pass

    with pytest.raises(ValueError, match="more than"):
        read_all()
    assert BUDGET - 8 * MEBIBYTE < sum(store.lengths) <= BUDGET


def test_a_read_beyond_the_budget_asks_for_nothing() -> None:
    """A terabyte at once ends before it begins."""
    store = store_of_zeros(2**40)
    with pytest.raises(ValueError, match="more than"):
        store.open(at_end=False).read()
    assert store.asked == []


@pytest.mark.parametrize("came", [0, 1, 999, 1001, MEBIBYTE])
def test_another_number_of_bytes_than_was_asked_for_is_no_answer(came: int) -> None:
    """Not the file's fault, nor anything to go on from: with none, there would be no end of asking."""
    store = Store(MEBIBYTE, lambda start, end: bytes(end if start == 0 else came))
    file = store.open(at_end=False)
    file.seek(500_000)
    with pytest.raises(OSError, match=f"{came} bytes came of 1000 at 500000"):
        file.read(1000)


def test_an_error_of_the_store_goes_up() -> None:
    """Neither swallowed nor changed."""

    def fail(start: int, end: int) -> bytes:
        if start == 0:
            return bytes(end)
        raise ConnectionResetError

    file = Store(MEBIBYTE, fail).open(at_end=False)
    with pytest.raises(ConnectionResetError):
        file.read()
