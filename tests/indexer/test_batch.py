"""What a batch does to the bucket, on the fake S3."""

import gzip
import json
from typing import cast

import pytest

from indexer.batch import process
from indexer.events import Work
from tests.distributions import (
    core_metadata,
    make_sdist,
    make_tar,
    make_wheel,
    make_zip,
    sdist_name,
    wheel_name,
)
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

WHEEL = "acme_core-1.0-py3-none-any.whl"


@pytest.fixture
def world() -> World:
    return World(MemoryS3())


def test_a_wheel_is_filed_described_and_listed(world: World) -> None:
    """From `incoming/` to its canonical key, `.metadata`, both pages and the project list."""
    metadata = core_metadata("Acme.Core", "1.0", Requires_Python=">=3.9")
    body = make_wheel("acme-core", "1.0", metadata=metadata)
    world.handle(uploads=(world.upload(WHEEL, body),))
    assert sorted(world.s3.objects) == [
        f"simple/acme-core/{WHEEL}",
        f"simple/acme-core/{WHEEL}.metadata",
        "simple/acme-core/index.html",
        "simple/acme-core/index.json",
        "simple/index.html",
        "simple/index.json",
    ]
    assert world.s3.objects[f"simple/acme-core/{WHEEL}"].body == body
    assert world.s3.objects[f"simple/acme-core/{WHEEL}.metadata"].body == metadata
    assert world.files_on_page("acme-core") == [WHEEL]
    assert world.projects_on_list() == ["acme-core"]


def test_objects_carry_what_viewers_need(world: World) -> None:
    """Content types in lower case; pages that are asked for again, files that never are."""
    world.handle(uploads=(world.upload(WHEEL, make_wheel("acme-core", "1.0")),))
    headers = {key: stored.headers for key, stored in world.s3.objects.items()}
    assert headers["simple/acme-core/index.json"]["ContentType"] == "application/vnd.pypi.simple.v1+json"
    assert headers["simple/acme-core/index.json"]["ContentEncoding"] == "gzip"
    assert headers["simple/acme-core/index.html"]["ContentType"] == "text/html; charset=utf-8"
    assert headers["simple/acme-core/index.html"]["CacheControl"] == "no-cache"
    assert headers[f"simple/acme-core/{WHEEL}"]["CacheControl"] == "max-age=31536000, immutable"
    assert headers[f"simple/acme-core/{WHEEL}"]["ContentType"] == "application/octet-stream"


