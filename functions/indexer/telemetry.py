"""What the indexer says of its work: one structured line for each outcome, and counts (EMF)."""

import os

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = ["count", "logger", "metrics"]

logger = Logger(service="indexer")
# Each index of an account has counts of its own. The template sets the variable, which is Powertools'.
metrics = Metrics(
    namespace="serverless-pypi", service=os.environ.get("POWERTOOLS_SERVICE_NAME", "serverless-pypi")
)


def count(**numbers: int) -> None:
    """Add to the counts of this invocation; also zeros, so that each count is a line without gaps."""
    for name, number in numbers.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
