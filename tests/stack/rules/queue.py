"""What changes in the bucket reaches the indexer, and is not lost on the way."""

from itertools import combinations
from typing import Any

from indexer.events import Work, reconcile_message, work_of
from tests.stack.places import (
    DEAD,
    FIRST_PREFIX,
    NOTIFICATIONS,
    QUEUE,
    QUEUE_POLICY,
    RESOURCES,
    SCHEDULE_POLICY,
    SOURCE,
)
from tests.stack.rules.bucket import BUCKET_NAME
from tests.stack.rules.domain import HOST
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    listed,
    properties,
    resources,
    statements,
    unlike,
)

WALK_THE_REST = reconcile_message("acme")


def notification_prefix(entry: Any) -> str:
    """The prefix that one entry of the notifications is for; empty if it is for all keys."""
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return "".join(rule["Value"] for rule in rules if rule["Name"] == "prefix")


def notifications_are_exact(stack: Stack) -> list[str]:
    """Uploads, and every way in which simple/ changes, to the indexer's queue; prefixes do not overlap."""
    entries = properties(stack, "Bucket")["NotificationConfiguration"]["QueueConfigurations"]
    asked = [(entry["Event"], notification_prefix(entry)) for entry in entries]
    expected = {
        ("s3:ObjectCreated:*", "incoming/"),
        ("s3:ObjectCreated:*", "simple/"),
        ("s3:ObjectRemoved:*", "simple/"),
        ("s3:LifecycleExpiration:*", "simple/"),
    }
    overlapping = [
        f"{event} of {one!r} and of {other!r} overlap"
        for (event, one), (same, other) in combinations(asked, 2)
        if event == same and (one.startswith(other) or other.startswith(one))
    ]
    elsewhere = [
        f"{entry['Queue']}" for entry in entries if entry["Queue"] != {"Fn::GetAtt": ["IndexerQueue", "Arn"]}
    ]
    return overlapping + elsewhere + [f"{pair}" for pair in sorted(expected.symmetric_difference(asked))]


def queue_takes_from_bucket_and_schedule_alone(stack: Stack) -> list[str]:
    """S3 may send for our bucket of our account, which waits until it may; and the daily schedule may."""
    name = f"arn:${{AWS::Partition}}:s3:*:*:{BUCKET_NAME}"
    sending = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["IndexerQueue", "Arn"]},
    }
    from_s3 = {
        **sending,
        "Principal": {"Service": "s3.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            "ArnLike": {"aws:SourceArn": {"Fn::Sub": name}},
        },
    }
    from_schedule = {
        **sending,
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ReconcileDaily", "Arn"]}}},
    }
    actual = [statement for resource, statement in statements(stack) if resource == "IndexerQueuePolicy"]
    actual = [statement for statement in actual if statement["Effect"] == "Allow"]
    found = [] if len(actual) == 2 else [f"{len(actual)} statements"]
    for expected, statement in zip((from_s3, from_schedule), actual, strict=False):
        found += unlike(expected, statement)
    waits = listed(stack["deployed"]["Resources"]["Bucket"].get("DependsOn"))
    if "IndexerQueuePolicy" not in waits:
        found.append("the bucket does not wait for the queue's policy")
    return found


def queues_want_tls(stack: Stack) -> list[str]:
    """Of everybody; each has one policy, as a second would replace it."""
    found = []
    for name in resources(stack, "AWS::SQS::Queue"):
        said = [
            each["Properties"]["PolicyDocument"]["Statement"]
            for each in resources(stack, "AWS::SQS::QueuePolicy").values()
            if each["Properties"]["Queues"] == [{"Ref": name}]
        ]
        expected = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": {"Fn::GetAtt": [name, "Arn"]},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        denied = [each for statements in said for each in statements if each["Effect"] == "Deny"]
        found += [] if len(said) == len(denied) == 1 else [f"{name} has {len(said)} policies, {denied}"]
        found += [f"{name}: {fault}" for statement in denied for fault in unlike(expected, statement)]
    return found


def reconciles_daily(stack: Stack) -> list[str]:
    """Each day a message goes into the queue that the indexer takes for a walk over the bucket."""
    rule = properties(stack, "ReconcileDaily")
    (target,) = rule["Targets"]
    found = unlike({"ScheduleExpression": "rate(1 day)"}, rule)
    found += unlike({"Arn": {"Fn::GetAtt": ["IndexerQueue", "Arn"]}}, target)
    asked = work_of(target["Input"])
    return found if asked == Work(reconcile_after="") else [*found, f"it asks for {asked}"]


