"""What this product uses in a month: the small set of parameters, and what the professional one adds."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.cost_months import Month
from benchmarks.cost_prices import HOURS, PRICES, Price

__all__ = [
    "ALARM_METRICS",
    "EDGE_MEMORY",
    "INDEXER_MEMORY",
    "REPLICA_ALARM_METRICS",
    "Line",
    "professional",
    "small",
]

#: MB, as in template.yaml.
EDGE_MEMORY = 128
INDEXER_MEMORY = 1024
#: A vCPU comes with 1,769 MB: the authenticator has a fourteenth of one.
_SLOWER = 1769 / EDGE_MEMORY
#: Seconds of CPU on one full core (docs/rationale.md, "Measured"), and the part of the first that is known.
_DECISION = 19e-6
_FIRST_DECISION = 86e-3
_BCRYPT = 63e-3
#: Assumed: what Lambda's own runtime adds to a request, and how long reading `auth/` again takes.
_RUNTIME_SECONDS = 0.0017
_REFRESH_SECONDS = 0.300
_REFRESH_READS = 2
#: What Lambda logs of an invocation by itself: two events of JSON.
_LOGGED_GIGABYTES = 600e-9
_ACCESS_LOG_GIGABYTES = 200e-9
#: S3 calls of one publish, its own copy's event and the upload included (`benchmarks.road`).
_PUBLISH_WRITES = 14
_PUBLISH_READS = 5
_PUBLISH_INVOCATIONS = 3
_PUBLISH_SECONDS = 1.0
_DAYS = HOURS / 24
#: Lambda asks a queue that is empty with five connections, each for 20 s.
_POLLS = 5 * HOURS * 3600 / 20
#: From 3 of 8 Regions, whose 15 checkers ask twice a minute; each environment reads `auth/` every minute.
_CHECKS = 30 * 3 / 8 * HOURS * 60
_CHECKS_REFRESHED = 3 * HOURS * 60
#: CloudWatch bills an alarm for each metric that it watches; those of the replica come with it.
ALARM_METRICS, REPLICA_ALARM_METRICS = 13, 2
#: What the indexer counts: each an own metric in the hours in which it runs.
_COUNTS = 5
#: S3 measures four things of each rule of a replication.
_REPLICA_METRICS = 2 * 4
#: A file, its metadata and its project's two pages.
_REPLICATED = 4


@dataclass(frozen=True, slots=True)
class Line:
    """So much of what has a price, and what for."""

    part: str
    price: Price
    quantity: float


def small(month: Month) -> Iterator[Line]:
    """The template with its defaults."""
    yield from _authenticator("Authenticator", month.requests, _seconds(month))
    yield _line("CloudFront", "CloudFront requests", month.requests)
    yield _line("CloudFront", "CloudFront transfer", month.gigabytes)
    files = month.authenticated - month.pages
    served = month.pages + files * month.missed
    walked = _DAYS * (1 + month.projects)
    refreshed = month.requests * month.refreshed * _REFRESH_READS
    yield _line("S3: what is stored", "S3 storage", month.stored_gigabytes)
    yield _line("S3: what viewers ask for", "S3 reads", served)
    yield _line("S3: `auth/`, read by the authenticator", "S3 reads", refreshed)
    yield _line("S3: publishing, and the daily walk", "S3 reads", month.published * _PUBLISH_READS + walked)
    yield _line("S3: publishing, and the daily walk", "S3 writes and lists", _writes(month))
    yield from _indexer(month)
    yield from _logs("Logs", month.requests)
    counted = min(HOURS, month.published + _DAYS)
    yield _line("Counts", "CloudWatch metrics", _COUNTS * counted / HOURS)


def professional(month: Month) -> Iterator[Line]:
    """What each option adds to `small` when it is switched on."""
    yield _line("Own domain", "Route 53 zones", 1)
    yield _line("WAF with a rate rule", "WAF lists", 1)
    yield _line("WAF with a rate rule", "WAF rules", 1)
    yield _line("WAF with a rate rule", "WAF requests", month.requests)
    yield _line("Alarms", "CloudWatch alarms", ALARM_METRICS)
    yield _line("Dashboard", "CloudWatch dashboards", 1)
    yield _line("Access logs", "S3 storage", month.requests * _ACCESS_LOG_GIGABYTES)
    yield _line("Daily backups", "AWS Backup of S3", month.stored_gigabytes)
    yield _line("Daily backups", "S3 reads", month.published)
    yield _line("Second bucket", "S3 storage", month.stored_gigabytes)
    yield _line("Second bucket", "S3 writes and lists", _REPLICATED * month.published)
    yield _line("Second bucket", "transfer between Regions", month.published_gigabytes)
    yield _line("Second bucket: its alarm", "CloudWatch alarms", REPLICA_ALARM_METRICS)
    yield _line("Second bucket: its alarm", "CloudWatch metrics", _REPLICA_METRICS)
    yield from _health_check()


def _authenticator(part: str, requests: float, seconds: float) -> Iterator[Line]:
    yield _line(part, "Lambda@Edge requests", requests)
    yield _line(part, "Lambda@Edge duration", seconds * EDGE_MEMORY / 1024)


def _seconds(month: Month) -> float:
    """Those that the authenticator is billed for."""
    each = _DECISION * _SLOWER + _RUNTIME_SECONDS
    first = (_FIRST_DECISION - _DECISION) * _SLOWER
    extra = month.cold * first + month.checked * _BCRYPT * _SLOWER + month.refreshed * _REFRESH_SECONDS
    return month.requests * (each + extra)


def _writes(month: Month) -> float:
    """A page of the walk's LIST holds 1,000 objects: a file here counts for three, and a project for five."""
    objects = 3 * month.stored_gigabytes / (month.file_gigabytes or 1) + 5 * month.projects
    return month.published * _PUBLISH_WRITES + _DAYS * (1 + objects / 1000)


def _indexer(month: Month) -> Iterator[Line]:
    invocations = month.published * _PUBLISH_INVOCATIONS + _DAYS
    seconds = month.published * _PUBLISH_INVOCATIONS * _PUBLISH_SECONDS + _DAYS * (1 + month.projects * 0.05)
    yield _line("Indexer", "Lambda requests", invocations)
    yield _line("Indexer", "Lambda duration", seconds * INDEXER_MEMORY / 1024)
    # Two messages a publish at least, and each is sent and deleted.
    yield _line("Queue, asked all month by Lambda", "SQS requests", _POLLS + 4 * month.published)


def _logs(part: str, invocations: float) -> Iterator[Line]:
    yield _line(part, "CloudWatch logs", invocations * _LOGGED_GIGABYTES)


def _health_check() -> Iterator[Line]:
    yield _line("Health check", "Route 53 health checks", 1)
    yield _line("Health check", "Route 53 checks by HTTPS", 1)
    part = "Health check: its own requests, all day"
    each = _DECISION * _SLOWER + _RUNTIME_SECONDS
    yield from _authenticator(part, _CHECKS, _CHECKS * each + _CHECKS_REFRESHED * _REFRESH_SECONDS)
    yield _line(part, "CloudFront requests", _CHECKS)
    yield _line(part, "WAF requests", _CHECKS)
    yield _line(part, "S3 reads", _CHECKS_REFRESHED * _REFRESH_READS)
    yield from _logs(part, _CHECKS)


def _line(part: str, name: str, quantity: float) -> Line:
    return Line(part, PRICES[name], quantity)
