"""The template as it will be deployed: rules that neither CloudFormation nor cfn-lint knows.

Each rule is a function from the template to what is wrong with it, and is shown to see what it forbids.
"""

import copy
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from indexer.events import Work, reconcile_message, work_of
from local.origin import SERVED_PREFIXES
from tests.authenticator.store_server import serve_store
from tests.authenticator.viewers import Viewer, viewer_request, write_htpasswd

Stack = dict[str, Any]
Rule = Callable[[Stack], list[str]]

ANY_KEY = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
BUCKET_NAME = "${ServiceName}-${AWS::AccountId}-us-east-1"
#: What CloudFront may read of the bucket.
SERVED = ["simple/*", "project/*", "assets/*", "index.html"]
#: What Lambda@Edge does not support, as CloudFormation spells it.
NOT_AT_THE_EDGE = [
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "ReservedConcurrentExecutions",
    "RuntimeManagementConfig",
    "SnapStart",
    "TracingConfig",
    "VpcConfig",
]


# ---- Ways into a template ----------------------------------------------------------------------------------


def resources(stack: Stack, type_name: str) -> dict[str, Any]:
    """The deployed resources of one type, by logical name."""
    return {k: v for k, v in stack["deployed"]["Resources"].items() if v["Type"] == type_name}


def properties(stack: Stack, name: str) -> Any:
    """The properties of one deployed resource."""
    return stack["deployed"]["Resources"][name]["Properties"]


def distribution(stack: Stack) -> Any:
    """The configuration of the distribution."""
    return properties(stack, "CloudFrontDistribution")["DistributionConfig"]


def behaviours(stack: Stack) -> list[Any]:
    """Every cache behaviour, the default first."""
    config = distribution(stack)
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]


def bucket_arns(*paths: str) -> list[Any]:
    """What the template writes for objects of the bucket."""
    return [{"Fn::Sub": f"${{Bucket.Arn}}/{path}"} for path in paths]


def statements(stack: Stack) -> Iterator[tuple[str, Any]]:
    """Every policy statement, with the name of its resource."""
    for name, resource in stack["deployed"]["Resources"].items():
        found = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in found.get("Policies", [])]
        documents += [found[key] for key in ("PolicyDocument", "AssumeRolePolicyDocument") if key in found]
        yield from ((name, statement) for document in documents for statement in document["Statement"])


def listed(value: Any) -> list[Any]:
    """*value*, which a policy may write with or without brackets, with them."""
    return value if isinstance(value, list) else [value]


def granted(stack: Stack, role: str) -> dict[str, list[Any]]:
    """The resources that a role's statements allow, by action."""
    found: dict[str, list[Any]] = {}
    for name, statement in statements(stack):
        if name == role and statement["Effect"] == "Allow" and "Resource" in statement:
            for action in listed(statement["Action"]):
                found.setdefault(action, []).extend(listed(statement["Resource"]))
    return found


def unlike(expected: Mapping[Any, Any], actual: Any) -> list[str]:
    """A sentence for each of *expected* that *actual* has otherwise."""
    return [
        f"{name} is {actual.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if actual.get(name) != value
    ]


# ---- Rules: building ---------------------------------------------------------------------------------------


