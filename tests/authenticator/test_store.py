from collections.abc import Iterator
from threading import Thread

import pytest

from authenticator.deadline import Deadline
from authenticator.errors import StoreUnavailableError
from authenticator.location import Location
from authenticator.policy import Freshness
from authenticator.reader import ObjectReader
from authenticator.store import KeptObject
from tests.authenticator.store_server import CUT, DRIP, RESET, SILENT, UNMEASURED, StoreServer

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
FRESHNESS = Freshness(refresh_seconds=60, stale_seconds=300)
#: Of what is reported when only an old copy is left, and when not even that.
ENDS = (": the last good copy serves on", ": until it can be read, every request is answered 503")
FAULTS: list[int | str] = [301, 403, 404, 503, RESET, SILENT, DRIP, CUT, UNMEASURED]


@pytest.fixture
def store(store: StoreServer) -> StoreServer:
    store.body = b"first\n"
    return store


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(CREDENTIALS)


class Kept:
    """A kept object with a clock to turn, the reports it made and the bodies it parsed."""

    def __init__(self, reader: ObjectReader) -> None:
        self.now = 1000.0
        #: Seconds for each read.
        self.patience = 2.5
        self.reports: list[str] = []
        self.parsed: list[bytes] = []
        self.object = KeptObject(
            reader, "auth/htpasswd", self.parse, report=self.report, clock=lambda: self.now
        )

    def report(self, level: str, message: str) -> None:
        self.reports.append(f"{level} {message}")

    def parse(self, body: bytes) -> str:
        self.parsed.append(body)
        if body.startswith(b"unforeseen"):
            raise KeyError("unforeseen")
        if body.startswith(b"broken"):
            raise ValueError("it does not parse" + body.decode().removeprefix("broken").removesuffix(" too"))
        return body.decode()

    def at(self, now: float, freshness: Freshness = FRESHNESS) -> str:
        self.now = 1000.0 + now
        return self.object.get(freshness, Deadline(self.patience))

    def fails_at(self, now: float) -> str:
        """Why there is no copy then."""
        with pytest.raises(StoreUnavailableError) as caught:
            self.at(now)
        return str(caught.value)


@pytest.fixture
def kept(store: StoreServer, environment: dict[str, str]) -> Iterator[Kept]:
    location = Location(scheme="http", host=f"127.0.0.1:{store.server_port}", base="/bucket")
    reader = ObjectReader(location=location, environment=environment)
    yield Kept(reader)
    reader.close()


def test_an_object_is_read_once_a_minute_and_by_its_etag(kept: Kept, store: StoreServer) -> None:
    """The second read costs a 304."""
    assert [kept.at(0), kept.at(30), kept.at(59), kept.at(61)] == ["first\n"] * 4
    assert [request.get("if-none-match") for request in store.requests] == [None, store.etag]


def test_a_change_holds_within_a_minute(kept: Kept, store: StoreServer) -> None:
    """Never later, with the store up."""
    kept.at(0)
    store.body = b"second\n"
    assert kept.at(59.9) == "first\n"
    assert kept.at(60) == "second\n"


def test_a_longer_time_holds_from_the_next_read_on(kept: Kept, store: StoreServer) -> None:
    """Who changed the object before counts on the shorter one."""
    shorter = Freshness(refresh_seconds=5, stale_seconds=300)
    kept.at(0, shorter)
    store.body = b"second\n"
    assert kept.at(4.9) == "first\n"
    assert kept.at(5) == "second\n"
    kept.at(64.9)
    assert len(store.requests) == 2
    kept.at(65)
    assert len(store.requests) == 3


def test_a_shorter_time_holds_at_once(kept: Kept, store: StoreServer) -> None:
    """Whatever held when the object was read."""
    kept.at(0)
    store.body = b"second\n"
    assert kept.at(5, Freshness(refresh_seconds=5, stale_seconds=300)) == "second\n"


def test_a_read_that_failed_stays_due_though_a_longer_time_holds(kept: Kept, store: StoreServer) -> None:
    """It was due before, and what it would have found is not known yet."""
    kept.at(0, Freshness(refresh_seconds=5, stale_seconds=300))
    store.fault, store.body = 403, b"second\n"
    assert kept.at(5) == "first\n"
    store.fault = None
    assert kept.at(10) == "second\n"


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_copy_a_fault_is_unavailability(kept: Kept, store: StoreServer, fault: int | str) -> None:
    """Also 404 and 403: no credentials is not an empty list of them."""
    store.body, store.fault, kept.patience = b"one that drips for long\n", fault, 0.3
    kept.fails_at(0)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_last_good_copy_serves_for_five_minutes(kept: Kept, store: StoreServer, fault: int | str) -> None:
    """Counted from when it was last known to be true; the fault is reported when it begins and then."""
    kept.at(0)
    store.body, store.fault, kept.patience = b"second and longer\n", fault, 0.3
    assert [kept.at(now) for now in (61, 299)] == ["first\n"] * 2
    for now in (300, 301, 400):
        kept.fails_at(now)
    assert [report.split()[0] for report in kept.reports] == ["WARNING", "ERROR"]
    assert [report.endswith(end) for report, end in zip(kept.reports, ENDS, strict=True)] == [True, True]


