"""The last line of a run, for the log of a job."""

from pathlib import Path

import pytest

from serverless_pypi.candidates import Candidate
from serverless_pypi.publications import Publication, State, summary
from simple_index.filenames import parse_filename


def publications(state: State, *filenames: str) -> list[Publication]:
    return [
        Publication(
            path=Path(filename),
            state=state,
            candidate=Candidate(
                path=Path(filename),
                distribution=parse_filename(filename),
                size=1,
                sha256="0" * 64,
                written=0,
            ),
        )
        for filename in filenames
    ]


NEW = publications(
    State.PUBLISHED, "acme-1.0.tar.gz", "acme-1.0-py3-none-any.whl", "acme-1.0-cp313-none-any.whl"
)
ONE = publications(State.PRESENT, "acme-0.9.tar.gz")
TWO = publications(State.PRESENT, "bolt-2.tar.gz", "bolt-10.tar.gz")
PENDING = publications(State.PENDING, "acme-1.1.tar.gz")
REFUSED = publications(State.REFUSED, "acme-1.2.tar.gz")
NO_DISTRIBUTION = [Publication(path=Path("acme.txt"), state=State.REFUSED, reason="it is none")]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (NEW, "published 3 files of acme 1.0"),
        ([*NEW, *ONE], "published 3 files of acme 1.0 (1 was there already)"),
        ([*NEW, *TWO], "published 3 files of acme 1.0 (2 were there already)"),
        ([*NEW, *REFUSED], "published 3 files of acme 1.0; 1 was refused"),
        ([*NEW, *PENDING], "published 3 files of acme 1.0; sent 1 file of acme 1.1"),
        ([*PENDING, *ONE], "sent 1 file of acme 1.1 (1 was there already)"),
        (TWO, "nothing to publish (2 files of bolt 2 and bolt 10 were there already)"),
        (ONE, "nothing to publish (1 file of acme 0.9 was there already)"),
        ([*REFUSED, *NO_DISTRIBUTION], "nothing to publish; 2 were refused"),
    ],
)
def test_one_line_tells_a_run(found: list[Publication], line: str) -> None:
    assert summary(found, pending="sent") == line