def built_by_makefile(stack: Stack) -> list[str]:
    """SAM's default builder would want the runtime's own interpreter."""
    return [
        f"{name} has no BuildMethod: makefile"
        for name, resource in stack["written"]["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
        and resource.get("Metadata", {}).get("BuildMethod") != "makefile"
    ]


def no_globals(stack: Stack) -> list[str]:
    """They would reach the edge function silently."""
    return ["there are Globals"] if "Globals" in stack["written"] else []


# ---- Rules: the edge ---------------------------------------------------------------------------------------


def edge_function_fits(stack: Stack) -> list[str]:
    """It is as small as any version of Lambda@Edge's rules asks, and has nothing that the edge lacks."""
    function = properties(stack, "AuthenticatorFunction")
    expected = {
        "Architectures": ["x86_64"],
        "FunctionName": {"Fn::Sub": "${ServiceName}-authenticator"},
        "Handler": "authenticator.handler.handler",
        "MemorySize": 128,
        "Runtime": "python3.13",
        "Timeout": 5,
    }
    return unlike(expected, function) + [f"{name} is set" for name in NOT_AT_THE_EDGE if name in function]


def edge_function_publishes(stack: Stack) -> list[str]:
    """Every change makes a version."""
    function = stack["written"]["Resources"]["AuthenticatorFunction"]["Properties"]
    return unlike({"AutoPublishAlias": "live", "AutoPublishAliasAllProperties": True}, function)


def edge_role_is_least(stack: Stack) -> list[str]:
    """It is Lambda's and the edge's to take; it reads auth/ and projects' pages, and logs in any Region."""
    logs = "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:"
    groups = [
        {"Fn::Sub": f"{logs}/${{ServiceName}}/authenticator:*"},
        {"Fn::Sub": f"{logs}/aws/lambda/us-east-1.${{ServiceName}}-authenticator:*"},
    ]
    read = ["auth/*", "simple/*/index.html", "simple/*/index.json"]
    mine = [statement for name, statement in statements(stack) if name == "AuthenticatorRole"]
    trusted = [statement["Principal"] for statement in mine if "Principal" in statement]
    listing = [statement.get("Condition") for statement in mine if statement["Action"] == "s3:ListBucket"]
    expected = {
        "trusted": [{"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}],
        "listing": [{"StringLike": {"s3:prefix": read}}],
        "granted": {
            "s3:GetObject": bucket_arns(*read),
            "s3:ListBucket": [{"Fn::GetAtt": ["Bucket", "Arn"]}],
            "logs:CreateLogGroup": groups,
            "logs:CreateLogStream": groups,
            "logs:PutLogEvents": groups,
        },
    }
    actual = {"trusted": trusted, "listing": listing, "granted": granted(stack, "AuthenticatorRole")}
    return unlike(expected, actual)


# ---- Rules: CloudFront -------------------------------------------------------------------------------------


def every_behaviour_is_guarded(stack: Stack) -> list[str]:
    """Each has the authenticator on viewer-request, as a numbered version of it, and no other function."""
    versions = [
        {"Ref": name}
        for name, version in resources(stack, "AWS::Lambda::Version").items()
        if version["Properties"]["FunctionName"] == {"Ref": "AuthenticatorFunction"}
    ]
    found = []
    for behaviour in behaviours(stack):
        functions = behaviour.get("LambdaFunctionAssociations", [])
        events = [function["EventType"] for function in functions]
        if events != ["viewer-request"] or behaviour.get("FunctionAssociations"):
            found.append(f"functions run at {events}")
        found += [
            f"{function['LambdaFunctionARN']} is no version of the authenticator"
            for function in functions
            if function["LambdaFunctionARN"] not in versions
        ]
    return found


def behaviours_are_strict(stack: Stack) -> list[str]:
    """HTTPS only, GET and HEAD only, our policies, and nothing else sent to the origin."""
    expected = {
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": ["GET", "HEAD"],
        "CachePolicyId": {"Ref": "CachePolicy"},
        "ResponseHeadersPolicyId": {"Ref": "ResponseHeadersPolicy"},
        "OriginRequestPolicyId": None,
        "ForwardedValues": None,
        "Compress": True,
    }
    return [fault for behaviour in behaviours(stack) for fault in unlike(expected, behaviour)]


def cache_key_is_the_path(stack: Stack) -> list[str]:
    """No header, cookie or query string; no lifetime but the object's own."""
    config = properties(stack, "CachePolicy")["CachePolicyConfig"]
    key = {
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": True,
    }
    lifetimes = {"MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 31536000}
    return unlike(lifetimes, config) + unlike(key, config["ParametersInCacheKeyAndForwardedToOrigin"])


def origin_is_signed_for(stack: Stack) -> list[str]:
    """CloudFront signs every request to its only origin, the bucket."""
    control = properties(stack, "OriginAccessControl")["OriginAccessControlConfig"]
    signing = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
    origin = {
        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Fn::GetAtt": ["OriginAccessControl", "Id"]},
        "CustomOriginConfig": None,
    }
    origins = distribution(stack)["Origins"]
    return unlike(signing, control) + [fault for each in origins for fault in unlike(origin, each)]


def errors_are_not_cached(stack: Stack) -> list[str]:
    """A project just published is not missing because somebody asked for it a moment ago."""
    kept = {e["ErrorCode"]: e["ErrorCachingMinTTL"] for e in distribution(stack)["CustomErrorResponses"]}
    return unlike(dict.fromkeys((403, 404, 500, 502, 503, 504), 0), kept)


def responses_are_hardened(stack: Stack) -> list[str]:
    """HSTS, no sniffing, Vary for caches on the way, and no word about the bucket."""
    config = properties(stack, "ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    added = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    removed = {item["Header"] for item in config["RemoveHeadersConfig"]["Items"]}
    hidden = {"x-amz-server-side-encryption", "x-amz-version-id"}
    hidden |= {"x-amz-meta-upload-time", "x-amz-meta-upload-etag"}
    found = unlike({"Vary": "Accept, Accept-Encoding"}, added)
    found += unlike({"AccessControlMaxAgeSec": 31536000}, security.get("StrictTransportSecurity", {}))
    found += unlike({"ContentTypeOptions": {"Override": True}}, security)
    return found + [f"{header} is shown" for header in sorted(hidden - removed)]


# ---- Rules: the bucket -------------------------------------------------------------------------------------


def bucket_is_private(stack: Stack) -> list[str]:
    """All four public access blocks, no ACLs, encrypted, named by the convention."""
    bucket = properties(stack, "Bucket")
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    expected = {
        "BucketName": {"Fn::Sub": BUCKET_NAME},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(blocks, True),
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        },
    }
    return unlike(expected, bucket)


def files_can_be_restored(stack: Stack) -> list[str]:
    """Versions are kept, files' for the parameter's days; only pages and filed uploads go sooner."""
    bucket = properties(stack, "Bucket")
    rules = {rule.get("Prefix", ""): rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    days = {prefix: rule["NoncurrentVersionExpiration"] for prefix, rule in rules.items()}
    expected = {
        "": {"NoncurrentDays": {"Ref": "NoncurrentFileDays"}},
        "simple/": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 10},
        "simple/index.": {"NoncurrentDays": 1},
        "project/": {"NoncurrentDays": 1},
        "incoming/": {"NoncurrentDays": 1},
    }
    rest = {"ExpiredObjectDeleteMarker": True, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}}
    found = unlike({"VersioningConfiguration": {"Status": "Enabled"}}, bucket)
    found += unlike(rest, rules.get("", {})) + unlike(expected, days)
    # What is published goes only when somebody deletes it.
    found += [f"{prefix!r} expires" for prefix, rule in rules.items() if "ExpirationInDays" in rule]
    return found + [f"{prefix!r} has a rule" for prefix in sorted(days.keys() - expected.keys())]


def lasting_things_are_retained(stack: Stack) -> list[str]:
    """The bucket, and the function that CloudFront still holds replicas of, outlive the stack."""
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    names = ["Bucket", "AuthenticatorFunction", "AuthenticatorRole"]
    names += resources(stack, "AWS::Lambda::Version")
    found = stack["deployed"]["Resources"]
    return [f"{name}: {fault}" for name in names for fault in unlike(kept, found[name])]


def bucket_policy_is_exact(stack: Stack) -> list[str]:
    """TLS for all; for our distribution what is served, and 404s; for any other path of CloudFront's, no."""
    arn = {"Fn::GetAtt": ["Bucket", "Arn"]}
    cloudfront = {"Service": "cloudfront.amazonaws.com"}
    distributions = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution"
    ours = {"StringEquals": {"AWS:SourceArn": {"Fn::Sub": f"{distributions}/${{CloudFrontDistribution}}"}}}
    expected = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, *bucket_arns("*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Allow",
            "Principal": cloudfront,
            "Action": "s3:GetObject",
            "Resource": bucket_arns(*SERVED),
            "Condition": ours,
        },
        {
            "Effect": "Allow",
            "Principal": cloudfront,
            "Action": "s3:ListBucket",
            "Resource": arn,
            "Condition": ours,
        },
        {
            "Effect": "Deny",
            "Principal": cloudfront,
            "Action": "s3:*",
            "NotResource": [arn, *bucket_arns(*SERVED)],
        },
    ]
    policies = resources(stack, "AWS::S3::BucketPolicy")
    actual = [{k: v for k, v in s.items() if k != "Sid"} for name, s in statements(stack) if name in policies]
    found = [f"missing: {statement}" for statement in expected if statement not in actual]
    return found + [f"unexpected: {statement}" for statement in actual if statement not in expected]


# ---- Rules: notifications and the queue --------------------------------------------------------------------


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
    found = [] if len(actual) == 2 else [f"{len(actual)} statements"]
    for expected, statement in zip((from_s3, from_schedule), actual, strict=False):
        found += unlike(expected, statement)
    waits = listed(stack["deployed"]["Resources"]["Bucket"].get("DependsOn"))
    if "IndexerQueuePolicy" not in waits:
        found.append("the bucket does not wait for the queue's policy")
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
                "INDEX_URL": {"Fn::Sub": "https://${CloudFrontDistribution.DomainName}/simple/"},
            }
        },
    }
    source = properties(stack, "IndexerFunctionNotifications")
    return unlike(expected, source) + unlike(function, properties(stack, "IndexerFunction"))


