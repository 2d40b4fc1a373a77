"""What each implementation does not do, so that nobody takes these tests for more than they are."""

from tests.s3.endpoints import Endpoint
from tests.s3.lacks import Lack

# At most; a newer version may do more. Whatever is not named here is tested in the other modules.
KNOWN = {
    "embedded": set[Lack](),
    "ceph": frozenset(Lack) - {Lack.POLICIES},
    "localstack": {Lack.COPY_TARGET_CONDITION, Lack.DELETE_CONDITION, Lack.POLICIES},
}


def test_no_implementation_lacks_more_than_we_know_of(s3_endpoint: Endpoint, lacks: frozenset[Lack]) -> None:
    """Our own lacks least: what the others do not do is tested there, and what it does not in LocalStack."""
    assert lacks <= KNOWN[s3_endpoint.name]
