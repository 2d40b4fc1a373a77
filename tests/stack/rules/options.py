"""What can be had besides: a firewall, a health check, a dashboard, access logs, backups."""

import json
import re

from tests.stack.conditions import with_parameters
from tests.stack.places import RESOURCES
from tests.stack.rules.domain import HOST
from tests.stack.synthesized import REMOVED, Mutation, Stack, distribution, properties, statements, unlike

#: What each option brings, by the parameter that switches it on.
OPTIONS = {
    "RequestsPerFiveMinutes": ("10000", {"Firewall"}),
    "HealthCheck": ("yes", {"HealthCheckOfIndex"}),
    "Dashboard": ("yes", {"FiguresDashboard"}),
    "AccessLogDays": (
        "90",
        {
            *("AccessLogBucket", "AccessLogBucketPolicy"),
            *("AccessLogSource", "AccessLogDestination", "AccessLogDelivery"),
        },
    ),
    "ReplicaBucket": ("elsewhere", {"ReplicationRole"}),
    "BackupDays": ("35", {"BackupVault", "BackupPlan", "BackupSelection", "BackupRole"}),
}


def options_bring_what_they_need(stack: Stack) -> list[str]:
    """Each all of its resources, and no other's."""
    small = with_parameters(stack)["deployed"]["Resources"].keys()
    found = []
    for parameter, (value, expected) in OPTIONS.items():
        brought = with_parameters(stack, **{parameter: value})["deployed"]["Resources"].keys() - small
        found += [f"{parameter} and {name}: only one is there" for name in brought ^ expected]
    return found


def firewall_bounds_each_address(stack: Stack) -> list[str]:
    """By 503, after which clients try again; and it keeps no samples, which hold credentials."""
    firewall = properties(stack, "Firewall")
    (rule,) = firewall["Rules"]
    rate = {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": {"Ref": "RequestsPerFiveMinutes"}}
    blocked = {"Block": {"CustomResponse": {"ResponseCode": 503}}}
    found = unlike({"Scope": "CLOUDFRONT", "DefaultAction": {"Allow": {}}}, firewall)
    found += unlike({"Action": blocked, "Statement": {"RateBasedStatement": rate}}, rule)
    for seen in (firewall["VisibilityConfig"], rule["VisibilityConfig"]):
        found += unlike({"SampledRequestsEnabled": False}, seen)
    for requests, attached in (("0", None), ("10000", {"Fn::GetAtt": ["Firewall", "Arn"]})):
        chosen = with_parameters(stack, RequestsPerFiveMinutes=requests)
        found += unlike({"WebACLId": attached}, distribution(chosen))
    return found


def health_is_asked_where_viewers_ask(stack: Stack) -> list[str]:
    """By HTTPS, at the name that viewers use, from three Regions; no answer at all is an alarm."""
    expected = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": HOST,
        "ResourcePath": "/health",
        "EnableSNI": True,
        "Regions": ["us-east-1", "eu-west-1", "ap-southeast-1"],
    }
    alarm = {
        "Namespace": "AWS/Route53",
        "MetricName": "HealthCheckStatus",
        "Dimensions": [{"Name": "HealthCheckId", "Value": {"Ref": "HealthCheckOfIndex"}}],
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 1,
        "TreatMissingData": "breaching",
    }
    found = unlike(expected, properties(stack, "HealthCheckOfIndex")["HealthCheckConfig"])
    return found + unlike(alarm, properties(stack, "HealthAlarm"))


def dashboard_can_be_read(stack: Stack) -> list[str]:
    """It is JSON, its widgets fit; it names what is always there, and counts of this index alone."""
    body = properties(stack, "FiguresDashboard")["DashboardBody"]["Fn::Sub"]
    try:
        widgets = json.loads(body)["widgets"]
    except ValueError as error:
        return [f"not JSON: {error}"]
    places = {(widget["x"], widget["y"]) for widget in widgets}
    small = with_parameters(stack)["deployed"]["Resources"].keys()
    known = small | stack["deployed"]["Parameters"].keys() | {"AWS::Region"}
    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", body)}
    found = [f"{name} may not be there" for name in named - known]
    found += [
        f"{metric} is of all indexes"
        for widget in widgets
        for metric in widget["properties"]["metrics"]
        if metric[0] == "serverless-pypi" and metric[2:] != ["service", "${ServiceName}"]
    ]
    found += [] if len(places) == len(widgets) else ["widgets cover each other"]
    return found + [f"{widget['x']} is outside" for widget in widgets if widget["x"] + widget["width"] > 24]


