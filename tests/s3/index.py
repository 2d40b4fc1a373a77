"""An index in a bucket: what publishers do to it, and what must be true of it in the end."""

import gzip
import hashlib
import json

from packaging.utils import NormalizedName
from pypi_simple import DistributionPackage, IndexPage, ProjectPage

from indexer.batch import process
from indexer.events import Work
from tests.distributions import make_wheel, wheel_name
from tests.s3.open_bucket import OpenBucket

__all__ = ["Index"]

#: As often as SQS brings a message, before it goes to the dead letters.
_DELIVERIES = 5


class Index:
    def __init__(self, bucket: OpenBucket) -> None:
        self.bucket = bucket
        #: The messages to ourselves.
        self.sent: list[str] = []

    def publish(self, project: str, version: str) -> None:
        """Upload a wheel, and do what a handler does for the event of it."""
        key = f"incoming/{wheel_name(project, version)}"
        self.bucket.put(key, make_wheel(project, version))
        self.handle(Work(uploads=frozenset({key})))

    def remove(self, project: str, version: str) -> None:
        """Delete a published wheel, and do what a handler does for the event of it."""
        self.bucket.remove(f"simple/{project}/{wheel_name(project, version)}")
        self.handle(Work(projects=frozenset({NormalizedName(project)})))

    def handle(self, work: Work) -> None:
        """Do *work*, and again if it fails, as the queue has it done."""
        for _ in range(_DELIVERIES):
            (error,) = self.process(work)
            if error is None:
                return
        raise AssertionError("a message would be among the dead letters by now") from error

    def process(self, *works: Work) -> list[Exception | None]:
        """Do *works* as one batch, once; for each of them what went wrong."""
        return process(self.bucket, works, send=self.sent.append)

    def files_on_json_page(self, project: str) -> list[DistributionPackage]:
        page = json.loads(gzip.decompress(self.bucket.body(f"simple/{project}/index.json")))
        return ProjectPage.from_json_data(page).packages

    def files_on_html_page(self, project: str) -> list[DistributionPackage]:
        page = self.bucket.body(f"simple/{project}/index.html").decode()
        return ProjectPage.from_html(project, page).packages

    def files_in_bucket(self, project: str) -> list[str]:
        prefix = f"simple/{project}/"
        keys = self.bucket.keys(prefix)
        return [key.removeprefix(prefix) for key in keys if key.endswith((".whl", ".tar.gz"))]

    def projects_on_lists(self) -> tuple[list[str], list[str]]:
        json_page = json.loads(gzip.decompress(self.bucket.body("simple/index.json")))
        html_page = self.bucket.body("simple/index.html").decode()
        return IndexPage.from_json_data(json_page).projects, IndexPage.from_html(html_page).projects

    def check(self, project: str) -> None:
        """Both pages list exactly the files that are there, with their hashes, and their metadata too."""
        wanted = self.files_in_bucket(project)
        for page in (self.files_on_json_page(project), self.files_on_html_page(project)):
            files = [file.filename for file in page]
            assert files == wanted, f"on a page {files}, in the bucket {wanted}"
            for file in page:
                body = self.bucket.body(f"simple/{project}/{file.filename}")
                assert file.digests == _digests(body), f"the hash of {file.filename}"
                assert bool(file.has_metadata) == file.filename.endswith(".whl"), f"{file.filename}.metadata"
                if file.has_metadata:
                    metadata = self.bucket.body(f"simple/{project}/{file.filename}.metadata")
                    assert file.metadata_digests == _digests(metadata), f"{file.filename}.metadata"

    def check_list(self, *projects: str) -> None:
        """Both project lists hold those that have files."""
        wanted = [project for project in sorted(projects) if self.files_in_bucket(project)]
        lists = self.projects_on_lists()
        assert lists == (wanted, wanted), f"on the lists {lists}, in the bucket {wanted}"


def _digests(body: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(body).hexdigest()}