@pytest.mark.parametrize("cut", [0, len(b"first\n"), len(b"first\nsec")])
def test_what_broke_off_is_never_kept(kept: Kept, store: StoreServer, cut: int) -> None:
    """Its ETag is that of the whole, so a 304 would confirm it for ever."""
    store.body, store.fault, store.cut = b"first\nsecond\n", CUT, cut
    assert "broke off" in kept.fails_at(0)
    store.fault = None
    assert [kept.at(1), kept.at(100)] == ["first\nsecond\n"] * 2


def test_a_copy_that_does_not_parse_is_not_taken(kept: Kept, store: StoreServer) -> None:
    """The one before it serves as a stale one, as long as it may."""
    kept.at(0)
    store.body = b"broken"
    assert kept.at(61) == "first\n"
    assert kept.fails_at(301) == "auth/htpasswd: it does not parse"


def test_a_copy_that_does_not_parse_is_parsed_and_reported_once(kept: Kept, store: StoreServer) -> None:
    """It is remembered by its ETag, until it changes; then it is taken at once."""
    kept.at(0)
    store.body = b"broken"
    for now in (60, 65, 70, 299):
        assert kept.at(now) == "first\n"
    assert kept.parsed == [b"first\n", b"broken"]
    assert kept.reports == [f"WARNING auth/htpasswd: it does not parse{ENDS[0]}"]
    store.body = b"broken too"
    kept.fails_at(310)
    assert kept.parsed[2:] == [b"broken too"]
    assert kept.reports[1:] == [f"ERROR auth/htpasswd: it does not parse{ENDS[1]}"]
    store.body = b"first\n"
    assert [kept.at(316), kept.at(317)] == ["first\n"] * 2
    assert kept.reports[2:] == ["WARNING auth/htpasswd can be read again"]


def test_what_breaks_the_parser_in_an_unforeseen_way_makes_no_old_copy_true(
    kept: Kept, store: StoreServer
) -> None:
    """By its ETag S3 would say that nothing has changed, and what was revoked would hold for ever."""
    kept.at(0)
    store.body = b"unforeseen"
    assert [kept.at(now) for now in (60, 65, 299)] == ["first\n"] * 3
    assert [kept.fails_at(now) for now in (300, 400)] == ["auth/htpasswd met an unexpected KeyError"] * 2
    assert [report.endswith(end) for report, end in zip(kept.reports, ENDS, strict=True)] == [True, True]
    store.body = b"second\n"
    assert kept.at(406) == "second\n"


def test_a_copy_serves_while_the_machine_gives_no_thread_to_read_with(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, it is a failure of ours and not of who asks."""
    kept.at(0)

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)
    assert kept.at(60) == "first\n"
    assert kept.reports == [f"WARNING auth/htpasswd met an unexpected RuntimeError{ENDS[0]}"]


def test_what_it_breaks_by_is_reported_anew_when_that_changes(kept: Kept, store: StoreServer) -> None:
    """An operator who mends one mistake should hear of the next."""
    kept.at(0)
    for now, store.body in [(60, b"broken"), (65, b"broken: in line 2"), (70, b"broken: in line 2")]:
        kept.at(now)
    assert kept.reports == [
        f"WARNING auth/htpasswd: it does not parse{ENDS[0]}",
        f"WARNING auth/htpasswd: it does not parse: in line 2{ENDS[0]}",
    ]


def test_of_a_store_that_fails_in_many_ways_the_first_is_reported(kept: Kept, store: StoreServer) -> None:
    """What it answers may change with each request, and its state does not."""
    kept.at(0)
    faults: dict[float, int | str] = {60: 500, 65: 503, 70: RESET, 75: 403}
    for now, store.fault in faults.items():
        kept.at(now)
    assert kept.reports == [f"WARNING auth/htpasswd answered 500 SomeError{ENDS[0]}"]


def test_a_failing_store_is_not_asked_by_each_request(kept: Kept, store: StoreServer) -> None:
    """Each try holds a viewer up, so while a copy serves there is one in five seconds."""
    kept.at(0)
    store.fault = 404
    for now in (60, 61, 64.9):
        kept.at(now)
    assert len(store.requests) == 2
    store.fault = None
    kept.at(65)
    assert len(store.requests) == 3
    assert kept.reports[-1] == "WARNING auth/htpasswd can be read again"


def test_without_any_copy_the_store_is_asked_again_after_a_second(kept: Kept, store: StoreServer) -> None:
    """Until then each viewer gets a 503, and a new environment has nothing else to give."""
    store.fault = 404
    for now in (0, 0.5, 0.9):
        kept.fails_at(now)
    assert len(store.requests) == 1
    store.fault = None
    assert kept.at(1) == "first\n"


def test_a_read_that_never_came_back_is_not_repeated_by_the_next_viewer(
    kept: Kept, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda may end an invocation in the middle of one; the copy serves the next."""
    kept.at(0)

    def end(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as ending:
        ending.setattr(ObjectReader, "read", end)
        with pytest.raises(SystemExit):
            kept.at(61)
    assert kept.at(62) == "first\n"
    assert len(store.requests) == 1


def test_a_copy_serves_while_the_credentials_of_aws_are_missing(
    kept: Kept, environment: dict[str, str]
) -> None:
    """With its own sentence, and no more often reported than another failure."""
    kept.at(0)
    environment.clear()
    assert [kept.at(60), kept.at(70)] == ["first\n"] * 2
    assert kept.reports == [
        f"WARNING the environment holds no AWS credentials to read the bucket with{ENDS[0]}"
    ]