def access_logs_are_kept_for_a_time(stack: Stack) -> list[str]:
    """In a private bucket, which only the delivery of our own logs writes to."""
    bucket = properties(stack, "AccessLogBucket")
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    private = {
        "PublicAccessBlockConfiguration": dict.fromkeys(blocks, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": properties(stack, "Bucket")["BucketEncryption"],
    }
    ours = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${CloudFrontDistribution}"
    source = {"LogType": "ACCESS_LOGS", "ResourceArn": {"Fn::Sub": ours}}
    kept = {"ExpirationInDays": {"Ref": "AccessLogDays"}, "Status": "Enabled"}
    found = (
        unlike(private, bucket) + unlike(kept, rule) + unlike(source, properties(stack, "AccessLogSource"))
    )
    # The usual fields, of which none holds a credential.
    found += unlike({"RecordFields": None}, properties(stack, "AccessLogDelivery"))
    return found + _who_writes_access_logs(stack)


def _who_writes_access_logs(stack: Stack) -> list[str]:
    arn = {"Fn::GetAtt": ["AccessLogBucket", "Arn"]}
    delivery = "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:delivery-source:${ServiceName}"
    account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "s3:x-amz-acl": "bucket-owner-full-control"}
    expected = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, {"Fn::Sub": "${AccessLogBucket.Arn}/*"}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": {"Fn::Sub": "${AccessLogBucket.Arn}/AWSLogs/${AWS::AccountId}/CloudFront/*"},
            "Condition": {
                "StringEquals": account,
                "ArnLike": {"aws:SourceArn": {"Fn::Sub": delivery}},
            },
        },
    ]
    mine = [each for name, each in statements(stack) if name == "AccessLogBucketPolicy"]
    actual = [{k: v for k, v in each.items() if k != "Sid"} for each in mine]
    return [] if actual == expected else [f"the logs' bucket has {actual}"]


def backups_are_daily_and_stay(stack: Stack) -> list[str]:
    """Of the one bucket, for the parameter's days, in a vault that outlives the stack."""
    (rule,) = properties(stack, "BackupPlan")["BackupPlan"]["BackupPlanRule"]
    selection = properties(stack, "BackupSelection")["BackupSelection"]
    expected = {
        "TargetBackupVault": {"Ref": "BackupVault"},
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "Lifecycle": {"DeleteAfterDays": {"Ref": "BackupDays"}},
    }
    found = unlike(expected, rule)
    found += unlike({"Resources": [{"Fn::GetAtt": ["Bucket", "Arn"]}]}, selection)
    found += unlike({"IamRoleArn": {"Fn::GetAtt": ["BackupRole", "Arn"]}}, selection)
    for days, told in (("0", None), ("35", {"EventBridgeEnabled": True})):
        notifications = properties(with_parameters(stack, BackupDays=days), "Bucket")[
            "NotificationConfiguration"
        ]
        found += unlike({"EventBridgeConfiguration": told}, notifications)
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    for name in ("BackupVault", "BackupRole", "AccessLogBucket"):
        found += [f"{name}: {fault}" for fault in unlike(kept, stack["deployed"]["Resources"][name])]
    return found


def backups_can_be_asked_for_again(stack: Stack) -> list[str]:
    """The vault stays when they are given up, so the next one has another name: its role's, which is new."""
    own = {"Fn::Select": [1, {"Fn::Split": ["AROA", {"Fn::GetAtt": ["BackupRole", "RoleId"]}]}]}
    name = {"Fn::Sub": ["${ServiceName}-${Part}", {"Part": own}]}
    found = unlike({"BackupVaultName": name}, properties(stack, "BackupVault"))
    longest = stack["deployed"]["Parameters"]["ServiceName"]["MaxLength"] + len("-" + _ROLE_ID)
    found += [] if longest <= _VAULT_NAME else [f"a name of {longest} characters"]
    named = "RoleName" in properties(stack, "BackupRole")
    return [*found, "its role has one name for ever"] if named else found


#: An identifier less its AROA, and the characters that a vault's name may have.
_ROLE_ID, _VAULT_NAME = "DBQP57FF2AEXAMPLE", 50
_FIREWALL = (*RESOURCES, "Firewall", "Properties")
_HEALTH = (*RESOURCES, "HealthCheckOfIndex", "Properties", "HealthCheckConfig")
_DASHBOARD = (*RESOURCES, "FiguresDashboard", "Properties", "DashboardBody")
_LOGS = (*RESOURCES, "AccessLogBucket", "Properties")
_LOGS_POLICY = (*RESOURCES, "AccessLogBucketPolicy", "Properties", "PolicyDocument", "Statement")
_PLAN = (*RESOURCES, "BackupPlan", "Properties", "BackupPlan", "BackupPlanRule", 0)
_CONFIG = (*RESOURCES, "CloudFrontDistribution", "Properties", "DistributionConfig")
_SHARED = ["serverless-pypi", "Filed", "service", "indexer"]


def _widgets(*places: int, metrics: list[list[str]] | None = None) -> str:
    shown = {"metrics": metrics or []}
    return json.dumps({"widgets": [{"x": x, "y": 0, "width": 8, "properties": shown} for x in places]})


#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    *(
        (options_bring_what_they_need, (*RESOURCES, name, "Condition"), REMOVED)
        for _, names in OPTIONS.values()
        for name in sorted(names)
    ),
    (options_bring_what_they_need, (*RESOURCES, "BackupRole"), REMOVED),
    (firewall_bounds_each_address, (*_FIREWALL, "DefaultAction"), {"Block": {}}),
    (firewall_bounds_each_address, (*_FIREWALL, "Scope"), "REGIONAL"),
    (firewall_bounds_each_address, (*_FIREWALL, "Rules", 0, "Action"), {"Count": {}}),
    (firewall_bounds_each_address, (*_FIREWALL, "Rules", 0, "Action"), {"Block": {}}),
    (
        firewall_bounds_each_address,
        (*_FIREWALL, "Rules", 0, "Statement", "RateBasedStatement", "EvaluationWindowSec"),
        60,
    ),
    (firewall_bounds_each_address, (*_FIREWALL, "VisibilityConfig", "SampledRequestsEnabled"), True),
    (firewall_bounds_each_address, (*_CONFIG, "WebACLId"), REMOVED),
    (health_is_asked_where_viewers_ask, (*_HEALTH, "Type"), "HTTP"),
    (health_is_asked_where_viewers_ask, (*_HEALTH, "ResourcePath"), "/simple/"),
    (health_is_asked_where_viewers_ask, (*_HEALTH, "Regions"), REMOVED),
    (health_is_asked_where_viewers_ask, (*_HEALTH, "FullyQualifiedDomainName"), {"Ref": "DomainName"}),
    (
        health_is_asked_where_viewers_ask,
        (*RESOURCES, "HealthAlarm", "Properties", "TreatMissingData"),
        "notBreaching",
    ),
    (dashboard_can_be_read, (*_DASHBOARD, "Fn::Sub"), '{"widgets": ['),
    (dashboard_can_be_read, (*_DASHBOARD, "Fn::Sub"), _widgets(20)),
    (dashboard_can_be_read, (*_DASHBOARD, "Fn::Sub"), _widgets(0, 0)),
    (dashboard_can_be_read, (*_DASHBOARD, "Fn::Sub"), _widgets(0, metrics=[_SHARED])),
    (dashboard_can_be_read, (*_DASHBOARD, "Fn::Sub"), '{"widgets": [], "of": "${Firewall.Id}"}'),
    (access_logs_are_kept_for_a_time, (*_LOGS, "PublicAccessBlockConfiguration"), REMOVED),
    (access_logs_are_kept_for_a_time, (*_LOGS, "OwnershipControls"), REMOVED),
    (
        access_logs_are_kept_for_a_time,
        (*_LOGS, "LifecycleConfiguration", "Rules", 0, "ExpirationInDays"),
        REMOVED,
    ),
    (
        access_logs_are_kept_for_a_time,
        (*RESOURCES, "AccessLogSource", "Properties", "LogType"),
        "CONNECTION_LOGS",
    ),
    (
        access_logs_are_kept_for_a_time,
        (*RESOURCES, "AccessLogDelivery", "Properties", "RecordFields"),
        ["cs-uri-stem", "cs-headers"],
    ),
    (access_logs_are_kept_for_a_time, (*_LOGS_POLICY, 0), REMOVED),
    (access_logs_are_kept_for_a_time, (*_LOGS_POLICY, 1, "Condition", "ArnLike"), REMOVED),
    (access_logs_are_kept_for_a_time, (*_LOGS_POLICY, 1, "Principal"), "*"),
    (backups_are_daily_and_stay, (*_PLAN, "Lifecycle"), REMOVED),
    (backups_are_daily_and_stay, (*_PLAN, "ScheduleExpression"), "rate(30 days)"),
    (
        backups_are_daily_and_stay,
        (*RESOURCES, "BackupSelection", "Properties", "BackupSelection", "Resources"),
        ["*"],
    ),
    (
        backups_are_daily_and_stay,
        (*RESOURCES, "Bucket", "Properties", "NotificationConfiguration", "EventBridgeConfiguration"),
        REMOVED,
    ),
    (backups_are_daily_and_stay, (*RESOURCES, "BackupVault", "DeletionPolicy"), "Delete"),
    (backups_are_daily_and_stay, (*RESOURCES, "AccessLogBucket", "DeletionPolicy"), REMOVED),
    (
        backups_can_be_asked_for_again,
        (*RESOURCES, "BackupVault", "Properties", "BackupVaultName"),
        {"Ref": "ServiceName"},
    ),
    (backups_can_be_asked_for_again, (*RESOURCES, "BackupRole", "Properties", "RoleName"), "backup"),
    (backups_can_be_asked_for_again, ("deployed", "Parameters", "ServiceName", "MaxLength"), 40),
]
