"""Where each object lives in the bucket. A key under ``simple/`` is also the path of its URL."""

import hashlib

from packaging.utils import NormalizedName

from simple_index.filenames import DISTRIBUTION_SUFFIXES, Distribution, is_normalized

__all__ = [
    "INCOMING",
    "LIMITED",
    "PROJECT_LIST_HTML",
    "PROJECT_LIST_JSON",
    "SIMPLE",
    "detail_html",
    "detail_json",
    "distribution_file",
    "file_of_metadata",
    "file_of_removed",
    "filename_of",
    "has_metadata",
    "is_distribution",
    "is_written_by_indexer",
    "limit_of",
    "metadata_of",
    "normalized_project_of",
    "project_of",
    "project_prefix",
    "provenance_of",
    "reason_of",
    "rejected",
    "removed_of",
    "status_of",
    "yanked_of",
]

INCOMING = "incoming/"
#: Below each folder in it lie uploads of one project alone: see `limit_of`.
LIMITED = "incoming/project/"
SIMPLE = "simple/"
PROJECT_LIST_JSON = "simple/index.json"
PROJECT_LIST_HTML = "simple/index.html"

_METADATA = ".metadata"
_REMOVED = ".removed"
_REASON = ".reason.json"
#: Bytes, of UTF-8.
_LONGEST_KEY = 1024


def project_prefix(project: NormalizedName) -> str:
    return f"{SIMPLE}{project}/"


def detail_json(project: NormalizedName) -> str:
    return f"{SIMPLE}{project}/index.json"


def detail_html(project: NormalizedName) -> str:
    return f"{SIMPLE}{project}/index.html"


def distribution_file(distribution: Distribution) -> str:
    """The one canonical key of a distribution."""
    return f"{SIMPLE}{distribution.project}/{distribution.filename}"


def metadata_of(file_key: str) -> str:
    """Where a file's core metadata is served: PEP 658 says the file's URL and ``.metadata``."""
    return file_key + _METADATA


def has_metadata(file_key: str) -> bool:
    """Whether core metadata is served beside this file: beside wheels, as an installer finds it there."""
    return file_key.endswith(".whl")


def provenance_of(file_key: str) -> str:
    """Where a file's attestations stand (PEP 740); an operator's."""
    return file_key + ".provenance"


def yanked_of(file_key: str) -> str:
    """The object that yanks a file by standing there; an operator's."""
    return file_key + ".yanked"


def removed_of(file_key: str) -> str:
    """The object that remembers a file which is gone; the indexer's."""
    return file_key + _REMOVED


def file_of_metadata(key: str) -> str | None:
    """The file whose core metadata stands under *key*; None if it is no such key."""
    return _companion_of(key, _METADATA)


def file_of_removed(key: str) -> str | None:
    """The file that the object under *key* remembers; None if it is no such key."""
    return _companion_of(key, _REMOVED)


def status_of(project: NormalizedName) -> str:
    """The object whose first line is a project's status; an operator's."""
    return f"{SIMPLE}{project}/.status"


def is_written_by_indexer(key: str) -> bool:
    """Whether an object under ``simple/`` is one that only the indexer makes: a page, or its companions."""
    own_page = filename_of(key) in ("index.json", "index.html")
    return own_page or file_of_metadata(key) is not None or file_of_removed(key) is not None


def _companion_of(key: str, suffix: str) -> str | None:
    file_key = key.removesuffix(suffix)
    return file_key if file_key != key and is_distribution(file_key) else None


def rejected(key: str) -> str:
    """Where a refused object is kept. A key too long to get a longer one is told by its hash.

    So is one that would be where the reason of another stands. It stays in the folder of its one project,
    below which a publisher limited to that may read the reason.
    """
    if _fits(f"rejected/{key}") and not key.endswith(_REASON):
        return f"rejected/{key}"
    told = hashlib.sha256(key.encode()).hexdigest()
    own = f"rejected/{LIMITED}{limit_of(key)}/{told}"
    return own if limit_of(key) is not None and _fits(own) else f"rejected/{told}"


def _fits(key: str) -> bool:
    """Whether there can be a reason beside *key*."""
    return len(f"{key}{_REASON}".encode()) <= _LONGEST_KEY


def reason_of(key: str) -> str:
    """Where the reason of a refusal stands; it names the key in full."""
    return rejected(key) + _REASON


def limit_of(key: str) -> str | None:
    """The project that an upload's folder limits it to, whatever its spelling; None if it may be any's.

    A right to write below ``incoming/project/NAME/`` thereby is a right to publish NAME's files alone.

    >>> limit_of("incoming/project/acme-core/release-7/acme_core-1.0.tar.gz")
    'acme-core'
    """
    if not key.startswith(LIMITED):
        return None
    folder, slash, _ = key.removeprefix(LIMITED).partition("/")
    return folder if slash else None


def filename_of(key: str) -> str:
    return key.rpartition("/")[2]


def is_distribution(key: str) -> bool:
    """Whether *key* claims to hold a wheel or an sdist, by its ending alone."""
    return key.endswith(DISTRIBUTION_SUFFIXES)


def project_of(key: str) -> str | None:
    """The project folder that *key* lies directly in, whatever its spelling; None if in none.

    >>> project_of("simple/acme-core/index.json")
    'acme-core'
    """
    parts = key.split("/")
    if len(parts) != 3 or parts[0] != "simple":
        return None
    return parts[1]


def normalized_project_of(key: str) -> NormalizedName | None:
    """The project whose pages depend on *key*; None if no project's do."""
    name = project_of(key)
    return NormalizedName(name) if name is not None and is_normalized(name) else None
