"""Alarms: what must wake somebody, and that it reaches him."""

from typing import Any

from tests.stack.conditions import with_parameters
from tests.stack.places import RESOURCES
from tests.stack.synthesized import REMOVED, Mutation, Stack, properties, resources, unlike

MAIL = {"AlarmEmail": "operators@example.com"}
#: One number of one thing: the metric and its statistic, whose it is, and what it must not exceed.
SIMPLE: dict[str, tuple[str, str, str, dict[str, Any], int]] = {
    "DeadLettersAlarm": (
        *("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
        {"QueueName": {"Fn::GetAtt": ["IndexerDeadLetterQueue", "QueueName"]}},
        0,
    ),
    "QueueAgeAlarm": (
        *("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
        {"QueueName": {"Fn::GetAtt": ["IndexerQueue", "QueueName"]}},
        1800,
    ),
    "IndexerErrorsAlarm": ("AWS/Lambda", "Errors", "Sum", {"FunctionName": {"Ref": "IndexerFunction"}}, 0),
    "IndexerDurationAlarm": (
        *("AWS/Lambda", "Duration", "Maximum", {"FunctionName": {"Ref": "IndexerFunction"}}),
        110000,
    ),
    "RejectedUploadsAlarm": ("serverless-pypi", "Rejected", "Sum", {"service": {"Ref": "ServiceName"}}, 0),
}
#: What is computed of several of CloudFront's, and what it must not exceed.
COMPUTED: dict[str, tuple[str, int, dict[str, tuple[str, str]]]] = {
    "ServerErrorsAlarm": (
        *("IF(requests * rate / 100 >= 5, rate, 0)", 5),
        {"requests": ("Requests", "Sum"), "rate": ("5xxErrorRate", "Average")},
    ),
    "GuessingAlarm": (
        *("IF(requests * rate / 100 >= 300, rate, 0)", 75),
        {"requests": ("Requests", "Sum"), "rate": ("4xxErrorRate", "Average")},
    ),
    "EdgeErrorsAlarm": (
        *("FILL(executing, 0) + FILL(validating, 0) + FILL(limited, 0)", 0),
        {
            "executing": ("LambdaExecutionError", "Sum"),
            "validating": ("LambdaValidationError", "Sum"),
            "limited": ("LambdaLimitExceededError", "Sum"),
        },
    ),
}


def alarms_reach_somebody(stack: Stack) -> list[str]:
    """Each tells the topic, which tells the address; without an address there is nothing."""
    topic = [{"Ref": "AlarmTopic"}]
    told = {"AlarmActions": topic, "OKActions": topic}
    subscription = [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]
    found = unlike({"Subscription": subscription}, properties(stack, "AlarmTopic"))
    alarms = resources(stack, "AWS::CloudWatch::Alarm")
    found += [
        f"{name}: {fault}" for name, each in alarms.items() for fault in unlike(told, each["Properties"])
    ]
    unread = with_parameters(stack, HealthCheck="yes")
    for kind in ("AWS::CloudWatch::Alarm", "AWS::SNS::Topic"):
        found += [f"{name} tells nobody" for name in resources(unread, kind)]
    expected = {*SIMPLE, *COMPUTED}
    made = resources(with_parameters(stack, **MAIL), "AWS::CloudWatch::Alarm").keys()
    return found + [f"{name} is there or missing" for name in made ^ expected]


def alarms_watch_the_right_things(stack: Stack) -> list[str]:
    """Each its metric; no news is good news."""
    found = []
    for name, (namespace, metric, statistic, of, limit) in SIMPLE.items():
        expected = {
            "Namespace": namespace,
            "MetricName": metric,
            "Statistic": statistic,
            "Dimensions": [{"Name": key, "Value": value} for key, value in of.items()],
            "Threshold": limit,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        found += [f"{name}: {fault}" for fault in unlike(expected, properties(stack, name))]
    return found


def alarms_compute_the_right_things(stack: Stack) -> list[str]:
    """Of CloudFront's figures of our distribution, which are global; and one answer."""
    found = []
    for name, (expression, limit, figures) in COMPUTED.items():
        alarm = properties(stack, name)
        answers = [query.get("Expression") for query in alarm["Metrics"] if query.get("ReturnData", True)]
        expected = {
            "Threshold": limit,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        found += [f"{name}: {fault}" for fault in unlike(expected, alarm)]
        found += [] if answers == [expression] else [f"{name} answers {answers}"]
        asked = {query["Id"]: query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query}
        found += [
            f"{name}: {fault}" for fault in unlike({i: _of_cloudfront(*f) for i, f in figures.items()}, asked)
        ]
    return found


def _of_cloudfront(metric: str, statistic: str) -> dict[str, Any]:
    whose = {"DistributionId": {"Ref": "CloudFrontDistribution"}, "Region": "Global"}
    dimensions = [{"Name": key, "Value": value} for key, value in whose.items()]
    asked = {"Namespace": "AWS/CloudFront", "MetricName": metric, "Dimensions": dimensions}
    return {"Metric": asked, "Period": 300, "Stat": statistic}


def alarms_are_in_time(stack: Stack) -> list[str]:
    """Before a function is cut off, before a message is given up, and no sooner than a message comes back."""
    timeout = properties(stack, "IndexerFunction")["Timeout"]
    hidden = properties(stack, "IndexerQueue")["VisibilityTimeout"]
    tries = properties(stack, "IndexerQueue")["RedrivePolicy"]["maxReceiveCount"]
    found = []
    if not 0.75 * timeout * 1000 < properties(stack, "IndexerDurationAlarm")["Threshold"] < timeout * 1000:
        found.append(f"the indexer's duration is watched, but not against {timeout} s")
    if not 2 * hidden < properties(stack, "QueueAgeAlarm")["Threshold"] < tries * hidden:
        found.append(f"the age of messages is watched, but not between 2 and {tries} times {hidden} s")
    if properties(stack, "IndexerErrorsAlarm")["Period"] < hidden:
        found.append("an error that lasts looks like one that passes")
    return found


#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (alarms_reach_somebody, (*RESOURCES, "DeadLettersAlarm", "Properties", "AlarmActions"), []),
    (alarms_reach_somebody, (*RESOURCES, "AlarmTopic", "Properties", "Subscription"), []),
    (alarms_reach_somebody, (*RESOURCES, "GuessingAlarm"), REMOVED),
    (alarms_reach_somebody, (*RESOURCES, "HealthAlarm", "Condition"), "HasHealthCheck"),
    (alarms_reach_somebody, (*RESOURCES, "AlarmTopic", "Condition"), REMOVED),
    *(
        (alarms_watch_the_right_things, (*RESOURCES, name, "Properties", what), wrong)
        for name in SIMPLE
        for what, wrong in (
            ("MetricName", "Invocations"),
            ("Dimensions", []),
            ("Statistic", "Minimum"),
            ("Threshold", 1_000_000),
            ("ComparisonOperator", "LessThanThreshold"),
            ("TreatMissingData", REMOVED),
        )
    ),
    *(
        (alarms_compute_the_right_things, (*RESOURCES, name, "Properties", *what), wrong)
        for name in COMPUTED
        for what, wrong in (
            (("Threshold",), 100),
            (("Metrics", 0, "Expression"), "rate"),
            (("Metrics", 1, "MetricStat", "Metric", "MetricName"), "BytesDownloaded"),
            (("Metrics", 1, "MetricStat", "Metric", "Dimensions", 1, "Value"), "us-east-1"),
            (("Metrics", 2, "MetricStat", "Stat"), "Maximum"),
            (("Metrics", 2, "ReturnData"), True),
        )
    ),
    (alarms_are_in_time, (*RESOURCES, "IndexerFunction", "Properties", "Timeout"), 60),
    (alarms_are_in_time, (*RESOURCES, "IndexerFunction", "Properties", "Timeout"), 300),
    (alarms_are_in_time, (*RESOURCES, "IndexerQueue", "Properties", "VisibilityTimeout"), 1800),
    (alarms_are_in_time, (*RESOURCES, "QueueAgeAlarm", "Properties", "Threshold"), 86400),
    (alarms_are_in_time, (*RESOURCES, "IndexerErrorsAlarm", "Properties", "Period"), 300),
]
