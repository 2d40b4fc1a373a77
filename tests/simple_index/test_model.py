import dataclasses

import pytest
from packaging.utils import NormalizedName

from simple_index.model import API_VERSION, ProjectDetail, ProjectList, Status
from tests.simple_index.acme import DETAIL, PROJECTS, WHEEL


def test_pages_are_of_version_1_4() -> None:
    """PEP 752 has 1.5, and "an index that does not support namespaces MUST NOT" say it."""
    assert API_VERSION == "1.4"


@pytest.mark.parametrize("value", [WHEEL, DETAIL, PROJECTS])
def test_values_do_not_change(value: object) -> None:
    """What was read once can be trusted until the end."""
    first = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first, "other")


def test_a_project_without_files_is_a_page_and_no_entry_of_the_list() -> None:
    """Its name stays claimed."""
    assert ProjectDetail(project=NormalizedName("acme")).files == ()
    assert ProjectList().projects == {}


@pytest.mark.parametrize(
    ("name", "hides", "takes"),
    [
        ("active", False, True),
        ("deprecated", False, True),
        ("archived", False, False),
        ("quarantined", True, False),
    ],
)
def test_what_a_status_forbids(name: str, hides: bool, takes: bool) -> None:
    """PEP 792."""
    status = Status(name=name, reason="", etag="")
    assert (status.hides_files, status.takes_files) == (hides, takes)


def test_the_list_knows_since_when_a_project_is_as_it_is() -> None:
    """With files, without, or never heard of."""
    assert [PROJECTS.since(NormalizedName(name)) for name in ("zoo", "gone", "new")] == ["1", "2", ""]
