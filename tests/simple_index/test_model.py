import dataclasses

import pytest
from packaging.utils import NormalizedName
from simple_index.model import API_VERSION, ProjectDetail, ProjectList

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
    assert ProjectList().projects == frozenset()
