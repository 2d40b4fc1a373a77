"""The parts of an import: what is wanted, how a file comes in and goes out, who stops when."""

import errno
import hashlib
import io
import os
import threading
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from botocore.exceptions import BotoCoreError
from packaging.utils import NormalizedName

from serverless_pypi.importing.deposits import OccupiedError, deposit, put_marker, take_marker_back
from serverless_pypi.importing.listing import NotListedError, wait_until_listed
from serverless_pypi.importing.outcomes import Outcome, Result
from serverless_pypi.importing.planning import Errand
from serverless_pypi.importing.taking import Taker
from serverless_pypi.importing.wanted import NothingMatchesError, Wanted
from serverless_pypi.index import Index
from serverless_pypi.sources import Fetched, Offer, Offered, Stray
from serverless_pypi.sources.errors import DamagedError, NoSourceError, NoSpaceError
from serverless_pypi.sources.intake import Intake, spool
from serverless_pypi.sources.netrc_file import find_credential
from serverless_pypi.store import Store
from serverless_pypi.workers import StoppedError, Workers
from simple_index.filenames import parse_filename
from tests.distributions import make_wheel, wheel_name
from tests.road.road import Road

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Names:
    """A source with nothing but names."""

    name = "somewhere"
    local = True

    def __init__(self, *names: str) -> None:
        self._names = names

    def projects(self) -> Iterable[str]:
        return self._names

    def strays(self) -> Iterable[Stray]:
        return ()

    def offer(self, project: NormalizedName) -> Offer:
        return Offer(project=project, files=())

    def size_of(self, offered: Offered) -> int | None:
        return offered.size

    def fetch(self, offered: Offered) -> AbstractContextManager[Fetched]:
        raise AssertionError("it has no files")

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("projects", "exclude", "chosen"),
    [
        ([], [], ["acme", "acme-core", "bolt"]),
        ([], ["acme*"], ["bolt"]),
        (["acme*"], ["ACME"], ["acme-core"]),
        (["Acme_Core"], [], ["acme-core"]),
        (["ACME_c?re", "not-listed"], [], ["acme-core", "not-listed"]),
        (["bolt"], ["bolt"], []),
    ],
)
def test_which_projects_are_wanted(projects: list[str], exclude: list[str], chosen: list[str]) -> None:
    """Names in any spelling, and patterns of them; what is excluded is excluded."""
    assert Wanted(projects, exclude).choose(Names("Acme", "acme.core", "bolt")) == (chosen, [])


def test_nothing_is_wanted() -> None:
    with pytest.raises(NothingMatchesError, match=r"No project of somewhere matches 'other-\*'"):
        Wanted(["other-*"], []).choose(Names("acme"))
    with pytest.raises(NoSourceError, match="no projects in somewhere"):
        Wanted([], []).choose(Names())
    assert Wanted([], []).choose(Names("acme", "../x\x1b")) == (["acme"], ["../x\\x1b"])


# A file comes in


