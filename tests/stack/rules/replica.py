"""A second bucket, to which S3 copies what cannot be derived."""

from typing import Any

from tests.stack.conditions import with_parameters
from tests.stack.places import BUCKET, RESOURCES
from tests.stack.rules.alarms import MAIL
from tests.stack.rules.bucket import BUCKET_NAME
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    granted,
    properties,
    statements,
    unlike,
)

#: By the rules' names: files with their markers, and who may come in; no uploads.
COPIED = {"files": "simple/", "credentials": "auth/"}
SOURCE = f"arn:${{AWS::Partition}}:s3:::{BUCKET_NAME}"
REPLICA = "arn:${AWS::Partition}:s3:::${ReplicaBucket}"
CHOSEN = {"ReplicaBucket": "elsewhere"} | MAIL


def what_cannot_be_derived_is_copied(stack: Stack) -> list[str]:
    """As it is written, and its deletion is not, as that may be the very thing to guard against."""
    for chosen in ({}, MAIL):
        if "ReplicationConfiguration" in properties(with_parameters(stack, **chosen), "Bucket"):
            return ["it is copied to nowhere"]
    config = properties(with_parameters(stack, **CHOSEN), "Bucket")["ReplicationConfiguration"]
    found = unlike({"Role": {"Fn::GetAtt": ["ReplicationRole", "Arn"]}}, config)
    rules = {rule["Id"]: rule for rule in config["Rules"]}
    found += [f"{name} is there or missing" for name in rules.keys() ^ COPIED.keys()]
    for name in rules.keys() & COPIED.keys():
        expected = {
            "Status": "Enabled",
            "Filter": {"Prefix": COPIED[name]},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": {"Fn::Sub": REPLICA}, "Metrics": {"Status": "Enabled"}},
        }
        found += [f"{name}: {fault}" for fault in unlike(expected, rules[name])]
    if len({rule.get("Priority") for rule in rules.values()}) < len(rules):
        found.append("two rules have one priority")
    return found


def replication_role_is_least(stack: Stack) -> list[str]:
    """S3's to take; it reads what is copied and writes it there, and deletes nothing."""
    source, read, written = (_arns(arn) for arn in (SOURCE, SOURCE, REPLICA))
    expected = {
        "s3:GetReplicationConfiguration": [{"Fn::Sub": SOURCE}],
        "s3:ListBucket": [{"Fn::Sub": SOURCE}],
        "s3:GetObjectVersionForReplication": source,
        "s3:GetObjectVersionAcl": read,
        "s3:GetObjectVersionTagging": read,
        "s3:ReplicateObject": written,
        "s3:ReplicateTags": written,
    }
    mine = [statement for name, statement in statements(stack) if name == "ReplicationRole"]
    trusted = [statement["Principal"] for statement in mine if "Principal" in statement]
    actual = granted(stack, "ReplicationRole")
    found = [] if trusted == [{"Service": "s3.amazonaws.com"}] else [f"it is taken by {trusted}"]
    found += unlike(expected, actual)
    return found + [f"{action} is allowed" for action in actual.keys() - expected.keys()]


def _arns(bucket: str) -> list[Any]:
    return [{"Fn::Sub": f"{bucket}/{prefix}*"} for prefix in COPIED.values()]


def failed_copies_are_an_alarm(stack: Stack) -> list[str]:
    """Of each rule; who has no replica, or no address, has none."""
    for chosen in ({"ReplicaBucket": "elsewhere"}, MAIL):
        if "ReplicationAlarm" in with_parameters(stack, **chosen)["deployed"]["Resources"]:
            return [f"there is an alarm with {chosen}"]
    alarm = properties(with_parameters(stack, **CHOSEN), "ReplicationAlarm")
    limit = {"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    asked = {query["Id"]: query.get("MetricStat") for query in alarm["Metrics"]}
    answers = [query.get("Expression") for query in alarm["Metrics"] if query.get("ReturnData", True)]
    found = unlike(limit, alarm) + unlike({name: _failed(name) for name in COPIED}, asked)
    expression = "FILL(files, 0) + FILL(credentials, 0)"
    return found if answers == [expression] else [*found, f"it answers {answers}"]


def _failed(rule: str) -> dict[str, Any]:
    of = {"SourceBucket": {"Ref": "Bucket"}, "DestinationBucket": {"Ref": "ReplicaBucket"}, "RuleId": rule}
    metric = {
        "Namespace": "AWS/S3",
        "MetricName": "OperationsFailedReplication",
        "Dimensions": [{"Name": name, "Value": value} for name, value in of.items()],
    }
    return {"Metric": metric, "Period": 300, "Stat": "Sum"}


_RULES = (*BUCKET, "ReplicationConfiguration", "Fn::If", 1, "Rules")
_ROLE = (*RESOURCES, "ReplicationRole", "Properties")
_STATEMENTS = (*_ROLE, "Policies", 0, "PolicyDocument", "Statement")
_ALARM = (*RESOURCES, "ReplicationAlarm", "Properties")
_DELETES = {"Effect": "Allow", "Action": "s3:ReplicateDelete", "Resource": {"Fn::Sub": f"{REPLICA}/*"}}

#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (what_cannot_be_derived_is_copied, (*BUCKET, "ReplicationConfiguration", "Fn::If", 0), "HasAlarms"),
    (what_cannot_be_derived_is_copied, (*_RULES, 1), REMOVED),
    (what_cannot_be_derived_is_copied, (*_RULES, 0, "Status"), "Disabled"),
    (what_cannot_be_derived_is_copied, (*_RULES, 0, "Filter", "Prefix"), "incoming/"),
    (what_cannot_be_derived_is_copied, (*_RULES, 0, "DeleteMarkerReplication", "Status"), "Enabled"),
    (what_cannot_be_derived_is_copied, (*_RULES, 1, "Destination", "Bucket"), "arn:aws:s3:::other"),
    (what_cannot_be_derived_is_copied, (*_RULES, 1, "Destination", "Metrics"), REMOVED),
    (what_cannot_be_derived_is_copied, (*_RULES, 1, "Priority"), 1),
    (replication_role_is_least, (*_STATEMENTS, "+"), _DELETES),
    (replication_role_is_least, (*_STATEMENTS, 1, "Resource", 1), {"Fn::Sub": f"{SOURCE}/*"}),
    (replication_role_is_least, (*_STATEMENTS, 2, "Resource"), {"Fn::Sub": f"{REPLICA}/*"}),
    (replication_role_is_least, (*_STATEMENTS, 0, "Resource"), "*"),
    (
        replication_role_is_least,
        (*_ROLE, "AssumeRolePolicyDocument", "Statement", 0, "Principal"),
        {"AWS": "*"},
    ),
    (failed_copies_are_an_alarm, (*RESOURCES, "ReplicationAlarm", "Condition"), "HasAlarms"),
    (failed_copies_are_an_alarm, (*_ALARM, "Metrics", 0, "Expression"), "files"),
    (failed_copies_are_an_alarm, (*_ALARM, "Metrics", 1, "MetricStat", "Metric", "Dimensions", 2), REMOVED),
    (failed_copies_are_an_alarm, (*_ALARM, "Threshold"), 100),
]
