"""What others use in the same month, each counted in its own favour: the smallest machine, and one of it."""

from collections.abc import Callable, Iterator

from benchmarks.cost_index import Line
from benchmarks.cost_months import Month
from benchmarks.cost_prices import HOURS, PRICES

__all__ = ["RIVALS"]

#: GB for the operating system and the program, and a month's images and updates.
_SYSTEM = 8
_UPDATES = 5
#: A load balancer stands in two zones, with an address in each.
_ZONES = 2
_TASK_PROCESSORS = 0.25
_TASK_MEMORY = 0.5


def _code_artifact_in_region(month: Month) -> Iterator[Line]:
    yield _line("CodeArtifact storage", month.stored_gigabytes)
    yield _line("CodeArtifact requests", month.authenticated + month.published)


def _code_artifact(month: Month) -> Iterator[Line]:
    yield from _code_artifact_in_region(month)
    yield _line("transfer to the internet", month.gigabytes)


def _box(month: Month) -> Iterator[Line]:
    yield from _machine(month)
    yield _line("public IPv4 address", HOURS)
    yield _line("transfer to the internet", month.gigabytes)


def _behind_a_balancer_on_ec2(month: Month) -> Iterator[Line]:
    yield from _machine(month)
    yield from _network(month)


def _behind_a_balancer_on_fargate(month: Month) -> Iterator[Line]:
    yield _line("Fargate processors", _TASK_PROCESSORS * HOURS)
    yield _line("Fargate memory", _TASK_MEMORY * HOURS)
    yield _line("EFS storage", month.stored_gigabytes)
    yield from _network(month)


def _machine(month: Month) -> Iterator[Line]:
    yield _line("EC2 t3.micro", HOURS)
    yield _line("EBS gp3", _SYSTEM + month.stored_gigabytes)


def _network(month: Month) -> Iterator[Line]:
    """What is served leaves by the balancer; by the gateway goes only what the machine itself asks for."""
    yield _line("ALB", HOURS)
    # One unit is a gigabyte an hour; connections are far below theirs.
    yield _line("ALB capacity units", month.gigabytes)
    yield _line("NAT gateway", HOURS)
    yield _line("NAT data", _UPDATES)
    yield _line("public IPv4 address", (_ZONES + 1) * HOURS)
    yield _line("transfer to the internet", month.gigabytes)


def _line(name: str, quantity: float) -> Line:
    return Line(name, PRICES[name], quantity)


RIVALS: dict[str, Callable[[Month], Iterator[Line]]] = {
    "CodeArtifact, all viewers in its Region": _code_artifact_in_region,
    "CodeArtifact, viewers on the internet": _code_artifact,
    "EC2: one t3.micro, a disk, an address": _box,
    "The same behind ALB and NAT": _behind_a_balancer_on_ec2,
    "Fargate (¼ vCPU) and EFS behind ALB and NAT": _behind_a_balancer_on_fargate,
}
