"""Who may do what: by name, and no more than needed."""

import re
from typing import Any

from tests.stack.conditions import with_parameters
from tests.stack.places import (
    EDGE,
    EDGE_ROLE,
    EDGE_STATEMENTS,
    INDEXER_STATEMENTS,
    POLICY,
    READS_ALL,
    RESOURCES,
)
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    bucket_arns,
    granted,
    listed,
    properties,
    resources,
    statements,
    unlike,
)

#: As the template writes a project of the limited publishers, and the folder of its uploads.
OWN = "${PublisherProjects}"
LIMIT = f"incoming/project/{OWN}"
#: The roles that have policies not written out in them.
MANAGED = {
    "CiPublisherRole": [
        {"Fn::If": ["LimitsPublishers", {"Ref": "ProjectPublisherPolicy"}, {"Ref": "PublisherPolicy"}]}
    ],
    "BackupRole": [
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup"},
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore"},
    ],
}


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
        f"{name} has {resource['Properties']['ManagedPolicyArns']}"
        for name, resource in resources(stack, "AWS::IAM::Role").items()
        if resource["Properties"].get("ManagedPolicyArns", []) != MANAGED.get(name, [])
    ]


def publishers_only_upload(stack: Stack) -> list[str]:
    """They put into incoming/, and can delete and list nothing; they read what became of it."""
    return [
        *_only(stack, "PublisherPolicy", _publishing("incoming", "simple/*", "rejected")),
        *_only(stack, "ProjectPublisherPolicy", _publishing(LIMIT, f"simple/{OWN}", f"rejected/{LIMIT}")),
    ]


def _publishing(upload: str, page: str, reason: str) -> dict[str, list[Any]]:
    uploaded = bucket_arns(f"{upload}/*")
    learned = bucket_arns(f"{page}/index.json", f"{reason}/*.reason.json")
    return {"s3:PutObject": uploaded, "s3:AbortMultipartUpload": uploaded, "s3:GetObject": learned}


def readers_only_read(stack: Stack) -> list[str]:
    """What is served below simple/, and its list."""
    expected = {"s3:GetObject": bucket_arns("simple/*"), "s3:ListBucket": [{"Fn::GetAtt": ["Bucket", "Arn"]}]}
    mine = [statement for name, statement in statements(stack) if name == "ReaderPolicy"]
    listing = [statement.get("Condition") for statement in mine if statement["Action"] == "s3:ListBucket"]
    found = [] if listing == [{"StringLike": {"s3:prefix": "simple/*"}}] else [f"it lists with {listing}"]
    return found + _only(stack, "ReaderPolicy", expected)


def _only(stack: Stack, name: str, expected: dict[str, list[Any]]) -> list[str]:
    """What *name* is allowed more or less than is *expected*."""
    actual = granted(stack, name)
    found = [f"{name}: {fault}" for fault in unlike(expected, actual)]
    return found + [f"{name}: {action} is allowed" for action in actual.keys() - expected.keys()]


def limits_are_for_whom_they_are_asked(stack: Stack) -> list[str]:
    """The CI's role has the limited policy if there is one, else the other."""
    found = []
    for projects, policy in (("", "PublisherPolicy"), ("acme-*", "ProjectPublisherPolicy")):
        chosen = with_parameters(stack, CiProvider="GitHub", PublisherProjects=projects)
        attached = properties(chosen, "CiPublisherRole")["ManagedPolicyArns"]
        found += [] if attached == [{"Ref": policy}] else [f"jobs have {attached}"]
    if "ProjectPublisherPolicy" in with_parameters(stack)["deployed"]["Resources"]:
        found.append("there is a limit to nothing")
    return found


def policies_stay_the_same(stack: Stack) -> list[str]:
    """What would replace a managed policy names nothing that may change: who has it would lose it."""
    return [
        f"{name} is replaced by a change of {variable}"
        for name, policy in resources(stack, "AWS::IAM::ManagedPolicy").items()
        for replacing in ("Description", "ManagedPolicyName", "Path")
        for variable in re.findall(r"\$\{([^}]+)\}", str(policy["Properties"].get(replacing, "")))
        if variable != "ServiceName"
    ]


def jobs_must_be_named(stack: Stack) -> list[str]:
    """The CI's role is for tokens of the provider, made for AWS, with a subject of the parameter."""
    subjects = {"Fn::Split": [",", {"Ref": "CiSubjects"}]}
    found = []
    for provider, host in (("GitHub", "token.actions.githubusercontent.com"), ("GitLab", "gitlab.com")):
        arn = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{host}"
        chosen = with_parameters(stack, CiProvider=provider)
        document = properties(chosen, "CiPublisherRole")["AssumeRolePolicyDocument"]
        (statement,) = document["Statement"]
        expected = {
            "Effect": "Allow",
            "Principal": {"Federated": {"Fn::Sub": arn}},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{host}:sub": subjects},
            },
        }
        found += unlike(expected, statement)
    if "CiPublisherRole" in with_parameters(stack)["deployed"]["Resources"]:
        found.append("there is a role for nobody")
    return found


