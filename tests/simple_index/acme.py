"""One small project, as values, and where its page would be."""

from datetime import UTC, datetime

from packaging.utils import NormalizedName

from simple_index.model import (
    File,
    Marker,
    ProjectDetail,
    ProjectList,
    Removed,
    Sidecar,
    Status,
    Unlisted,
)
from simple_index.pep691 import Writing

__all__ = ["DETAIL", "PAGE_URL", "PROJECTS", "SDIST", "WHEEL", "WRITING"]

PAGE_URL = "https://index.example/simple/acme-core/"

SDIST = File(
    filename="acme_core-1.9.tar.gz",
    version="1.9",
    sha256="1" * 64,
    size=1234,
    upload_time=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    etag='"d41d"',
)
WHEEL = File(
    filename="acme_core-1.10+cu118-py3-none-any.whl",
    version="1.10+cu118",
    sha256="2" * 64,
    size=5678,
    upload_time=datetime(2026, 2, 3, tzinfo=UTC),
    requires_python=">=3.9, <4",
    core_metadata=Sidecar(sha256="3" * 64, etag='"5eed"'),
    yanked=Marker(text="breaks <b>logins</b>", etag='"a1"'),
    provenance="https://index.example/simple/acme-core/acme.provenance",
    etag='"8cd9-2"',
)
#: Its files in no order.
DETAIL = ProjectDetail(
    project=NormalizedName("acme-core"),
    files=(SDIST, WHEEL),
    status=Status(name="deprecated", reason="use bolt", etag='"b2"'),
    removed=(Removed(filename="acme_core-0.1.tar.gz", sha256="4" * 64, etag='"c3"'),),
    unlisted=(Unlisted(filename="x.zip", reason="It is none.", etag='"d4"', size=9),),
    since="5a5a",
)
PROJECTS = ProjectList(
    projects={NormalizedName("zoo"): "1", NormalizedName("acme-core"): "5a5a"},
    emptied={NormalizedName("gone"): "2"},
)
WRITING = Writing(nonce="0123456789abcdef", html_etag='"f00d"')