# ---- Rules: permissions ------------------------------------------------------------------------------------


def no_wildcard_actions(stack: Stack) -> list[str]:
    """What is allowed is allowed by name, and never by exception."""
    allowing = [(name, statement) for name, statement in statements(stack) if statement["Effect"] == "Allow"]
    found = [
        f"{name} allows {action}"
        for name, statement in allowing
        for action in listed(statement.get("Action", "NotAction"))
        if "*" in action or ":" not in action
    ]
    exceptions = {"NotResource", "NotPrincipal"}
    found += [f"{name} allows all but some" for name, each in allowing if exceptions & each.keys()]
    return found + [
        f"{name} has a managed policy"
        for name, resource in resources(stack, "AWS::IAM::Role").items()
        if "ManagedPolicyArns" in resource["Properties"]
    ]


def indexer_role_is_least(stack: Stack) -> list[str]:
    """It reads, writes and deletes where an indexer must, and cannot reach auth/."""
    derived = ["simple/*", "project/*", "assets/*", "index.html"]
    queue = [{"Fn::GetAtt": ["IndexerQueue", "Arn"]}]
    logs = [{"Fn::GetAtt": ["IndexerLogGroup", "Arn"]}]
    expected = {
        "s3:ListBucket": [{"Fn::GetAtt": ["Bucket", "Arn"]}],
        "s3:GetObject": bucket_arns("incoming/*", "rejected/*", *derived),
        "s3:PutObject": bucket_arns("rejected/*", *derived),
        "s3:DeleteObject": bucket_arns("incoming/*", "simple/*"),
        "s3:AbortMultipartUpload": bucket_arns("rejected/*", "simple/*"),
        "sqs:SendMessage": queue,
        "sqs:ReceiveMessage": queue,
        "sqs:DeleteMessage": queue,
        "sqs:GetQueueAttributes": queue,
        "logs:CreateLogStream": logs,
        "logs:PutLogEvents": logs,
    }
    actual = granted(stack, "IndexerRole")
    return unlike(expected, actual) + [f"{action} is allowed" for action in actual.keys() - expected.keys()]