def test_the_upload_time_is_the_uploads(world: World) -> None:
    """It is recorded with the file, so that it survives a page that is made from nothing."""
    key = world.upload(WHEEL, make_wheel("acme-core", "1.0"))
    uploaded = world.s3.objects[key].modified
    world.handle(uploads=(key,))
    first = _files(world)[0]["upload-time"]
    del world.s3.objects["simple/acme-core/index.json"]
    world.handle(projects=("acme-core",))
    assert [_files(world)[0]["upload-time"], first] == [uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")] * 2


def test_an_sdist_is_listed_without_metadata(world: World) -> None:
    """PEP 658 serves what an installer would find, and that is known only of wheels."""
    name = sdist_name("acme-core", "1.0")
    world.handle(uploads=(world.upload(name, make_sdist("acme-core", "1.0", Requires_Python=">=3.9")),))
    (file,) = _files(world)
    assert file["requires-python"] == ">=3.9"
    assert "core-metadata" not in file


def test_a_batch_rebuilds_each_project_once(world: World) -> None:
    """However many of its messages name it."""
    calls: list[str] = []
    uploads = [world.upload_wheel("acme", str(version)) for version in range(5)]
    world.s3.at_call = calls.append
    works = [Work(uploads=frozenset({key})) for key in uploads]
    assert process(world.bucket, works, send=world.sent.append) == [None] * 5
    assert len(world.files_on_page("acme")) == 5
    # Of the project, twice more since its page is its first; and of `simple/` for the first project list.
    assert calls.count("ListObjectsV2") == 4


def test_the_same_file_again_is_a_success_and_changes_nothing(world: World) -> None:
    """A publisher may try again."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    published = world.s3.objects["simple/acme/acme-1-py3-none-any.whl"]
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    assert world.s3.objects["simple/acme/acme-1-py3-none-any.whl"] is published
    assert not any(key.startswith(("incoming/", "rejected/")) for key in world.s3.objects)


def test_another_file_of_a_published_name_is_refused_with_both_hashes(world: World) -> None:
    """A published file never changes."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    name = wheel_name("acme", "1")
    world.handle(uploads=(world.upload(name, make_wheel("acme", "1", Summary="other")),))
    assert _reason(world, f"incoming/{name}")["error"] == "AlreadyPublishedError"
    assert _files(world, "acme")[0]["hashes"]["sha256"] in _reason(world, f"incoming/{name}")["reason"]
    world.check_pages("acme")


NO_METADATA = make_zip({"acme_core.py": b"", "acme_core-1.0.dist-info/WHEEL": b""})
TWO_METADATA = make_zip(
    {f"{name}.dist-info/METADATA": core_metadata("acme-core", "1.0") for name in ("a", "b")}
)


@pytest.mark.parametrize(
    ("filename", "body", "error"),
    [
        ("notes.txt", b"hello", "InvalidFilenameError"),
        ("acme.whl", b"hello", "InvalidFilenameError"),
        ("acme core-1.0-py3-none-any.whl", b"hello", "InvalidFilenameError"),
        ('"><b>x-1.0-py3-none-any.whl', b"hello", "InvalidFilenameError"),
        ("acme-core-1.0.tar.bz2", b"hello", "InvalidFilenameError"),
        ("x-" + "1" * 300 + ".tar.gz", b"hello", "InvalidFilenameError"),
        (WHEEL, b"", "UnreadableArchiveError"),
        (WHEEL, b"hello", "UnreadableArchiveError"),
        (WHEEL, make_wheel("acme-core", "1.0")[:-30], "UnreadableArchiveError"),
        (WHEEL, NO_METADATA, "MissingMetadataError"),
        (WHEEL, TWO_METADATA, "MissingMetadataError"),
        (WHEEL, make_wheel("acme-core", "1.0", metadata=b""), "InvalidMetadataError"),
        (WHEEL, make_wheel("acme-core", "1.0", metadata=b"Name: a\nName: b\n"), "InvalidMetadataError"),
        (
            WHEEL,
            make_wheel("acme-core", "1.0", metadata=core_metadata("acme-core", "x")),
            "InvalidMetadataError",
        ),
        (WHEEL, make_wheel("other", "1.0"), "MetadataMismatchError"),
        (WHEEL, make_wheel("acme-core", "1.1"), "MetadataMismatchError"),
        ("acme_core-1.0.tar.gz", b"hello", "UnreadableArchiveError"),
        ("acme_core-1.0.tar.gz", make_sdist("acme-core", "1.0")[:-200], "UnreadableArchiveError"),
        ("acme_core-1.0.tar.gz", make_tar({"acme_core-1.0/setup.py": b""}), "MissingMetadataError"),
        ("acme_core-1.0.tar.gz", make_tar({"acme_core-1.0/sub/PKG-INFO": b""}), "MissingMetadataError"),
        ("acme_core-1.0.tar.gz", make_sdist("acme-core", "2.0"), "MetadataMismatchError"),
        ("acme_core-1.0.zip", make_zip({"a/setup.py": b""}), "MissingMetadataError"),
        (f"project/bolt/{WHEEL}", make_wheel("acme-core", "1.0"), "LimitedUploadError"),
        (f"project/bolt/acme-core/{WHEEL}", make_wheel("acme-core", "1.0"), "LimitedUploadError"),
        (f"project/acme-core/../bolt/{WHEEL}", make_wheel("bolt", "1.0"), "MetadataMismatchError"),
        (f"project//{WHEEL}", make_wheel("acme-core", "1.0"), "LimitedUploadError"),
        (f"project/Acme_Core/{WHEEL}", make_wheel("acme-core", "1.0"), "LimitedUploadError"),
        (f"project/bolt/{WHEEL}", b"", "LimitedUploadError"),
    ],
)
def test_a_bad_upload_is_kept_whole_with_its_reason_and_disturbs_nothing(
    world: World, filename: str, body: bytes, error: str
) -> None:
    """Moved to `rejected/`; the rest of the batch is indexed."""
    good, bad = world.upload_wheel("good", "1"), world.upload(filename, body)
    world.handle(uploads=(bad, good))
    assert world.files_on_page("good") == [wheel_name("good", "1")]
    assert bad not in world.s3.objects
    assert world.s3.objects[f"rejected/{bad}"].body == body
    reason = _reason(world, bad)
    assert (reason["error"], reason["key"]) == (error, bad)
    assert reason["reason"].endswith((".", "again.", "file."))
    assert "\n" not in reason["reason"]
    assert world.projects_on_list() == ["good"]


@pytest.mark.parametrize(
    "folder", ["project/acme-core", "project/acme-core/release 7/wheels", "project", "projects/bolt"]
)
def test_an_upload_within_its_limit_or_without_one_is_filed(world: World, folder: str) -> None:
    """At any depth below its project's folder; right in `incoming/project/` there is no limit."""
    world.handle(uploads=(world.upload(f"{folder}/{WHEEL}", make_wheel("acme-core", "1.0")),))
    assert world.files_on_page("acme-core") == [WHEEL]
    assert not any(key.startswith(("incoming/", "rejected/")) for key in world.s3.objects)


def test_a_file_put_straight_under_its_project_is_listed(world: World) -> None:
    """By an administrator, who has no SHA-256 in S3 then: the file is read once."""
    key = world.put("acme", "1")
    world.handle(projects=("acme",))
    calls: list[str] = []
    world.s3.at_call = calls.append
    world.handle(projects=("acme",))
    assert world.files_on_page("acme") == [key.rpartition("/")[2]]
    assert calls.count("GetObject") == 2  # the pages that are remembered; the file is not read again


def test_a_misplaced_file_is_left_where_it_lies_and_its_reason_said(world: World) -> None:
    """One canonical key for each file. It is judged once, and no project is made of the folder's name."""
    key = f"simple/other/{WHEEL}"
    world.s3.put_object(Bucket="b", Key=key, Body=make_wheel("acme-core", "1.0"))
    world.put("other", "1")
    world.handle(projects=("other",))
    assert _reason(world, key)["error"] == "MisplacedFileError"
    assert world.files_on_page("other") == [sdist_name("other", "1")]
    calls: list[str] = []
    world.s3.at_call = calls.append
    world.handle(projects=("other",))
    assert calls == ["GetObject", "ListObjectsV2", "PutObject", "PutObject", "GetObject"]


def test_what_lies_deeper_or_is_no_distribution_is_left_alone(world: World) -> None:
    """An operator's own things do not concern us."""
    deep = "simple/acme/docs/site.zip"
    world.s3.put_object(Bucket="b", Key=deep, Body=b"docs")
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    assert deep in world.s3.objects
    assert not any(key.startswith("rejected/") for key in world.s3.objects)


def test_a_removed_file_leaves_the_pages_and_takes_its_metadata_along(world: World) -> None:
    """The page first, so that nothing is advertised that is not there."""
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("acme", "2")))
    world.remove("acme", "1")
    order: list[str] = []
    world.s3.at_call = order.append
    world.handle(projects=("acme",))
    assert world.files_on_page("acme") == [wheel_name("acme", "2")]
    assert f"simple/acme/{wheel_name('acme', '1')}.metadata" not in world.s3.objects
    assert order.index("DeleteObject") > order.index("PutObject")


