import httpx
import pytest

from local.answers import Answer
from local.selection import select

BODY = b"0123456789"
STORED = httpx.Headers(
    {
        "etag": '"v1"',
        "last-modified": "Wed, 18 Nov 2026 10:00:00 GMT",
        "content-length": "10",
        "content-type": "text/html",
        "cache-control": "no-cache",
    }
)


def ask(**asked: str) -> Answer:
    return select(
        STORED, BODY, httpx.Headers({name.replace("_", "-"): value for name, value in asked.items()})
    )


def test_all_of_it_is_the_answer_to_no_question() -> None:
    """With the headers it was stored with."""
    assert ask() == Answer(200, STORED, BODY)


@pytest.mark.parametrize(
    ("asked", "part", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", BODY, "bytes 0-9/10"),
        ("bytes=8-1000", b"89", "bytes 8-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_is_a_part(asked: str, part: bytes, content_range: str) -> None:
    """From, from to, or so many from the end."""
    answer = ask(range=asked)
    assert (answer.status, answer.body) == (206, part)
    assert answer.headers["content-range"] == content_range
    assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "bytes=a-b",
        "items=0-3",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_a_range_that_cannot_be_read_is_no_range(asked: str) -> None:
    """The whole object then, as from S3; also for more than one range."""
    assert ask(range=asked).status == 200


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_outside_is_416(asked: str) -> None:
    """The answer says how long the object is."""
    answer = ask(range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize(
    ("if_range", "status"),
    [('"v1"', 206), ('W/"v1"', 200), ('"v0"', 200), ("Wed, 18 Nov 2026 10:00:00 GMT", 206), ("", 200)],
)
def test_a_part_goes_only_with_its_own_whole(if_range: str, status: int) -> None:
    """If-Range holds by the strong comparison."""
    assert ask(range="bytes=0-3", if_range=if_range).status == status


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ('"v1"', 304),
        ('W/"v1"', 304),
        ('"v0", W/"v1"', 304),
        ("*", 304),
        ('"v0"', 200),
        ("v1", 200),
        ("", 200),
    ],
)
def test_what_a_viewer_has_is_not_sent_again(if_none_match: str, status: int) -> None:
    """If-None-Match holds by the weak comparison, for any of its ETags."""
    assert ask(if_none_match=if_none_match).status == status


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Wed, 18 Nov 2026 10:00:00 GMT", 304),
        ("Wed, 18 Nov 2026 10:00:01 GMT", 304),
        ("Wed, 18 Nov 2026 09:59:59 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Wed, 18 Nov 99999999999 10:00:00 GMT", 200),
    ],
)
def test_a_date_is_compared(since: str, status: int) -> None:
    """And one that is none says nothing."""
    assert ask(if_modified_since=since).status == status


def test_an_etag_speaks_before_a_date() -> None:
    """Two versions can come within one second."""
    date = "Wed, 18 Nov 2026 10:00:00 GMT"
    assert ask(if_none_match='"v0"', if_modified_since=date).status == 200


def test_a_304_keeps_what_is_about_the_object() -> None:
    """And drops what is about a body."""
    answer = ask(if_none_match='"v1"', range="bytes=0-3")
    assert (answer.status, answer.body) == (304, b"")
    assert sorted(answer.headers) == ["cache-control", "etag", "last-modified"]


def test_an_empty_object_has_no_parts() -> None:
    """Not even from its beginning."""
    assert select(STORED, b"", httpx.Headers({"range": "bytes=0-"})).status == 416
