"""The authenticator fits Lambda@Edge, and may do no more than it must."""

import re
from collections.abc import Iterator
from typing import Any

from tests.stack.places import EDGE, EDGE_LISTED, EDGE_ROLE, EDGE_STATEMENTS, READS_ALL
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    bucket_arns,
    granted,
    properties,
    resources,
    statements,
    unlike,
)

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


def edge_function_fits(stack: Stack) -> list[str]:
    """It is as small as any version of Lambda@Edge's rules asks, and has nothing that the edge lacks."""
    function = properties(stack, "AuthenticatorFunction")
    expected = {
        "Architectures": ["x86_64"],
        "FunctionName": {"Fn::Sub": "${ServiceName}-authenticator"},
        "Handler": "authenticator.handler.handler",
        "MemorySize": {"Ref": "EdgeMemory"},
        "Runtime": "python3.13",
        "Timeout": 5,
    }
    found = unlike({"Default": 128}, stack["deployed"]["Parameters"]["EdgeMemory"])
    found += unlike(expected, function)
    return found + [f"{name} is set" for name in NOT_AT_THE_EDGE if name in function]


def edge_function_publishes(stack: Stack) -> list[str]:
    """Every change makes a version: of what is written, by its name; of a parameter, by its description."""
    function = stack["written"]["Resources"]["AuthenticatorFunction"]["Properties"]
    found = unlike({"AutoPublishAlias": "live", "AutoPublishAliasAllProperties": True}, function)
    used = set(_named(properties(stack, "AuthenticatorFunction"))) & stack["deployed"]["Parameters"].keys()
    for version in resources(stack, "AWS::Lambda::Version").values():
        # "Description: Update requires: Replacement"
        description = version["Properties"].get("Description", {})
        found += unlike({"Description": function.get("VersionDescription")}, version["Properties"])
        found += unlike({"UpdateReplacePolicy": "Retain"}, version)
        found += [f"a change of {name} makes no version" for name in used - set(_named(description))]
    return found


def _named(value: Any) -> Iterator[str]:
    """What *value* refers to."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    if isinstance(value, dict):
        yield from [value["Ref"]] if "Ref" in value else []
        yield from re.findall(r"\$\{([^}]+)\}", str(value.get("Fn::Sub", "")))
        yield from _named(list(value.values()))


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


#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (edge_function_fits, (*EDGE, "Environment"), {"Variables": {"BUCKET": "bucket"}}),
    (edge_function_fits, (*EDGE, "Layers"), ["layer"]),
    (edge_function_fits, (*EDGE, "VpcConfig"), {"SubnetIds": ["subnet"]}),
    (edge_function_fits, (*EDGE, "TracingConfig"), {"Mode": "Active"}),
    (edge_function_fits, (*EDGE, "DeadLetterConfig"), {"TargetArn": "queue"}),
    (edge_function_fits, (*EDGE, "Architectures"), ["arm64"]),
    (edge_function_fits, (*EDGE, "MemorySize"), 256),
    (edge_function_fits, ("deployed", "Parameters", "EdgeMemory", "Default"), 256),
    (edge_function_fits, (*EDGE, "Timeout"), 30),
    (edge_function_fits, (*EDGE, "FunctionName"), REMOVED),
    (
        edge_function_publishes,
        ("written", "Resources", "AuthenticatorFunction", "Properties", "AutoPublishAliasAllProperties"),
        REMOVED,
    ),
    (
        edge_function_publishes,
        ("written", "Resources", "AuthenticatorFunction", "Properties", "VersionDescription"),
        {"Fn::Sub": "${ServiceName}"},
    ),
    (edge_function_publishes, (*EDGE, "Timeout"), {"Ref": "BackupDays"}),
    (edge_function_publishes, (*EDGE, "Description"), {"Fn::Sub": "as of ${LogRetentionDays}"}),
    (
        edge_role_is_least,
        (*EDGE_ROLE, "AssumeRolePolicyDocument", "Statement", 0, "Principal", "Service"),
        ["lambda.amazonaws.com"],
    ),
    (edge_role_is_least, (*EDGE_STATEMENTS, "+"), READS_ALL),
    (edge_role_is_least, (*EDGE_STATEMENTS, 1), REMOVED),
    (edge_role_is_least, (*EDGE_STATEMENTS, 1, "Action"), ["s3:GetObject", "s3:GetObjectVersion"]),
    (edge_role_is_least, (*EDGE_STATEMENTS, 1, "Resource"), {"Fn::Sub": "${Bucket.Arn}/simple/*"}),
    (edge_role_is_least, (*EDGE_STATEMENTS, 1, "Resource", 1), REMOVED),
    (edge_role_is_least, (*EDGE_STATEMENTS, 2, "Condition"), REMOVED),
    (edge_role_is_least, (*EDGE_LISTED, 0), "*"),
    (edge_role_is_least, (*EDGE_LISTED, 1), REMOVED),
    (edge_role_is_least, (*EDGE_LISTED, "+"), "incoming/*"),
]
