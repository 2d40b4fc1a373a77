"""docs/cost.md says what the list prices come to, and the sums are right where a hand can check them."""

import re
from itertools import chain

import pytest

from benchmarks.cost import PAGE, bill, page
from benchmarks.cost_index import (
    ALARM_METRICS,
    EDGE_MEMORY,
    INDEXER_MEMORY,
    REPLICA_ALARM_METRICS,
    Line,
    professional,
    small,
)
from benchmarks.cost_months import BUSY, IDLE, MONTHS, TEAM, Month
from benchmarks.cost_prices import PRICES
from benchmarks.cost_rivals import RIVALS

TEMPLATE = PAGE.parents[1] / "template.yaml"


def total(name: str, month: Month, *, free_tier: bool) -> float:
    return sum(bill(RIVALS[name](month), free_tier=free_tier).values())


def test_the_page_holds_what_is_computed() -> None:
    """`make cost` writes it."""
    assert PAGE.read_text() == page(PAGE.read_text())


@pytest.mark.parametrize(
    ("function", "memory"), [("AuthenticatorFunction", EDGE_MEMORY), ("IndexerFunction", INDEXER_MEMORY)]
)
def test_functions_are_priced_at_the_memory_they_have(function: str, memory: int) -> None:
    match = re.search(
        rf"^  {function}:$.*?MemorySize: (.*?)$", TEMPLATE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert match is not None
    written = match[1]
    if parameter := re.fullmatch(r"!Ref (\w+)", written):
        default = rf"^  {parameter[1]}:$.*?Default: (\d+)$"
        match = re.search(default, TEMPLATE.read_text(), re.MULTILINE | re.DOTALL)
        assert match is not None
        written = match[1]
    assert int(written) == memory


def test_alarms_are_priced_by_what_they_watch() -> None:
    """Each metric of an alarm of the template."""
    alarms = re.findall(
        r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm\n(.*?)(?=^  [\w#])",
        TEMPLATE.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    watched = {name: body.count("MetricName:") for name, body in alarms}
    assert watched.pop("ReplicationAlarm") == REPLICA_ALARM_METRICS
    assert sum(watched.values()) == ALARM_METRICS


def test_each_price_has_a_source_and_is_used() -> None:
    lines = chain(small(BUSY), professional(BUSY), *(rival(BUSY) for rival in RIVALS.values()))
    assert {line.price.name for line in lines} == PRICES.keys()
    assert all(price.source and price.dollars > 0 for price in PRICES.values())


def test_what_is_free_is_given_once() -> None:
    """Two parts share the hundred free gigabytes, in their order."""
    transfer = PRICES["transfer to the internet"]
    lines = [Line("first", transfer, 60), Line("second", transfer, 60)]
    assert bill(lines, free_tier=True) == pytest.approx({"first": 0, "second": 20 * 0.09})
    assert bill(lines, free_tier=False) == pytest.approx({"first": 5.4, "second": 5.4})


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: month.name)
def test_the_free_tier_only_ever_saves(month: Month) -> None:
    lines = [*small(month), *professional(month)]
    cheaper, dearer = bill(lines, free_tier=True), bill(lines, free_tier=False)
    assert all(0 <= cheaper[part] <= dearer[part] for part in dearer)


def test_idle_costs_less_than_a_cent() -> None:
    assert sum(bill(small(IDLE), free_tier=True).values()) < 0.01


def test_a_terabyte_from_cloudfront() -> None:
    """1,024 GB at 8.5 cents and five million requests at a cent for ten thousand."""
    assert bill(small(BUSY), free_tier=False)["CloudFront"] == pytest.approx(87.04 + 5.00)
    assert bill(small(BUSY), free_tier=True)["CloudFront"] == 0


def test_the_authenticator_costs_more_than_its_requests_and_less_than_twice_as_much() -> None:
    """Were the duration the greater part, the assumptions about it would decide the result."""
    assert 3.00 < bill(small(BUSY), free_tier=True)["Authenticator"] < 6.00


def test_rivals() -> None:
    """By hand: 730 hours of each, storage, and what leaves."""
    ec2 = 730 * 0.0104 + 8 * 0.08
    network = 730 * (0.0225 + 0.045 + 3 * 0.005) + 5 * 0.045
    box, behind = "EC2: one t3.micro, a disk, an address", "The same behind ALB and NAT"
    assert total(box, IDLE, free_tier=True) == pytest.approx(ec2 + 730 * 0.005)
    assert total(behind, IDLE, free_tier=True) == pytest.approx(ec2 + network)
    assert total(box, BUSY, free_tier=True) == pytest.approx(
        ec2 + 730 * 0.005 + 200 * 0.08 + (1024 - 100) * 0.09
    )
    in_region = "CodeArtifact, all viewers in its Region"
    assert total(in_region, TEAM, free_tier=False) == pytest.approx(
        TEAM.stored_gigabytes * 0.05 + 45_200 / 10_000 * 0.05
    )


def test_what_the_page_says_in_short() -> None:
    """Its words hold no figures that are computed, but these comparisons."""
    code_artifact, box = "CodeArtifact, viewers on the internet", "EC2: one t3.micro, a disk, an address"
    in_region = "CodeArtifact, all viewers in its Region"
    assert sum(bill(small(TEAM), free_tier=True).values()) < 0.50
    assert sum(bill(small(TEAM), free_tier=False).values()) < 3
    both = [*small(BUSY), *professional(BUSY)]
    assert sum(bill(both, free_tier=False).values()) > total(box, BUSY, free_tier=False)
    assert sum(bill(both, free_tier=False).values()) > total(code_artifact, BUSY, free_tier=False)
    assert sum(bill(small(BUSY), free_tier=True).values()) < total(in_region, BUSY, free_tier=True)
    assert sum(bill(small(BUSY), free_tier=False).values()) > total(in_region, BUSY, free_tier=False)