def logs_expire(stack: Stack) -> list[str]:
    """Every function logs to a group of the stack, which has a retention."""
    groups = resources(stack, "AWS::Logs::LogGroup")
    found = [
        f"{name} logs to {function['Properties'].get('LoggingConfig', {}).get('LogGroup')}"
        for name, function in resources(stack, "AWS::Lambda::Function").items()
        if function["Properties"].get("LoggingConfig", {}).get("LogGroup", {}).get("Ref") not in groups
    ]
    kept = {"RetentionInDays": {"Ref": "LogRetentionDays"}}
    return found + [fault for group in groups.values() for fault in unlike(kept, group["Properties"])]


# ---- Each rule holds, and sees -----------------------------------------------------------------------------

REMOVED = object()
WALK_THE_REST = reconcile_message("acme")

_RESOURCES = ("deployed", "Resources")
_EDGE = (*_RESOURCES, "AuthenticatorFunction", "Properties")
_EDGE_ROLE = (*_RESOURCES, "AuthenticatorRole", "Properties")
_EDGE_STATEMENTS = (*_EDGE_ROLE, "Policies", 0, "PolicyDocument", "Statement")
_EDGE_LISTED = (*_EDGE_STATEMENTS, 2, "Condition", "StringLike", "s3:prefix")
_INDEXER_STATEMENTS = (
    *(*_RESOURCES, "IndexerRole", "Properties"),
    *("Policies", 0, "PolicyDocument", "Statement"),
)
_BUCKET = (*_RESOURCES, "Bucket", "Properties")
_NOTIFICATIONS = (*_BUCKET, "NotificationConfiguration", "QueueConfigurations")
_FIRST_PREFIX = (*_NOTIFICATIONS, 0, "Filter", "S3Key", "Rules", 0, "Value")
_LIFECYCLE = (*_BUCKET, "LifecycleConfiguration", "Rules")
_POLICY = (*_RESOURCES, "BucketPolicy", "Properties", "PolicyDocument", "Statement")
_QUEUE_POLICY = (*_RESOURCES, "IndexerQueuePolicy", "Properties", "PolicyDocument", "Statement", 0)
_SCHEDULE_POLICY = (*_QUEUE_POLICY[:-1], 1)
_DISTRIBUTION = (*_RESOURCES, "CloudFrontDistribution", "Properties", "DistributionConfig")
_BEHAVIOUR = (*_DISTRIBUTION, "DefaultCacheBehavior")
_ASSOCIATION = (*_BEHAVIOUR, "LambdaFunctionAssociations", 0)
_CACHE = (*_RESOURCES, "CachePolicy", "Properties", "CachePolicyConfig")
_CACHE_KEY = (*_CACHE, "ParametersInCacheKeyAndForwardedToOrigin")
_OAC = (*_RESOURCES, "OriginAccessControl", "Properties", "OriginAccessControlConfig")
_HEADERS = (*_RESOURCES, "ResponseHeadersPolicy", "Properties", "ResponseHeadersPolicyConfig")
_QUEUE = (*_RESOURCES, "IndexerQueue", "Properties")
_DEAD = (*_RESOURCES, "IndexerDeadLetterQueue", "Properties")
_SOURCE = (*_RESOURCES, "IndexerFunctionNotifications", "Properties")
_UNGUARDED = {"TargetOriginId": "bucket", "PathPattern": "/assets/*", "ViewerProtocolPolicy": "https-only"}
_ON_ALL_KEYS = {"Event": "s3:ObjectRemoved:*", "Queue": {"Fn::GetAtt": ["IndexerQueue", "Arn"]}}
_READS_ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
_ANY_DISTRIBUTION = {"Principal": {"Service": "cloudfront.amazonaws.com"}, **_READS_ALL}

