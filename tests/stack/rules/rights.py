"""Who may do what: by name, and no more than needed."""

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

#: The roles that have policies not written out in them.
MANAGED = {
    "CiPublisherRole": [{"Ref": "PublisherPolicy"}],
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
    """They put into incoming/, and can neither read nor list, nor delete what another has put there."""
    expected = dict.fromkeys(("s3:PutObject", "s3:AbortMultipartUpload"), bucket_arns("incoming/*"))
    actual = granted(stack, "PublisherPolicy")
    return unlike(expected, actual) + [f"{action} is allowed" for action in actual.keys() - expected.keys()]


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


PUBLISHING = (*RESOURCES, "PublisherPolicy", "Properties", "PolicyDocument", "Statement")
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
