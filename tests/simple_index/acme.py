"""One small project, as values, and where its page would be."""

from datetime import UTC, datetime

from packaging.utils import NormalizedName
from simple_index.model import File, ProjectDetail, ProjectList
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
    core_metadata="3" * 64,
    etag='"8cd9-2"',
)
#: Its files in no order.
DETAIL = ProjectDetail(project=NormalizedName("acme-core"), files=(SDIST, WHEEL))
PROJECTS = ProjectList(projects=frozenset({NormalizedName("zoo"), NormalizedName("acme-core")}))
WRITING = Writing(nonce="0123456789abcdef", html_etag='"f00d"')