#: A rule, and a change that breaks it: where, and what to put there. "+" appends to a list.
MUTATIONS: list[tuple[Rule, tuple[str | int, ...], Any]] = [
    (built_by_makefile, ("written", "Resources", "AuthenticatorFunction", "Metadata"), REMOVED),
    (
        built_by_makefile,
        ("written", "Resources", "SimpleIndexLayer", "Metadata", "BuildMethod"),
        "python",
    ),
    (no_globals, ("written", "Globals"), {"Function": {"Tracing": "Active"}}),
    (edge_function_fits, (*_EDGE, "Environment"), {"Variables": {"BUCKET": "bucket"}}),
    (edge_function_fits, (*_EDGE, "Layers"), ["layer"]),
    (edge_function_fits, (*_EDGE, "VpcConfig"), {"SubnetIds": ["subnet"]}),
    (edge_function_fits, (*_EDGE, "TracingConfig"), {"Mode": "Active"}),
    (edge_function_fits, (*_EDGE, "DeadLetterConfig"), {"TargetArn": "queue"}),
    (edge_function_fits, (*_EDGE, "Architectures"), ["arm64"]),
    (edge_function_fits, (*_EDGE, "MemorySize"), 256),
    (edge_function_fits, (*_EDGE, "Timeout"), 30),
    (edge_function_fits, (*_EDGE, "FunctionName"), REMOVED),
    (
        edge_function_publishes,
        ("written", "Resources", "AuthenticatorFunction", "Properties", "AutoPublishAliasAllProperties"),
        REMOVED,
    ),
    (
        edge_role_is_least,
        (*_EDGE_ROLE, "AssumeRolePolicyDocument", "Statement", 0, "Principal", "Service"),
        ["lambda.amazonaws.com"],
    ),
    (edge_role_is_least, (*_EDGE_STATEMENTS, "+"), _READS_ALL),
    (edge_role_is_least, (*_EDGE_STATEMENTS, 1), REMOVED),
    (edge_role_is_least, (*_EDGE_STATEMENTS, 1, "Action"), ["s3:GetObject", "s3:GetObjectVersion"]),
    (edge_role_is_least, (*_EDGE_STATEMENTS, 1, "Resource"), {"Fn::Sub": "${Bucket.Arn}/simple/*"}),
    (edge_role_is_least, (*_EDGE_STATEMENTS, 1, "Resource", 1), REMOVED),
    (edge_role_is_least, (*_EDGE_STATEMENTS, 2, "Condition"), REMOVED),
    (edge_role_is_least, (*_EDGE_LISTED, 0), "*"),
    (edge_role_is_least, (*_EDGE_LISTED, 1), REMOVED),
    (edge_role_is_least, (*_EDGE_LISTED, "+"), "incoming/*"),
    (every_behaviour_is_guarded, (*_BEHAVIOUR, "LambdaFunctionAssociations"), REMOVED),
    (every_behaviour_is_guarded, (*_DISTRIBUTION, "CacheBehaviors"), [_UNGUARDED]),
    (every_behaviour_is_guarded, (*_ASSOCIATION, "EventType"), "origin-request"),
    (
        every_behaviour_is_guarded,
        (*_ASSOCIATION, "LambdaFunctionARN"),
        {"Fn::GetAtt": ["AuthenticatorFunction", "Arn"]},
    ),
    (
        every_behaviour_is_guarded,
        (*_ASSOCIATION, "LambdaFunctionARN"),
        {"Ref": "AuthenticatorFunctionAliaslive"},
    ),
    (behaviours_are_strict, (*_BEHAVIOUR, "ViewerProtocolPolicy"), "redirect-to-https"),
    (behaviours_are_strict, (*_BEHAVIOUR, "AllowedMethods"), ["GET", "HEAD", "OPTIONS"]),
    (behaviours_are_strict, (*_BEHAVIOUR, "AllowedMethods"), REMOVED),
    (behaviours_are_strict, (*_BEHAVIOUR, "OriginRequestPolicyId"), "216adef6-5c7f-47e4-b989-5492eafa07d3"),
    (behaviours_are_strict, (*_BEHAVIOUR, "CachePolicyId"), "658327ea-f89d-4fab-a63d-7e88639e58f6"),
    (behaviours_are_strict, (*_DISTRIBUTION, "CacheBehaviors"), [_UNGUARDED]),
    (cache_key_is_the_path, (*_CACHE_KEY, "QueryStringsConfig", "QueryStringBehavior"), "all"),
    (cache_key_is_the_path, (*_CACHE_KEY, "HeadersConfig"), {"HeaderBehavior": "whitelist"}),
    (cache_key_is_the_path, (*_CACHE_KEY, "CookiesConfig", "CookieBehavior"), "all"),
    (cache_key_is_the_path, (*_CACHE, "MinTTL"), 1),
    (cache_key_is_the_path, (*_CACHE, "DefaultTTL"), 86400),
    (origin_is_signed_for, (*_OAC, "SigningBehavior"), "no-override"),
    (origin_is_signed_for, (*_DISTRIBUTION, "Origins", 0, "OriginAccessControlId"), REMOVED),
    (errors_are_not_cached, (*_DISTRIBUTION, "CustomErrorResponses", 1), REMOVED),
    (errors_are_not_cached, (*_DISTRIBUTION, "CustomErrorResponses", 0, "ErrorCachingMinTTL"), 10),
    (responses_are_hardened, (*_HEADERS, "SecurityHeadersConfig", "StrictTransportSecurity"), REMOVED),
    (responses_are_hardened, (*_HEADERS, "SecurityHeadersConfig", "ContentTypeOptions"), REMOVED),
    (responses_are_hardened, (*_HEADERS, "CustomHeadersConfig", "Items"), []),
    (responses_are_hardened, (*_HEADERS, "RemoveHeadersConfig", "Items", 0), REMOVED),
    (bucket_is_private, (*_BUCKET, "PublicAccessBlockConfiguration", "RestrictPublicBuckets"), False),
    (bucket_is_private, (*_BUCKET, "PublicAccessBlockConfiguration", "BlockPublicAcls"), REMOVED),
    (bucket_is_private, (*_BUCKET, "OwnershipControls"), REMOVED),
    (bucket_is_private, (*_BUCKET, "BucketEncryption"), REMOVED),
    (bucket_is_private, (*_BUCKET, "BucketName"), {"Fn::Sub": "${ServiceName}-${AWS::AccountId}"}),
    (files_can_be_restored, (*_BUCKET, "VersioningConfiguration"), REMOVED),
    (files_can_be_restored, (*_LIFECYCLE, 0, "NoncurrentVersionExpiration", "NoncurrentDays"), 1),
    (files_can_be_restored, (*_LIFECYCLE, 0, "AbortIncompleteMultipartUpload"), REMOVED),
    (files_can_be_restored, (*_LIFECYCLE, 0, "ExpirationInDays"), 365),
    (
        files_can_be_restored,
        (*_LIFECYCLE, 1, "NoncurrentVersionExpiration"),
        {"NoncurrentDays": 1},
    ),
    (lasting_things_are_retained, (*_RESOURCES, "Bucket", "DeletionPolicy"), REMOVED),
    (lasting_things_are_retained, (*_RESOURCES, "AuthenticatorFunction", "DeletionPolicy"), "Delete"),
    (lasting_things_are_retained, (*_RESOURCES, "AuthenticatorRole", "DeletionPolicy"), REMOVED),
    (bucket_policy_is_exact, (*_POLICY, 0), REMOVED),
    (bucket_policy_is_exact, (*_POLICY, 1, "Resource"), {"Fn::Sub": "${Bucket.Arn}/*"}),
    (bucket_policy_is_exact, (*_POLICY, 1, "Condition"), REMOVED),
    (bucket_policy_is_exact, (*_POLICY, 2), REMOVED),
    (bucket_policy_is_exact, (*_POLICY, 3), REMOVED),
    (bucket_policy_is_exact, (*_POLICY, 1, "Resource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    *((bucket_policy_is_exact, (*_POLICY, 1, "Resource", place), REMOVED) for place in range(len(SERVED))),
    (bucket_policy_is_exact, (*_POLICY, 3, "NotResource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    *((bucket_policy_is_exact, (*_POLICY, 3, "NotResource", 1 + n), REMOVED) for n in range(len(SERVED))),
    (bucket_policy_is_exact, (*_POLICY, "+"), _ANY_DISTRIBUTION),
    (
        bucket_policy_is_exact,
        (*_RESOURCES, "AnotherPolicy"),
        {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"PolicyDocument": {"Statement": [_ANY_DISTRIBUTION]}},
        },
    ),
    (notifications_are_exact, (*_NOTIFICATIONS, "+"), _ON_ALL_KEYS),
    (
        notifications_are_exact,
        _FIRST_PREFIX,
        "simple/incoming/",
    ),
    (notifications_are_exact, (*_NOTIFICATIONS, 3), REMOVED),
    (
        notifications_are_exact,
        (*_NOTIFICATIONS, 0, "Queue"),
        "arn:aws:sqs:us-east-1:123456789012:other",
    ),
    (queue_takes_from_bucket_and_schedule_alone, (*_QUEUE_POLICY, "Condition", "StringEquals"), REMOVED),
    (
        queue_takes_from_bucket_and_schedule_alone,
        (*_QUEUE_POLICY, "Condition", "ArnLike", "aws:SourceArn"),
        "*",
    ),
    (queue_takes_from_bucket_and_schedule_alone, (*_RESOURCES, "Bucket", "DependsOn"), REMOVED),
    (queue_takes_from_bucket_and_schedule_alone, (*_SCHEDULE_POLICY, "Condition"), REMOVED),
    (reconciles_daily, (*_RESOURCES, "ReconcileDaily", "Properties", "ScheduleExpression"), "rate(30 days)"),
    (reconciles_daily, (*_RESOURCES, "ReconcileDaily", "Properties", "Targets", 0, "Input"), WALK_THE_REST),
    (messages_are_not_lost, (*_QUEUE, "VisibilityTimeout"), 720),
    (messages_are_not_lost, (*_RESOURCES, "IndexerFunction", "Properties", "Timeout"), 121),
    (messages_are_not_lost, (*_QUEUE, "RedrivePolicy"), REMOVED),
    (messages_are_not_lost, (*_QUEUE, "SqsManagedSseEnabled"), False),
    (messages_are_not_lost, (*_DEAD, "MessageRetentionPeriod"), 345600),
    (messages_are_not_lost, (*_DEAD, "RedriveAllowPolicy"), REMOVED),
    (indexer_takes_batches, (*_SOURCE, "FunctionResponseTypes"), REMOVED),
    (indexer_takes_batches, (*_SOURCE, "ScalingConfig"), REMOVED),
    (indexer_takes_batches, (*_RESOURCES, "IndexerFunction", "Properties", "Environment"), REMOVED),
    (no_wildcard_actions, (*_INDEXER_STATEMENTS, 0, "Action"), "s3:List*"),
    (no_wildcard_actions, (*_EDGE_STATEMENTS, 0, "Action"), ["s3:GetObject", "*"]),
    (no_wildcard_actions, (*_POLICY, 1, "Action"), "s3:*"),
    (
        no_wildcard_actions,
        (*_EDGE_STATEMENTS, "+"),
        {"Effect": "Allow", "NotAction": "iam:*"},
    ),
    (
        no_wildcard_actions,
        (*_EDGE_ROLE, "ManagedPolicyArns"),
        ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    ),
    (indexer_role_is_least, (*_INDEXER_STATEMENTS, 1, "Resource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    (indexer_role_is_least, (*_INDEXER_STATEMENTS, "+"), _READS_ALL),
    (
        indexer_role_is_least,
        (*_INDEXER_STATEMENTS, 3, "Action"),
        ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    ),
    (logs_expire, (*_EDGE, "LoggingConfig"), REMOVED),
    (logs_expire, (*_RESOURCES, "IndexerLogGroup", "Properties", "RetentionInDays"), REMOVED),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in MUTATIONS))


def mutated(stack: Stack, path: tuple[str | int, ...], value: Any) -> Stack:
    """A copy of *stack* with *value* at *path*."""
    result = copy.deepcopy(stack)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    if path[-1] == "+":
        place.append(value)
    elif value is REMOVED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule, stack: Stack) -> None:
    """The template keeps each rule."""
    assert rule(stack) == []


@pytest.mark.parametrize(
    ("rule", "path", "value"),
    MUTATIONS,
    ids=[f"{rule.__name__}-{'.'.join(map(str, path[2:]))}" for rule, path, _ in MUTATIONS],
)
def test_rule_sees_what_it_forbids(rule: Rule, path: tuple[str | int, ...], value: Any, stack: Stack) -> None:
    """A template changed for the worse breaks the rule made for it."""
    assert rule(mutated(stack, path, value))


# ---- The template and the code -----------------------------------------------------------------------------


def test_the_local_cloudfront_reads_what_the_real_one_may() -> None:
    """So that what works there works on AWS."""
    assert sorted(SERVED_PREFIXES) == sorted(SERVED)


def test_the_authenticator_asks_for_nothing_that_its_role_may_not_read(stack: Stack) -> None:
    """Each key that it reads is given by the role, and may be found missing: else S3 answers 403."""
    patterns = [each["Fn::Sub"] for each in granted(stack, "AuthenticatorRole")["s3:GetObject"]]
    mine = [statement for name, statement in statements(stack) if name == "AuthenticatorRole"]
    (listing,) = [statement for statement in mine if statement["Action"] == "s3:ListBucket"]
    with serve_store() as store:
        store.objects["auth/htpasswd"] = write_htpasswd("alice")
        store.objects["auth/policy.toml"] = b'[upstream]\nurl = "https://upstream.example/simple/"'
        viewer = Viewer({"AWS_ENDPOINT_URL_S3": store.url, **ANY_KEY})
        event = viewer_request("/simple/acme/", "alice:secret")
        decided = viewer.gate.decide(event["Records"][0]["cf"]["request"])
        viewer.gate.close()
        keys = {request["path"].split("/", 2)[2] for request in store.requests}

    assert decided["status"] == "302"
    assert keys == {"auth/htpasswd", "auth/policy.toml", "simple/acme/index.html", "simple/acme/index.json"}
    for key in keys:
        assert any(fnmatchcase(f"${{Bucket.Arn}}/{key}", pattern) for pattern in patterns)
        assert any(fnmatchcase(key, pattern) for pattern in listing["Condition"]["StringLike"]["s3:prefix"])


# ---- Whole files -------------------------------------------------------------------------------------------


def test_sam_finds_nothing_to_say(repository: Path, sam_environment: dict[str, str]) -> None:
    """`sam validate --lint` is clean."""
    done = subprocess.run(
        ["sam", "validate", "--lint"],
        cwd=repository,
        env=sam_environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def accepts(parameter: Any, value: str) -> bool:
    """Whether CloudFormation would take *value* for *parameter*."""
    fits = parameter["MinLength"] <= len(value) <= parameter["MaxLength"]
    return fits and re.fullmatch(parameter["AllowedPattern"], value) is not None


@pytest.mark.parametrize("name", ["serverless-pypi", "abc", "team-7-index", "a" * 30])
def test_legal_names(name: str, stack: Stack) -> None:
    """A name that is taken leaves room for the rest of the bucket's, which has 63 characters at most."""
    assert accepts(stack["deployed"]["Parameters"]["ServiceName"], name)
    assert len(f"{name}-123456789012-us-east-1") <= 63


@pytest.mark.parametrize(
    "name",
    [
        *("", "ab", "a" * 31, "Index", "1st", "-a-b", "a-b-", "a--b", "a_b", "a.b", "a b", "é-index"),
        *("xn--abc", "sthree-index", "amzn-s3-demo-index"),
    ],
)
def test_illegal_names(name: str, stack: Stack) -> None:
    """What could not begin a bucket's name is refused before anything is made."""
    assert not accepts(stack["deployed"]["Parameters"]["ServiceName"], name)


def test_only_us_east_1(stack: Stack) -> None:
    """Anywhere else the deployment stops before it makes anything, and says why."""
    (assertion,) = stack["deployed"]["Rules"]["RegionIsUsEast1"]["Assertions"]

    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert "Lambda@Edge" in assertion["AssertDescription"]


def test_parameters_and_outputs_are_described(stack: Stack) -> None:
    """Each is explained, and each parameter has its group and its label."""
    template = stack["deployed"]
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    described = [*template["Parameters"].values(), *template["Outputs"].values()]

    assert sorted(grouped) == sorted(template["Parameters"])
    assert interface["ParameterLabels"].keys() == template["Parameters"].keys()
    assert all(each["Description"].endswith(".") for each in described)


def test_outputs_are_lines_to_copy(stack: Stack) -> None:
    """A reader of the outputs can publish and install without another page."""
    values = {name: output["Value"] for name, output in stack["deployed"]["Outputs"].items()}
    domain = "${CloudFrontDistribution.DomainName}"

    assert values == {
        "IndexUrl": {"Fn::Sub": f"https://{domain}/simple/"},
        "InstallLine": {"Fn::Sub": f"pip install --index-url https://NAME:PASSWORD@{domain}/simple/ PROJECT"},
        "PublishLine": {"Fn::Sub": "aws s3 cp dist/ s3://${Bucket}/incoming/ --recursive"},
        "BucketName": {"Ref": "Bucket"},
        "IndexerQueueUrl": {"Ref": "IndexerQueue"},
        "IndexerDeadLetterQueueUrl": {"Ref": "IndexerDeadLetterQueue"},
        "DistributionId": {"Ref": "CloudFrontDistribution"},
    }


@pytest.mark.parametrize("environment", ["default", "test"])
def test_samconfig_fits_the_template(environment: str, repository: Path, stack: Stack) -> None:
    """Both environments lint, build afresh, deploy to us-east-1, and override parameters that exist."""
    config = tomllib.loads((repository / "samconfig.toml").read_text())[environment]
    overrides = [text.partition("=")[0] for text in config["deploy"]["parameters"]["parameter_overrides"]]

    assert config["global"]["parameters"]["region"] == "us-east-1"
    assert config["validate"]["parameters"]["lint"] is True
    assert config["build"]["parameters"]["cached"] is False
    assert config["sync"]["parameters"]["dependency_layer"] is False
    assert set(overrides) <= stack["deployed"]["Parameters"].keys()
