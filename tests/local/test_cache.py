import httpx
import pytest

from local.cache import DEFAULT_TTL, MAX_OBJECT_BYTES, MAX_TTL, MIN_TTL, Cache


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Cache:
    return Cache(clock=clock)


def headers(cache_control: str | None = None, **others: str) -> httpx.Headers:
    others.setdefault("content-length", "1")
    return httpx.Headers(others if cache_control is None else {"cache-control": cache_control, **others})


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=60", 60),
        ("public, MAX-AGE=60", 60),
        ("max-age=31536000, immutable", 31_536_000),
        ("max-age=365000000, immutable", MAX_TTL),
        ("max-age=60, s-maxage=5", 5),
        ("s-maxage=5, max-age=60", 5),
        ('max-age="60"', 60),
        ("max-age=0", 0),
        ("no-cache", MIN_TTL),
        ("no-cache, max-age=60", MIN_TTL),
        ("public", DEFAULT_TTL),
        ("max-age=soon", MIN_TTL),
        ("max-age", MIN_TTL),
        ("max-age=-5", MIN_TTL),
        ("max-age=" + "9" * 5000, MIN_TTL),
        (None, DEFAULT_TTL),
    ],
)
def test_cache_control_says_how_long(cache: Cache, cache_control: str | None, seconds: int) -> None:
    """s-maxage before max-age, and what cannot be read is stale at once."""
    assert cache.store("/a", headers(cache_control), b"a", asked_at=0).lifetime == seconds


@pytest.mark.parametrize(
    ("status", "cache_control", "length", "stored"),
    [
        (200, "max-age=60", "1", True),
        (200, "no-cache", "1", True),
        (200, None, "1", True),
        (200, "no-store", "1", False),
        (200, "private, max-age=60", "1", False),
        (200, "max-age=60", str(MAX_OBJECT_BYTES), True),
        (200, "max-age=60", str(MAX_OBJECT_BYTES + 1), False),
        (200, "max-age=60", "", False),
        (200, "max-age=60", "x", False),
        (206, "max-age=60", "1", False),
        (304, "max-age=60", "0", False),
        (403, "max-age=60", "1", False),
        (404, "max-age=60", "1", False),
        (500, None, "1", False),
    ],
)
def test_only_small_whole_objects_are_kept(
    status: int, cache_control: str | None, length: str, *, stored: bool
) -> None:
    """And none that its origin, or its being an error, speaks against."""
    assert Cache.may_store(status, headers(cache_control, **{"content-length": length})) is stored


def test_an_object_ages(cache: Cache, clock: Clock) -> None:
    """It is fresh until its lifetime is over, and can be had after that too."""
    stored = cache.store("/a", headers("max-age=60"), b"a", asked_at=0)
    clock.now += 59.5
    assert cache.is_fresh(stored)
    assert cache.age(stored) == 59
    clock.now += 0.5
    assert not cache.is_fresh(stored)
    assert cache.get("/a") is stored
    assert cache.get("/b") is None


def test_no_cache_is_never_fresh(cache: Cache) -> None:
    """Not even in the instant in which it was stored."""
    assert not cache.is_fresh(cache.store("/a", headers("no-cache"), b"a", asked_at=0))


def test_a_confirmed_object_is_fresh_again(cache: Cache, clock: Clock) -> None:
    """With the Cache-Control that the confirmation has, or else the one it had."""
    stored = cache.store("/a", headers("max-age=60", etag='"1"'), b"a", asked_at=0)
    clock.now += 100
    confirmed = cache.confirm("/a", stored, httpx.Headers({"cache-control": "max-age=90"}), asked_at=0)
    assert (confirmed.lifetime, cache.age(confirmed), confirmed.body) == (90, 0, b"a")
    assert cache.get("/a") is confirmed
    assert cache.confirm("/a", confirmed, httpx.Headers(), asked_at=0).lifetime == 90
    assert stored.headers["cache-control"] == "max-age=60"


def test_an_object_knows_what_to_ask_its_origin(cache: Cache) -> None:
    """By its ETag; without one, it has to be had again."""
    assert cache.store("/a", headers(etag='"1"'), b"a", asked_at=0).conditions == {"if-none-match": '"1"'}
    assert cache.store("/a", headers(), b"a", asked_at=0).conditions == {}


def test_what_was_asked_for_least_recently_goes_first(clock: Clock) -> None:
    """All bodies together stay within the bound."""
    cache = Cache(max_bytes=10, clock=clock)
    for uri in ("/a", "/b", "/c"):
        cache.store(uri, headers(), b"1234" if uri == "/c" else b"123", asked_at=0)
    assert cache.get("/a") is not None
    cache.store("/d", headers(), b"123", asked_at=0)
    assert [uri for uri in ("/a", "/b", "/c", "/d") if cache.get(uri)] == ["/a", "/c", "/d"]


def test_a_replaced_or_dropped_object_frees_its_place(clock: Clock) -> None:
    """Otherwise the bound would fill up with what is gone."""
    cache = Cache(max_bytes=10, clock=clock)
    for _ in range(5):
        cache.store("/a", headers(), b"12345", asked_at=0)
    cache.store("/b", headers(), b"12345", asked_at=0)
    assert cache.get("/a")
    cache.drop("/a")
    cache.drop("/a")
    cache.store("/c", headers(), b"12345", asked_at=0)
    assert cache.get("/b")
    assert cache.get("/c")


def test_an_older_answer_does_not_replace_a_newer_one(cache: Cache) -> None:
    """Older is what was asked for earlier, however late it comes; its own viewer still gets it."""
    newer = cache.store("/a", headers(), b"newer", asked_at=2)
    assert cache.store("/a", headers(), b"older", asked_at=1).body == b"older"
    assert cache.get("/a") is newer
    newest = cache.store("/a", headers(), b"newest", asked_at=2)
    assert cache.get("/a") is newest


def test_a_late_confirmation_does_not_bring_back_what_was_replaced(cache: Cache) -> None:
    """Two viewers asked whether it was still true, and the second heard that it was not."""
    old = cache.store("/a", headers(etag='"1"'), b"old", asked_at=1)
    new = cache.store("/a", headers(etag='"2"'), b"new", asked_at=3)
    cache.confirm("/a", old, httpx.Headers(), asked_at=2)
    assert cache.get("/a") is new


def test_a_confirmation_is_an_answer_too(cache: Cache) -> None:
    """What was asked for before it is older than it."""
    stored = cache.store("/a", headers(etag='"1"'), b"true", asked_at=1)
    confirmed = cache.confirm("/a", stored, httpx.Headers(), asked_at=3)
    cache.store("/a", headers(), b"older", asked_at=2)
    assert cache.get("/a") is confirmed