def test_a_project_without_files_keeps_an_empty_page_and_leaves_the_list(world: World) -> None:
    """A name once used stays claimed."""
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")))
    world.remove("acme", "1")
    world.handle(projects=("acme",))
    assert world.files_on_page("acme") == []
    assert world.projects_on_list() == ["bolt"]


def test_a_metadata_that_disappears_is_written_again(world: World) -> None:
    """An advertised `.metadata` that answers 404 is a hard error in pip and uv."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    del world.s3.objects[f"simple/acme/{wheel_name('acme', '1')}.metadata"]
    world.handle(projects=("acme",))
    world.check_pages("acme")


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"not gzip",
        gzip.compress(b"{}", mtime=0),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b"\xff", mtime=0),
    ],
)
@pytest.mark.parametrize("key", ["simple/acme/index.json", "simple/index.json"])
def test_a_page_of_other_hands_is_made_anew(world: World, key: str, page: bytes) -> None:
    """From the bucket alone, for the memory is gone."""
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")))
    world.s3.put_object(Bucket="b", Key=key, Body=page)
    world.handle(projects=("acme",))
    world.check_pages("acme")
    world.check_list("acme", "bolt")


def test_an_html_page_of_other_hands_is_written_over(world: World) -> None:
    """The JSON page's memory of its ETag is wrong then, and is distrusted."""
    world.handle(uploads=(world.upload_wheel("acme", "1"),))
    world.s3.put_object(Bucket="b", Key="simple/acme/index.html", Body=b"<p>mine</p>")
    world.handle(projects=("acme",))
    world.check_pages("acme")


def test_a_handler_that_died_before_the_list_is_made_good(world: World) -> None:
    """The message comes back, and then nothing about the project itself is new."""
    world.handle(uploads=(world.upload_wheel("bolt", "1"),))
    world.put("acme", "1")
    world.rebuild("acme")
    assert world.projects_on_list() == ["bolt"]
    world.handle(projects=("acme",))
    assert world.projects_on_list() == ["acme", "bolt"]


def test_a_repeated_event_of_a_filed_upload_rebuilds_its_project(world: World) -> None:
    """A delivery before may have died between filing and rebuilding."""
    key = world.upload_wheel("acme", "1")
    world.handle(uploads=(key,))
    del world.s3.objects["simple/acme/index.json"]
    world.handle(uploads=(key,))
    world.check_pages("acme")


def test_what_fails_fails_alone(world: World) -> None:
    """A failure of ours leaves the upload where it is; its message, and no other, returns."""
    good, bad = world.upload_wheel("good", "1"), world.upload_wheel("bad", "1")
    original = world.s3.copy_object

    def copy_object(**arguments: object) -> object:
        if "bad" in cast(str, arguments["Key"]):
            raise MemoryError
        return original(**arguments)  # type: ignore[arg-type]

    world.s3.copy_object = copy_object  # type: ignore[method-assign, assignment]
    errors = process(
        world.bucket, [Work(uploads=frozenset({key})) for key in (good, bad)], send=world.sent.append
    )
    assert errors[0] is None
    assert isinstance(errors[1], MemoryError)
    assert bad in world.s3.objects
    assert world.files_on_page("good") == [wheel_name("good", "1")]


def _files(world: World, project: str = "acme-core") -> list[dict[str, dict[str, str]]]:
    return cast(list[dict[str, dict[str, str]]], world.page(f"simple/{project}/index.json")["files"])


def _reason(world: World, key: str) -> dict[str, str]:
    return cast(dict[str, str], json.loads(world.s3.objects[f"rejected/{key}.reason.json"].body))
