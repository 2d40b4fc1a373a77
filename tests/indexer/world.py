"""A bucket in memory, what publishers do to it, and what must be true of it in the end."""

import gzip
import json
import re
from functools import cache
from hashlib import sha256
from typing import Any, cast

from packaging.utils import NormalizedName

from indexer.batch import process
from indexer.bucket import Bucket
from indexer.describing import describe
from indexer.events import Work
from indexer.rebuild import rebuild
from simple_index.model import File
from tests.distributions import make_sdist, make_wheel, sdist_name, wheel_name
from tests.indexer.memory_s3 import MemoryS3

__all__ = ["World"]

# Schedules by the ten thousand put the same few files.
_make_sdist = cache(make_sdist)


class World:
    def __init__(self, s3: MemoryS3) -> None:
        self.s3 = s3
        self.bucket = Bucket(s3, "bucket", index_url="https://index.example/simple/")  # type: ignore[arg-type]
        self.described: list[File] = []
        #: The messages to ourselves.
        self.sent: list[str] = []

    def twin(self) -> "World":
        """A world of its own that is as this one is now, and whose history begins here."""
        twin = World(MemoryS3())
        twin.s3.objects = dict(self.s3.objects)
        twin.described = list(self.described)
        return twin

    def upload(self, filename: str, body: bytes) -> str:
        """Put a file where publishers put them; its key."""
        key = f"incoming/{filename}"
        self.s3.put_object(Bucket="bucket", Key=key, Body=body)
        return key

    def upload_wheel(self, project: str, version: str) -> str:
        return self.upload(wheel_name(project, version), make_wheel(project, version))

    def put(self, project: str, version: str) -> str:
        """Put an sdist straight under its project; its key."""
        key = f"simple/{project}/{sdist_name(project, version)}"
        self.s3.put_object(Bucket="bucket", Key=key, Body=_make_sdist(project, version))
        return key

    def remove(self, project: str, version: str) -> str | None:
        """Delete the files of a release; the key of the last of them, if there were any."""
        removed = None
        for name in (sdist_name(project, version), wheel_name(project, version)):
            key = f"simple/{project}/{name}"
            if key in self.s3.objects:
                self.s3.delete_object(Bucket="bucket", Key=key)
                removed = key
        return removed

    def know(self, project: str, *versions: str) -> None:
        """Have these files described beforehand, as filing does, so that no schedule is spent on reading."""
        for version in versions:
            key = self.put(project, version)
            self.described.append(describe(self.bucket, key))
            self.remove(project, version)

    def rebuild(self, project: str) -> None:
        """What a handler does for an event of *project*, without the list."""
        rebuild(self.bucket, NormalizedName(project), self.described, pause=lambda _seconds: None)

    def handle(self, *, uploads: tuple[str, ...] = (), projects: tuple[str, ...] = ()) -> None:
        """What a handler does for a batch; nothing of it may fail."""
        work = Work(uploads=frozenset(uploads), projects=frozenset(NormalizedName(name) for name in projects))
        (error,) = process(self.bucket, [work], send=self.sent.append, pause=lambda _seconds: None)
        if error is not None:
            raise AssertionError(f"a handler failed: {error!r}")

    def page(self, key: str) -> dict[str, object]:
        return cast(dict[str, object], json.loads(gzip.decompress(self.s3.objects[key].body)))

    def files_on_page(self, project: str) -> list[str]:
        files = cast(list[dict[str, str]], self.page(f"simple/{project}/index.json")["files"])
        return [file["filename"] for file in files]

    def projects_on_list(self) -> list[str]:
        projects = cast(list[dict[str, str]], self.page("simple/index.json")["projects"])
        return [project["name"] for project in projects]

    def files_in_bucket(self, project: str) -> list[str]:
        pattern = re.compile(rf"simple/{project}/([^/]+(?:\.whl|\.tar\.gz))")
        return [match[1] for key in sorted(self.s3.objects) if (match := pattern.fullmatch(key))]

    def check_pages(self, project: str) -> None:
        """Both pages list exactly the files, and what they promise is there."""
        wanted = self.files_in_bucket(project)
        assert self.files_on_page(project) == wanted, f"JSON {self.files_on_page(project)} != bucket {wanted}"
        html = self.s3.objects[f"simple/{project}/index.html"].body.decode()
        assert re.findall(r">([^<>]+)</a>", html) == wanted, f"HTML != bucket {wanted}"
        for filename in wanted:
            if filename.endswith(".whl"):
                assert f"simple/{project}/{filename}.metadata" in self.s3.objects, (
                    f"no metadata of {filename}"
                )

    def has_pages(self, project: str) -> bool:
        return any(f"simple/{project}/index.{kind}" in self.s3.objects for kind in ("json", "html"))

    def check_hashes(self, project: str) -> None:
        """Each file on either page is these very bytes."""
        stored = {
            name: sha256(self.s3.objects[f"simple/{project}/{name}"].body).hexdigest()
            for name in self.files_in_bucket(project)
        }
        files = cast(list[dict[str, Any]], self.page(f"simple/{project}/index.json")["files"])
        assert {file["filename"]: file["hashes"]["sha256"] for file in files} == stored
        html = self.s3.objects[f"simple/{project}/index.html"].body.decode()
        assert dict(re.findall(r'href="\./([^"#]+)#sha256=([^"]+)"', html)) == stored

    def check_list(self, *projects: str) -> None:
        """The list holds those of *projects* that have files."""
        wanted = [project for project in sorted(projects) if self.files_in_bucket(project)]
        assert self.projects_on_list() == wanted, f"list {self.projects_on_list()} != {wanted}"
        html = self.s3.objects["simple/index.html"].body.decode()
        assert re.findall(r">([^<>]+)</a>", html) == wanted, f"HTML list != {wanted}"
