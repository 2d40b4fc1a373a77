"""``python -m benchmarks.check``: what `serverless-pypi check` costs as the index grows.

The command as a process against the embedded S3, which is filled without it: calls are those that AWS would
count, memory and CPU are the command's own. Seconds are mostly the embedded S3's, whose LIST takes the longer
the more there is; so beside them stands what the LIST alone takes. Sizes can be given, as projects of fifty
files each: ``python -m benchmarks.check 200 2000``.
"""

import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from moto.s3.models import s3_backends
from packaging.utils import NormalizedName

from benchmarks.processes import Usage, measure
from indexer.bucket import Bucket
from indexer.pages import Reading
from indexer.project_list import update_project_list
from indexer.rebuild import Rebuilt, pages_of
from local.s3 import EmbeddedS3
from local.strict_s3 import StrictS3
from simple_index.model import File, ProjectDetail, Sidecar
from tests.distributions import core_metadata, make_wheel, wheel_name
from tests.road.road import COMMAND, clean_environment

_FILES = 50
_LIST = "LIST"
_ACCOUNT = "123456789012"
_BUCKET = f"serverless-pypi-{_ACCOUNT}-us-east-1"
_KEY = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}


def main(sizes: Sequence[int]) -> None:
    costs = {}
    for projects in sizes:
        with EmbeddedS3() as embedded, _counting() as calls:
            s3 = boto3.client("s3", endpoint_url=embedded.endpoint_url, **_KEY)
            s3.create_bucket(Bucket=_BUCKET)
            _fill(Bucket(s3, _BUCKET), projects)
            listing = _seconds_of_a_list(Bucket(s3, _BUCKET))
            # Each file is read: that takes the same for each, however many there are.
            for arguments in (["check"], ["check", "--deep"])[: 2 if projects == sizes[0] else 1]:
                calls.clear()
                usage = measure([COMMAND, *arguments], _environment(embedded.endpoint_url))
                if usage.code != 0:
                    raise SystemExit(f"{arguments} ended with {usage.code}")
                costs[projects, arguments[-1]] = usage
                print(_told(projects, arguments, usage, calls, listing), flush=True)
    if len(sizes) > 1:
        small, large = costs[sizes[0], "check"], costs[sizes[-1], "check"]
        print(
            f"{sizes[-1] / sizes[0]:g} times as much: {large.cpu / small.cpu:.1f} times the CPU, "
            f"{large.peak - small.peak:.0f} MB more"
        )


def _told(projects: int, arguments: Sequence[str], usage: Usage, calls: Counter[str], listing: float) -> str:
    return (
        f"{' '.join(arguments)}, {projects * _FILES:,} files in {projects:,} projects: "
        f"{calls.total() - calls[_LIST]:,} calls and {calls[_LIST]:,} LIST pages, {usage.cpu:.1f} s of CPU, "
        f"{usage.peak:.0f} MB at the peak, {usage.seconds:.1f} s, which is {usage.seconds / listing:.2f} "
        "times what the LIST alone takes"
    )


def _environment(endpoint_url: str) -> dict[str, str]:
    return clean_environment(
        Path(os.devnull),
        AWS_ENDPOINT_URL=endpoint_url,
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106  # it opens nothing
        SERVERLESS_PYPI_INDEX_URL="https://index.example/simple/",
    )


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    """What the embedded S3 is asked, by method; LIST apart."""
    calls: Counter[str] = Counter()
    answer = StrictS3.__call__

    def count(self: StrictS3, environ: Any, start_response: Any) -> Any:
        is_list = "list-type=2" in environ.get("QUERY_STRING", "")
        calls[_LIST if is_list else environ["REQUEST_METHOD"]] += 1
        return answer(self, environ, start_response)

    StrictS3.__call__ = count  # type: ignore[method-assign]  # spied on
    try:
        yield calls
    finally:
        StrictS3.__call__ = answer  # type: ignore[method-assign]


def _fill(bucket: Bucket, projects: int) -> None:
    """Wheels that were published long ago, with the pages that list them."""
    rebuilt = []
    for number in range(projects):
        project = NormalizedName(f"project-{number:04}")
        files = tuple(_file(project, f"1.{version}") for version in range(_FILES))
        nothing: Reading[ProjectDetail] = Reading(content=None, json_etag=None, html_etag=None)
        detail = ProjectDetail(project=project, files=files, since="filled")
        pages_of(project).write(bucket, detail, over=nothing)
        rebuilt.append(Rebuilt(project=project, files=_FILES, since="filled"))
    update_project_list(bucket, rebuilt)


def _file(project: NormalizedName, version: str) -> File:
    """Straight into the store: over HTTP it would take an hour."""
    store = s3_backends[_ACCOUNT]["aws"]
    filename = wheel_name(project, version)
    body, inside = make_wheel(project, version), core_metadata(project, version)
    key = f"simple/{project}/{filename}"
    wheel = store.put_object(_BUCKET, key, body)
    metadata = store.put_object(_BUCKET, f"{key}.metadata", inside)
    return File(
        filename=filename,
        version=version,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        upload_time=datetime(2026, 1, 1, tzinfo=UTC),
        requires_python=">=3.9",
        core_metadata=Sidecar(sha256=hashlib.sha256(inside).hexdigest(), etag=metadata.etag),
        etag=wheel.etag,
    )


def _seconds_of_a_list(bucket: Bucket) -> float:
    started = time.perf_counter()
    for _ in bucket.list("simple/"):
        """Each is one object."""
    return time.perf_counter() - started


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [200, 2000])
