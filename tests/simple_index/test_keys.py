import pytest
from packaging.utils import NormalizedName

from simple_index import keys
from simple_index.filenames import parse_filename

ACME = NormalizedName("acme-core")


def test_every_object_has_one_place() -> None:
    """The keys under simple/ are the paths of URLs, so they are written out here."""
    assert keys.INCOMING == "incoming/"
    assert keys.SIMPLE == "simple/"
    assert keys.PROJECT_LIST_JSON == "simple/index.json"
    assert keys.PROJECT_LIST_HTML == "simple/index.html"
    assert keys.project_prefix(ACME) == "simple/acme-core/"
    assert keys.detail_json(ACME) == "simple/acme-core/index.json"
    assert keys.detail_html(ACME) == "simple/acme-core/index.html"


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("acme_core-1.0-py3-none-any.whl", "simple/acme-core/acme_core-1.0-py3-none-any.whl"),
        ("Acme.Core-1.0+cu118.tar.gz", "simple/acme-core/Acme.Core-1.0+cu118.tar.gz"),
    ],
)
def test_a_file_lies_under_its_normalized_project(filename: str, key: str) -> None:
    """Under the name that it was given."""
    assert keys.distribution_file(parse_filename(filename)) == key
    assert keys.filename_of(key) == filename


def test_core_metadata_stands_beside_its_file() -> None:
    """PEP 658: the file's URL and .metadata."""
    assert keys.metadata_of("simple/a/a-1-py3-none-any.whl") == "simple/a/a-1-py3-none-any.whl.metadata"


def test_a_refused_file_keeps_its_path() -> None:
    """Under rejected/, the reason beside it."""
    assert keys.rejected("incoming/x/a.whl") == "rejected/incoming/x/a.whl"
    assert keys.reason_of("incoming/x/a.whl") == "rejected/incoming/x/a.whl.reason.json"


def test_no_refused_object_stands_where_the_reason_of_another_does() -> None:
    """Whoever may upload could write the reasons, else."""
    assert keys.rejected("incoming/a.whl.reason.json") != keys.reason_of("incoming/a.whl")


@pytest.mark.parametrize(
    ("key", "filename"),
    [("incoming/a.whl", "a.whl"), ("incoming/b/c/a.whl", "a.whl"), ("a.whl", "a.whl"), ("incoming/", "")],
)
def test_a_filename_is_what_follows_the_last_slash(key: str, filename: str) -> None:
    """A publisher may use folders of any depth."""
    assert keys.filename_of(key) == filename


@pytest.mark.parametrize(
    ("key", "claims"),
    [
        ("simple/acme/acme-1.0-py3-none-any.whl", True),
        ("simple/acme/acme-1.0.tar.gz", True),
        ("simple/acme/acme-1.0.zip", True),
        ("simple/acme/nonsense.whl", True),
        ("simple/acme/acme-1.0-py3-none-any.whl.metadata", False),
        ("simple/acme/index.json", False),
        ("simple/acme/acme-1.0.tar.gz\n", False),
        ("simple/acme/", False),
    ],
)
def test_the_ending_tells_distributions_from_the_rest(key: str, claims: bool) -> None:
    """By the claim alone: a bad name is refused, not overlooked."""
    assert keys.is_distribution(key) is claims


@pytest.mark.parametrize(
    ("key", "folder", "project"),
    [
        ("simple/acme/index.json", "acme", "acme"),
        ("simple/acme/", "acme", "acme"),
        ("simple/Acme_Core/a.whl", "Acme_Core", None),
        ("simple/../a.whl", "..", None),
        ("simple//a.whl", "", None),
        ("simple/index.json", None, None),
        ("simple/acme/deep/a.whl", None, None),
        ("Simple/acme/a.whl", None, None),
        ("incoming/acme/a.whl", None, None),
        ("rejected/simple/acme/a.whl", None, None),
        ("", None, None),
    ],
)
def test_a_project_is_the_folder_right_under_simple(
    key: str, folder: str | None, project: str | None
) -> None:
    """Only a normalized one has pages."""
    assert keys.project_of(key) == folder
    assert keys.normalized_project_of(key) == project


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("incoming/project/acme-core/acme_core-1.0.tar.gz", "acme-core"),
        ("incoming/project/acme-core/release 7/deep/bolt-1.0.tar.gz", "acme-core"),
        ("incoming/project/Acme_Core/acme_core-1.0.tar.gz", "Acme_Core"),
        ("incoming/project/../acme-1.0.tar.gz", ".."),
        ("incoming/project//acme-1.0.tar.gz", ""),
        ("incoming/project/acme-1.0.tar.gz", None),
        ("incoming/projects/acme/acme-1.0.tar.gz", None),
        ("incoming/x/project/acme/acme-1.0.tar.gz", None),
        ("incoming/acme/acme-1.0.tar.gz", None),
        ("incoming/acme-1.0.tar.gz", None),
        ("project/acme/acme-1.0.tar.gz", None),
    ],
)
def test_an_upload_is_limited_by_the_folder_below_incoming_project(key: str, limit: str | None) -> None:
    """As it is spelled; what lies in no such folder may be any project's."""
    assert keys.limit_of(key) == limit