def roles_have_the_boundary(stack: Stack) -> list[str]:
    """The one of the parameter, if it is given, and none else."""
    boundary = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    return [
        f"{name}: {fault}"
        for name, role in resources(stack, "AWS::IAM::Role").items()
        for fault in unlike({"PermissionsBoundary": boundary}, role["Properties"])
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
    return _only(stack, "IndexerRole", expected)


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


PUBLISHING, LIMITED, READING = (
    (*RESOURCES, name, "Properties", "PolicyDocument", "Statement")
    for name in ("PublisherPolicy", "ProjectPublisherPolicy", "ReaderPolicy")
)
CI_ROLE = (*RESOURCES, "CiPublisherRole", "Properties")
LISTS_ALL = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}
CI_TRUST = (*RESOURCES, "CiPublisherRole", "Properties", "AssumeRolePolicyDocument", "Fn::If")
GITHUB = (*CI_TRUST, 1, "Statement", 0)
GITLAB = (*CI_TRUST, 2, "Statement", 0)

#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (no_wildcard_actions, (*INDEXER_STATEMENTS, 0, "Action"), "s3:List*"),
    (no_wildcard_actions, (*EDGE_STATEMENTS, 0, "Action"), ["s3:GetObject", "*"]),
    (no_wildcard_actions, (*POLICY, 1, "Action"), "s3:*"),
    (
        no_wildcard_actions,
        (*EDGE_STATEMENTS, "+"),
        {"Effect": "Allow", "NotAction": "iam:*"},
    ),
    (
        no_wildcard_actions,
        (*EDGE_ROLE, "ManagedPolicyArns"),
        ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    ),
    (indexer_role_is_least, (*INDEXER_STATEMENTS, 1, "Resource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    (indexer_role_is_least, (*INDEXER_STATEMENTS, "+"), READS_ALL),
    (
        indexer_role_is_least,
        (*INDEXER_STATEMENTS, 3, "Action"),
        ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    ),
    (publishers_only_upload, (*PUBLISHING, 0, "Action", "+"), "s3:DeleteObject"),
    (publishers_only_upload, (*PUBLISHING, 0, "Resource"), {"Fn::Sub": "${Bucket.Arn}/*"}),
    (publishers_only_upload, (*PUBLISHING, "+"), READS_ALL),
    (publishers_only_upload, (*PUBLISHING, "+"), LISTS_ALL),
    (publishers_only_upload, (*PUBLISHING, 1), REMOVED),
    (publishers_only_upload, (*PUBLISHING, 1, "Resource", 0), {"Fn::Sub": "${Bucket.Arn}/simple/*"}),
    (publishers_only_upload, (*LIMITED, 0, "Resource"), {"Fn::Sub": "${Bucket.Arn}/incoming/*"}),
    # Without the slash the star would take in what has no folder, and so no limit.
    (publishers_only_upload, (*LIMITED, 0, "Resource"), {"Fn::Sub": f"${{Bucket.Arn}}/{LIMIT}*"}),
    (publishers_only_upload, (*LIMITED, 1, "Resource", 0), {"Fn::Sub": "${Bucket.Arn}/simple/*/index.json"}),
    (publishers_only_upload, (*LIMITED, 1), REMOVED),
    (limits_are_for_whom_they_are_asked, (*CI_ROLE, "ManagedPolicyArns"), [{"Ref": "PublisherPolicy"}]),
    (limits_are_for_whom_they_are_asked, (*RESOURCES, "ProjectPublisherPolicy", "Condition"), REMOVED),
    (
        policies_stay_the_same,
        (*RESOURCES, "ProjectPublisherPolicy", "Properties", "Description"),
        {"Fn::Sub": "Publishes ${PublisherProjects}."},
    ),
    (readers_only_read, (*READING, 0, "Resource"), {"Fn::Sub": "${Bucket.Arn}/*"}),
    (readers_only_read, (*READING, 1, "Condition"), REMOVED),
    (readers_only_read, (*READING, 1, "Condition", "StringLike", "s3:prefix"), "*"),
    (readers_only_read, (*READING, 0, "Action"), ["s3:GetObject", "s3:GetObjectVersion"]),
    (readers_only_read, (*READING, 0, "Action"), ["s3:GetObject", "s3:PutObject"]),
    (jobs_must_be_named, (*GITHUB, "Condition", "StringLike"), REMOVED),
    (jobs_must_be_named, (*GITHUB, "Condition", "StringEquals"), REMOVED),
    (jobs_must_be_named, (*GITLAB, "Condition", "StringLike", "gitlab.com:sub"), "*"),
    (jobs_must_be_named, (*GITLAB, "Principal"), "*"),
    (jobs_must_be_named, (*RESOURCES, "CiPublisherRole", "Condition"), REMOVED),
    (roles_have_the_boundary, (*EDGE_ROLE, "PermissionsBoundary"), REMOVED),
    (roles_have_the_boundary, (*RESOURCES, "CiPublisherRole", "Properties", "PermissionsBoundary"), REMOVED),
    (logs_expire, (*EDGE, "LoggingConfig"), REMOVED),
    (logs_expire, (*RESOURCES, "IndexerLogGroup", "Properties", "RetentionInDays"), REMOVED),
]