def test_a_file_passes_through_without_being_in_memory() -> None:
    """Only a block of it is, at any time."""
    block = bytes(1024 * 1024)
    tracemalloc.start()
    with spool(Offered(filename="x", where="x")) as spooled:
        for _ in range(64):
            spooled.add(block)
        fetched = spooled.intake.finish(spooled.file, upload_time=None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert fetched.size == 64 * len(block)
    assert peak < 4 * len(block)


def test_a_file_that_comes_again_counts_once() -> None:
    with spool(Offered(filename="x", where="x", size=3)) as spooled:
        spooled.add(b"ab")
        spooled.restart()
        spooled.add(b"xyz")
        fetched = spooled.intake.finish(spooled.file, upload_time=None)
        assert fetched.file.read() == b"xyz"
    assert fetched.sha256 == hashlib.sha256(b"xyz").hexdigest()


def test_a_full_disk_has_a_sentence() -> None:
    """Whatever is written to while a file is kept aside: all others would fail as well."""
    with (
        pytest.raises(NoSpaceError, match="There is no room left in"),
        spool(Offered(filename="x", where="x")),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha384", "sha224", "sha1", "md5", "blake2b"])
def test_each_hash_that_is_said_is_checked(algorithm: str) -> None:
    right = hashlib.new(algorithm, b"xyz").hexdigest()
    for said, is_right in ((right.upper(), True), ("0" * len(right), False), ("", False)):
        intake = Intake(Offered(filename="x", where="x", hashes={algorithm: said}))
        intake.add(b"xyz")
        if is_right:
            intake.finish(io.BytesIO(b"xyz"), upload_time=None)
        else:
            with pytest.raises(DamagedError, match=f"came with {algorithm} {right}"):
                intake.finish(io.BytesIO(b"xyz"), upload_time=None)


def test_a_hash_that_nobody_here_knows_says_nothing() -> None:
    intake = Intake(Offered(filename="x", where="x", hashes={"crc1": "0", "shake_128": "0"}))
    intake.finish(io.BytesIO(), upload_time=None)


@pytest.mark.parametrize(
    ("content", "credential"),
    [
        ("machine other login a password b", None),
        ("machine host login alice password s3cret", ("alice", "s3cret")),
        ("default login anyone password x", ("anyone", "x")),
    ],
)
def test_netrc(
    content: str, credential: tuple[str, str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(content)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    assert find_credential("host") == credential


def test_nobody_at_home_has_no_netrc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a number of which its system knows nothing."""

    def unknown(uid: int) -> NoReturn:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert find_credential("127.0.0.1") is None


# And goes out


@pytest.fixture
def s3(road: Road) -> "Iterator[S3Client]":
    with road._s3() as client:
        yield client


@pytest.fixture
def store(road: Road, s3: "S3Client") -> Store:
    return Store(s3, road.bucket)


def fetched_of(body: bytes) -> Fetched:
    return Fetched(
        file=io.BytesIO(body), size=len(body), sha256=hashlib.sha256(body).hexdigest(), upload_time=None
    )


def do_not_stop() -> None:
    pass


@pytest.mark.parametrize("largest_put", [100, 100_000_000], ids=["in parts", "at once"])
def test_a_file_is_put_whole_and_never_over_another(road: Road, store: Store, largest_put: int) -> None:
    """Larger ones come in parts; either way the index lists them with their SHA-256."""
    project = f"dep-{largest_put}"
    name, body = (
        wheel_name(project, "1.0"),
        make_wheel(project, "1.0", extra={"x": os.urandom(6_000_000)}),
    )
    key = f"simple/{project}/{name}"

    deposit(store, key, fetched_of(body), check=do_not_stop, largest_put=largest_put, part=5_300_000)
    with pytest.raises(OccupiedError):
        deposit(store, key, fetched_of(b"other" * 100), check=do_not_stop, largest_put=largest_put)

    road.wait_for(lambda: road.files(project) == [name])
    page = road.get(f"/simple/{project}/", accept="application/vnd.pypi.simple.v1+json").json()
    assert page["files"][0]["hashes"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert road.read(key) == body


@pytest.mark.parametrize("largest_put", [100, 100_000_000], ids=["in parts", "at once"])
@pytest.mark.parametrize("after", [0, 2, 5])
def test_an_upload_that_is_to_stop_leaves_nothing(
    store: Store, s3: "S3Client", largest_put: int, after: int
) -> None:
    """At whatever read it hears of it: no object, and no parts that somebody pays for."""
    key, body = f"simple/dep-stopped/{after}-{largest_put}.bin", bytes(4_000_000)
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks > after:
            raise StoppedError

    with pytest.raises((StoppedError, BotoCoreError)):
        deposit(store, key, fetched_of(body), check=check, largest_put=largest_put, part=3_000_000)

    assert store.read(key) is None
    uploads = s3.list_multipart_uploads(Bucket=store.bucket).get("Uploads", [])
    assert key not in [upload["Key"] for upload in uploads]


def test_a_marker_is_put_once_and_taken_back_by_its_owner(store: Store) -> None:
    key = "simple/dep-marker/x.whl.yanked"
    etag = put_marker(store, key, "too slow \udcff")
    assert etag is not None
    assert put_marker(store, key, "another reason") is None
    take_marker_back(store, key, '"another object"')
    assert store.read(key) is not None
    take_marker_back(store, key, etag)
    assert store.read(key) is None


class OneFile(Names):
    """A source of one file."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    @contextmanager
    def fetch(self, offered: Offered) -> Iterator[Fetched]:
        yield fetched_of(self._body)


RACE = wheel_name("dep-race", "1.0")


def race_errand(yanked: str | None) -> Errand:
    """To take a file that did not stand when that was planned."""
    offered = Offered(filename=RACE, where=RACE, yanked=yanked)
    return Errand(distribution=parse_filename(RACE), offered=(offered,), standing=None)


@pytest.mark.parametrize(
    ("theirs", "result", "stays"),
    [(make_wheel("dep-race", "1.0"), Result.THERE, True), (b"others", Result.CONFLICT, False)],
    ids=["the same", "another"],
)
def test_somebody_was_faster(store: Store, theirs: bytes, result: Result, stays: bool) -> None:
    """The yank stays on the file that it is meant for, and does not stay on another."""
    key = f"simple/dep-race/{RACE}"
    store.client.put_object(Bucket=store.bucket, Key=key, Body=theirs)
    taker = Taker(store, OneFile(make_wheel("dep-race", "1.0")), dry_run=False, deep=False, check=do_not_stop)

    (outcome,) = taker.take(race_errand("too slow"))

    assert outcome.result is result
    assert (store.read(f"{key}.yanked") is not None) is stays
    for each in (key, f"{key}.yanked"):
        store.delete(each)


def test_no_yank_stays_without_its_file(store: Store) -> None:
    """An import that is to stop between the two leaves neither."""
    marker = f"simple/dep-race/{RACE}.yanked"

    def check() -> None:
        if store.read(marker) is not None:
            raise StoppedError

    taker = Taker(store, OneFile(make_wheel("dep-race", "1.0")), dry_run=False, deep=False, check=check)
    with pytest.raises((StoppedError, BotoCoreError)):
        taker.take(race_errand("too slow"))

    assert store.read(marker) is None
    assert store.read(f"simple/dep-race/{RACE}") is None


# And is listed


@pytest.fixture
def index(road: Road, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    return Index(service="serverless-pypi", bucket=road.bucket, endpoint_url=road.s3_endpoint)


def pending(project: str, filename: str, *, sha256: str | None = None, yanked: bool = False) -> Outcome:
    return Outcome(
        result=Result.TAKEN, project=project, filename=filename, sha256=sha256, yanked=yanked, pending=True
    )


def test_pages_that_do_not_follow(index: Index) -> None:
    """Where nobody lists what was put there, that is said when patience ends, with the first project."""
    waiting = [pending("dep-nowhere", "x.whl"), pending("dep-nowhere-too", "x.whl")]
    with pytest.raises(
        NotListedError, match=r"After 0.1 s the pages of 2 projects do not list .* 'dep-nowhere' first"
    ):
        wait_until_listed(index, waiting, jobs=2, patience=0.1)


def test_what_the_indexer_refuses_after_all_is_refused(road: Road, index: Index) -> None:
    """It has the last word; and a page with another hash, or without the yank, is not the page yet."""
    good, bad = wheel_name("dep-word", "1.0"), wheel_name("dep-word", "1.1")
    body = make_wheel("dep-word", "1.0")
    road.put(f"simple/dep-word/{bad}", b"no archive")
    road.put(f"simple/dep-word/{good}", body)
    sha256 = hashlib.sha256(body).hexdigest()
    road.wait_for(lambda: road.files("dep-word") == [good])

    waiting = [pending("dep-word", good, sha256=sha256), pending("dep-word", bad)]
    (refused,) = wait_until_listed(index, waiting, jobs=2, patience=10)

    assert (refused.filename, refused.result) == (bad, Result.REFUSED)
    assert "cannot be read" in refused.reason
    for wrong in (pending("dep-word", good, sha256="0" * 64), pending("dep-word", good, yanked=True)):
        with pytest.raises(NotListedError):
            wait_until_listed(index, [wrong], jobs=2, patience=0.1)


# Who stops when


def test_workers_do_all_of_it() -> None:
    with Workers(3) as workers:
        assert sorted(workers.each(lambda number: number * 2, range(50))) == list(range(0, 100, 2))


def test_workers_are_not_asked_for_more_than_there_is_room_for() -> None:
    """A source with a million projects is not in memory."""
    taken = 0
    release = threading.Event()

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    with Workers(2) as workers:
        results = workers.each(lambda number: release.wait() and number, items())
        asker = threading.Thread(target=next, args=(results,))
        asker.start()
        asker.join(0.2)
        assert taken == 4
        release.set()
        asker.join()
        assert len(list(results)) == 99


def test_workers_stop_at_an_error() -> None:
    """What waits is not begun, and what has begun hears of it."""
    begun: list[int] = []
    stopped = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise LookupError
        try:
            while True:
                workers.check()
        except StoppedError:
            stopped.set()
            raise

    with pytest.raises(LookupError), Workers(2) as workers:
        list(workers.each(work, range(4)))

    assert stopped.is_set()
    assert 3 not in begun


def test_a_worker_that_waits_for_ever_keeps_nobody() -> None:
    never = threading.Event()

    def interrupted() -> Iterator[None]:
        yield None
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Workers(1, grace=0.1) as workers:
        list(workers.each(lambda _: never.wait(), interrupted()))
    never.set()
