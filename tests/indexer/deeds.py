"""What publishers and operators do, the events that S3 makes of it, and what must have become of it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import quote_plus

from indexer.batch import process
from indexer.bucket import Bucket
from indexer.copies import LARGEST_COPY
from indexer.events import work_of
from simple_index import keys
from tests.distributions import (
    core_metadata,
    make_sdist,
    make_tar,
    make_wheel,
    make_zip,
    sdist_name,
    wheel_name,
)
from tests.indexer.history import check_history
from tests.indexer.memory_s3 import MemoryS3
from tests.indexer.world import World

__all__ = ["DEEDS", "Deed", "Story", "starting_world"]

NOISE = Random(5).randbytes(200_000)  # noqa: S311
OTHER_WHEEL = make_wheel("acme", "1", Summary="other")


@dataclass(frozen=True)
class Deed:
    """*act* changes the bucket, and in the end the files of each project and what was refused are these."""

    act: Callable[[World], object]
    acme: tuple[str, ...] = (wheel_name("acme", "1"), sdist_name("acme", "2"))
    bolt: tuple[str, ...] = (wheel_name("bolt", "1"),)
    new: tuple[str, ...] = ()
    #: By key of the upload.
    refused: Mapping[str, bytes] = field(default_factory=dict)
    #: Bytes. As `Bucket` has it.
    largest_copy: int = LARGEST_COPY

    @property
    def projects(self) -> dict[str, tuple[str, ...]]:
        return {"acme": self.acme, "bolt": self.bolt, "new": self.new}


def _with_acme(*filenames: str) -> tuple[str, ...]:
    return tuple(sorted((wheel_name("acme", "1"), sdist_name("acme", "2"), *filenames)))


def _delete(world: World, key: str) -> None:
    world.s3.delete_object(Bucket="b", Key=key)


def _large_wheel() -> bytes:
    """Its METADATA is far from its end, where the first look is."""
    metadata = {"acme-3.dist-info/METADATA": core_metadata("acme", "3")}
    return make_zip(
        {**metadata, "noise": NOISE, "acme-3.dist-info/WHEEL": b"", "acme-3.dist-info/RECORD": b""}
    )


def _large_sdist() -> bytes:
    """Its PKG-INFO is far from its beginning, where the first look is."""
    return make_tar({"acme-3/noise": NOISE, "acme-3/PKG-INFO": core_metadata("acme", "3")})


DEEDS = {
    "a wheel is published": Deed(
        lambda world: world.upload_wheel("acme", "3"), acme=_with_acme(wheel_name("acme", "3"))
    ),
    "a large wheel is published": Deed(
        lambda world: world.upload(wheel_name("acme", "3"), _large_wheel()),
        acme=_with_acme(wheel_name("acme", "3")),
    ),
    "a wheel is published in parts": Deed(
        lambda world: world.upload_wheel("acme", "3"),
        acme=_with_acme(wheel_name("acme", "3")),
        largest_copy=400,
    ),
    "an sdist is published": Deed(
        lambda world: world.upload(sdist_name("acme", "3"), make_sdist("acme", "3")),
        acme=_with_acme(sdist_name("acme", "3")),
    ),
    "a large sdist is published": Deed(
        lambda world: world.upload(sdist_name("acme", "3"), _large_sdist()),
        acme=_with_acme(sdist_name("acme", "3")),
    ),
    "a new project is published": Deed(
        lambda world: world.upload_wheel("new", "1"), new=(wheel_name("new", "1"),)
    ),
    "a file is published again": Deed(lambda world: world.upload_wheel("acme", "1")),
    "a file is put straight under its project": Deed(
        lambda world: world.put("acme", "3"), acme=_with_acme(sdist_name("acme", "3"))
    ),
    "a file is removed": Deed(lambda world: world.remove("acme", "1"), acme=(sdist_name("acme", "2"),)),
    "the last file of a project is removed": Deed(lambda world: world.remove("bolt", "1"), bolt=()),
    "a file is yanked": Deed(
        lambda world: world.s3.put_object(
            Bucket="b", Key=f"simple/acme/{wheel_name('acme', '1')}.yanked", Body=b"broken"
        )
    ),
    "a wheel's metadata is removed": Deed(
        lambda world: _delete(world, f"simple/acme/{wheel_name('acme', '1')}.metadata")
    ),
    "a JSON page is removed": Deed(lambda world: _delete(world, "simple/acme/index.json")),
    "an HTML page is removed": Deed(lambda world: _delete(world, "simple/acme/index.html")),
    "the JSON project list is removed": Deed(lambda world: _delete(world, "simple/index.json")),
    "the HTML project list is removed": Deed(lambda world: _delete(world, "simple/index.html")),
    "junk is uploaded": Deed(
        lambda world: world.upload(wheel_name("acme", "3"), b"junk"),
        refused={f"incoming/{wheel_name('acme', '3')}": b"junk"},
    ),
    "other bytes of a published name are uploaded": Deed(
        lambda world: world.upload(wheel_name("acme", "1"), OTHER_WHEEL),
        refused={f"incoming/{wheel_name('acme', '1')}": OTHER_WHEEL},
    ),
}


def starting_world() -> World:
    """Two projects, published long ago."""
    world = World(MemoryS3())
    world.handle(uploads=(world.upload_wheel("acme", "1"), world.upload_wheel("bolt", "1")))
    world.handle(uploads=(world.upload(sdist_name("acme", "2"), make_sdist("acme", "2")),))
    return world


class Story:
    """One deed in a bucket of its own: its events and those of what follows, delivered batch by batch."""

    def __init__(self, start: World, deed: Deed) -> None:
        self.world = start.twin()
        self._deed = deed
        self._told = 0
        self._messages: list[str] = []
        deed.act(self.world)
        self._done = len(self.world.s3.changes)
        self._before = {key: stored.body for key, stored in start.s3.objects.items()}

    def deliver(self, s3: Any = None) -> None:
        """One batch: what failed before, and the events of all changes until now; from *s3* if given."""
        batch = self._messages = [*self._messages, *self._events()]
        works = [work_of(body) for body in batch]
        client: Any = s3 or self.world.s3
        errors = process(
            Bucket(client, "bucket", largest_copy=self._deed.largest_copy),
            works,
            send=self.world.sent.append,
            pause=lambda _seconds: None,
        )
        self._messages = [body for body, error in zip(batch, errors, strict=True) if error is not None]

    def check_right(self) -> None:
        """All is as it must be, and stays so when the events of that are delivered."""
        self._check_now()
        self.come_to_rest()
        self._check_now()
        # A page that the deed itself took away is no page that forgot.
        of_deed = [change for change in self.world.s3.changes[: self._done] if "/index." not in change[0]]
        check_history(self._before, [*of_deed, *self.world.s3.changes[self._done :]])
        self._check_nothing_was_lost()

    def come_to_rest(self) -> None:
        """Deliver what is to be delivered, until nothing is."""
        for _ in range(4):
            self.deliver()
        assert not [*self._messages, *self._events()], "it never comes to rest"

    def _check_now(self) -> None:
        assert not self._messages, f"failed without a fault: {self._messages}"
        stored = self.world.s3.objects
        assert not [key for key in stored if key.startswith("incoming/")], "an upload is left"
        for project, files in self._deed.projects.items():
            assert self.world.files_in_bucket(project) == list(files)
            if self.world.has_pages(project) or files:
                self.world.check_pages(project)
                self.world.check_hashes(project)
                self._check_metadata(project)
        self.world.check_list(*self._deed.projects)
        kept = {key for key in stored if key.startswith("rejected/")}
        refused = {keys.rejected(key): body for key, body in self._deed.refused.items()}
        assert kept == {*refused, *(keys.reason_of(key) for key in self._deed.refused)}
        assert all(stored[key].body == body for key, body in refused.items())

    def _check_metadata(self, project: str) -> None:
        """Each wheel's is there, with the hash that the page says, and there is none of another file."""
        page: Any = self.world.page(f"simple/{project}/index.json")
        for file in page["files"]:
            key = f"simple/{project}/{file['filename']}.metadata"
            if file["filename"].endswith(".whl"):
                body = self.world.s3.objects[key].body
                assert sha256(body).hexdigest() == file["core-metadata"]["sha256"]
            else:
                assert key not in self.world.s3.objects
        for key in self.world.s3.objects:
            file_key = keys.file_of_metadata(key)
            assert file_key is None or file_key in self.world.s3.objects, f"{key} has no file"

    def _check_nothing_was_lost(self) -> None:
        """At each moment the upload was somewhere whole, and nothing good was ever in `rejected/`."""
        stored = dict(self._before)
        deed = self.world.s3.changes[: self._done]
        uploaded = {body for key, body in deed if key.startswith("incoming/")}
        for key, body in self.world.s3.changes:
            if body is None:
                del stored[key]
            else:
                stored[key] = body
            assert uploaded <= set(stored.values()), f"lost at {key}"
            upload = key.removeprefix("rejected/").removesuffix(".reason.json")
            assert not key.startswith("rejected/") or upload in self._deed.refused

    def _events(self) -> Sequence[str]:
        """S3's notifications of the changes that none was made of yet, as the template subscribes them."""
        changes = self.world.s3.changes[self._told :]
        self._told += len(changes)
        return list(_notifications(changes))


def _notifications(changes: Sequence[tuple[str, bytes | None]]) -> Iterator[str]:
    for key, body in changes:
        if key.startswith("simple/") or (key.startswith("incoming/") and body is not None):
            name = "ObjectRemoved:Delete" if body is None else "ObjectCreated:Put"
            record = {"eventName": name, "s3": {"object": {"key": quote_plus(key)}}}
            yield json.dumps({"Records": [record]})