def messages_are_not_lost(stack: Stack) -> list[str]:
    """A message is not seen twice while it is worked on, is tried five times, and then rests for 14 days."""
    queue, dead = properties(stack, "IndexerQueue"), properties(stack, "IndexerDeadLetterQueue")
    source = properties(stack, "IndexerFunctionNotifications")
    arn = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${ServiceName}-indexer"
    timeout = properties(stack, "IndexerFunction")["Timeout"]
    needed = 6 * timeout + source["MaximumBatchingWindowInSeconds"]
    target = {"Fn::GetAtt": ["IndexerDeadLetterQueue", "Arn"]}
    found = unlike({"RedrivePolicy": {"deadLetterTargetArn": target, "maxReceiveCount": 5}}, queue)
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [{"Fn::Sub": arn}]}
    found += unlike({"MessageRetentionPeriod": 14 * 24 * 3600, "RedriveAllowPolicy": allowed}, dead)
    found += [fault for each in (queue, dead) for fault in unlike({"SqsManagedSseEnabled": True}, each)]
    if queue["VisibilityTimeout"] < needed:
        found.append(f"messages are hidden for {queue['VisibilityTimeout']} s, not {needed}")
    return found


def indexer_takes_batches(stack: Stack) -> list[str]:
    """Batches whose messages fail one by one, with a bound on how many run at once."""
    expected = {
        "EventSourceArn": {"Fn::GetAtt": ["IndexerQueue", "Arn"]},
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 5},
    }
    function = {
        "Handler": "indexer.handler.handler",
        "Runtime": "python3.13",
        "Environment": {
            "Variables": {
                "BUCKET": {"Ref": "Bucket"},
                "QUEUE_URL": {"Ref": "IndexerQueue"},
                "POWERTOOLS_SERVICE_NAME": {"Ref": "ServiceName"},
                "INDEX_URL": {"Fn::Sub": ["https://${Host}/simple/", {"Host": HOST}]},
            }
        },
    }
    source = properties(stack, "IndexerFunctionNotifications")
    return unlike(expected, source) + unlike(function, properties(stack, "IndexerFunction"))


ON_ALL_KEYS = {"Event": "s3:ObjectRemoved:*", "Queue": {"Fn::GetAtt": ["IndexerQueue", "Arn"]}}

#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (notifications_are_exact, (*NOTIFICATIONS, "+"), ON_ALL_KEYS),
    (
        notifications_are_exact,
        FIRST_PREFIX,
        "simple/incoming/",
    ),
    (notifications_are_exact, (*NOTIFICATIONS, 3), REMOVED),
    (
        notifications_are_exact,
        (*NOTIFICATIONS, 0, "Queue"),
        "arn:aws:sqs:us-east-1:123456789012:other",
    ),
    (queue_takes_from_bucket_and_schedule_alone, (*QUEUE_POLICY, "Condition", "StringEquals"), REMOVED),
    (
        queue_takes_from_bucket_and_schedule_alone,
        (*QUEUE_POLICY, "Condition", "ArnLike", "aws:SourceArn"),
        "*",
    ),
    (queue_takes_from_bucket_and_schedule_alone, (*RESOURCES, "Bucket", "DependsOn"), REMOVED),
    (queue_takes_from_bucket_and_schedule_alone, (*SCHEDULE_POLICY, "Condition"), REMOVED),
    (queues_want_tls, (*QUEUE_POLICY[:-1], 2), REMOVED),
    (queues_want_tls, (*QUEUE_POLICY[:-1], 2, "Condition", "Bool", "aws:SecureTransport"), "true"),
    (queues_want_tls, (*RESOURCES, "IndexerDeadLetterQueuePolicy"), REMOVED),
    (queues_want_tls, (*RESOURCES, "IndexerDeadLetterQueuePolicy", "Properties", "Queues", "+"), "other"),
    (reconciles_daily, (*RESOURCES, "ReconcileDaily", "Properties", "ScheduleExpression"), "rate(30 days)"),
    (reconciles_daily, (*RESOURCES, "ReconcileDaily", "Properties", "Targets", 0, "Input"), WALK_THE_REST),
    (messages_are_not_lost, (*QUEUE, "VisibilityTimeout"), 720),
    (messages_are_not_lost, (*RESOURCES, "IndexerFunction", "Properties", "Timeout"), 121),
    (messages_are_not_lost, (*QUEUE, "RedrivePolicy"), REMOVED),
    (messages_are_not_lost, (*QUEUE, "SqsManagedSseEnabled"), False),
    (messages_are_not_lost, (*DEAD, "MessageRetentionPeriod"), 345600),
    (messages_are_not_lost, (*DEAD, "RedriveAllowPolicy"), REMOVED),
    (indexer_takes_batches, (*SOURCE, "FunctionResponseTypes"), REMOVED),
    (indexer_takes_batches, (*SOURCE, "ScalingConfig"), REMOVED),
    (indexer_takes_batches, (*RESOURCES, "IndexerFunction", "Properties", "Environment"), REMOVED),
]
