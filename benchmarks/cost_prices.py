"""List prices in US dollars of us-east-1, or of CloudFront's edges in the United States and Europe.

AWS's live pages were not at hand: *source* says where a price was read, on 2026-11-21, and *confirmed*
whether that was something of AWS's own, or an article with a date.
"""

from dataclasses import dataclass

__all__ = ["HOURS", "PRICES", "Price"]

#: In a month, as AWS's own calculator has it.
HOURS = 730

_AWS_PAGE = "AWS's page, a stored copy; a transcription of it, 2026-09-05"
_AWS_LIST = "AWS's price list, rates of 2021-04-01"
_EDGE = "awsnegotiations and factualminds, 2026-06"
_LAMBDA = "a transcription of AWS's page, 2026-09-20; cloudchipr, 2024"
_CLOUDWATCH = "factualminds, 2026-06-13; signoz, 2026-02-15; what is free: AWS's page, a stored copy"
_WAF = "awsnegotiations and c3x, 2026"
_NETWORK = "cloudburn, 2026-02-24"
_FARGATE = "cloudburn, 2026-03; fortem, 2026"
_BACKUP = "cloudburn, 2026-02-07"
_BETWEEN = "factualminds, 2026-06-13; usage.ai, 2026-05"
_EGRESS = "cloudpipelines, 2026; what is free: a transcription of AWS's page, 2026-09-20"
_S3 = "devnotes, undated; a gist of 2022"
_ROUTE_53 = "an undated article"
_FROM_MEMORY = "nowhere: the list price as it has long been"


@dataclass(frozen=True, slots=True)
class Price:
    """What *per* units cost, and how many an account has for nothing, each month and for ever."""

    name: str
    dollars: float
    per: int
    unit: str
    source: str
    free: float = 0
    confirmed: bool = True

    def cost(self, quantity: float) -> float:
        return quantity / self.per * self.dollars


_ALL = [
    Price("Lambda@Edge requests", 0.60, 1_000_000, "requests", _EDGE),
    Price("Lambda@Edge duration", 0.00005001, 1, "GB-seconds", _EDGE),
    Price("CloudFront requests", 0.01, 10_000, "HTTPS requests", _AWS_PAGE, free=10_000_000),
    Price("CloudFront transfer", 0.085, 1, "GB", _AWS_PAGE, free=1024),
    Price("S3 storage", 0.023, 1, "GB-months", _S3, confirmed=False),
    Price("S3 writes and lists", 0.005, 1_000, "requests", _S3, confirmed=False),
    Price("S3 reads", 0.0004, 1_000, "requests", _S3, confirmed=False),
    Price("Lambda requests", 0.20, 1_000_000, "requests", _LAMBDA, free=1_000_000),
    Price("Lambda duration", 0.0000166667, 1, "GB-seconds", _LAMBDA, free=400_000),
    Price("SQS requests", 0.40, 1_000_000, "requests", _FROM_MEMORY, free=1_000_000, confirmed=False),
    Price("CloudWatch logs", 0.50, 1, "GB taken in", _CLOUDWATCH, free=5),
    Price("CloudWatch alarms", 0.10, 1, "metrics of alarms", _FROM_MEMORY, free=10, confirmed=False),
    Price("CloudWatch metrics", 0.30, 1, "own metrics", _CLOUDWATCH, free=10),
    Price("CloudWatch dashboards", 3.00, 1, "dashboards", _CLOUDWATCH, free=3),
    Price("WAF lists", 5.00, 1, "web ACLs", _WAF),
    Price("WAF rules", 1.00, 1, "rules", _WAF),
    Price("WAF requests", 0.60, 1_000_000, "requests", _WAF),
    Price("Route 53 zones", 0.50, 1, "hosted zones", _ROUTE_53, confirmed=False),
    Price("Route 53 health checks", 0.50, 1, "checks", _ROUTE_53, confirmed=False),
    Price("Route 53 checks by HTTPS", 1.00, 1, "checks", _FROM_MEMORY, confirmed=False),
    Price("AWS Backup of S3", 0.05, 1, "GB-months", _BACKUP),
    Price("transfer between Regions", 0.02, 1, "GB", _BETWEEN),
    Price("transfer to the internet", 0.09, 1, "GB", _EGRESS, free=100),
    Price("CodeArtifact storage", 0.05, 1, "GB-months", _AWS_LIST, free=2),
    Price("CodeArtifact requests", 0.05, 10_000, "requests", _AWS_LIST, free=100_000),
    Price("EC2 t3.micro", 0.0104, 1, "hours", _FROM_MEMORY, confirmed=False),
    Price("EBS gp3", 0.08, 1, "GB-months", _FROM_MEMORY, confirmed=False),
    Price("public IPv4 address", 0.005, 1, "hours", _NETWORK),
    Price("ALB", 0.0225, 1, "hours", _FROM_MEMORY, confirmed=False),
    Price("ALB capacity units", 0.008, 1, "LCU-hours", _FROM_MEMORY, confirmed=False),
    Price("NAT gateway", 0.045, 1, "hours", _NETWORK),
    Price("NAT data", 0.045, 1, "GB", _NETWORK),
    Price("Fargate processors", 0.04048, 1, "vCPU-hours", _FARGATE),
    Price("Fargate memory", 0.004445, 1, "GB-hours", _FARGATE),
    Price("EFS storage", 0.30, 1, "GB-months", _FROM_MEMORY, confirmed=False),
]
PRICES = {price.name: price for price in _ALL}
