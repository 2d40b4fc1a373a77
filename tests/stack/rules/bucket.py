"""The bucket is private, can be restored, and says who may read and write what."""

from tests.stack.places import BUCKET, LIFECYCLE, POLICY, READS_ALL, RESOURCES
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    bucket_arns,
    properties,
    resources,
    statements,
    unlike,
)

BUCKET_NAME = "${ServiceName}-${AWS::AccountId}-us-east-1"
SERVED = ["simple/*", "project/*", "assets/*", "index.html"]
#: What the indexer makes, and nobody else may write.
DERIVED = [
    *("simple/index.*", "simple/*/index.*", "simple/*.metadata", "simple/*.removed"),
    *("project/*", "assets/*", "index.html"),
]
INDEXER = {"Fn::GetAtt": ["IndexerRole", "Arn"]}
RESTORING = {"Fn::If": ["HasBackups", {"Fn::GetAtt": ["BackupRole", "Arn"]}, {"Ref": "AWS::NoValue"}]}


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
    """TLS for all; to our distribution what is served, and 404s; what is derived, from the indexer alone."""
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
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": bucket_arns(*DERIVED),
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [INDEXER, RESTORING]}},
        },
    ]
    others = {"AccessLogBucketPolicy"}
    policies = resources(stack, "AWS::S3::BucketPolicy").keys() - others
    actual = [{k: v for k, v in s.items() if k != "Sid"} for name, s in statements(stack) if name in policies]
    found = [f"missing: {statement}" for statement in expected if statement not in actual]
    return found + [f"unexpected: {statement}" for statement in actual if statement not in expected]


DERIVING = (*POLICY, 4, "Condition", "ArnNotEquals", "aws:PrincipalArn")
ANY_DISTRIBUTION = {"Principal": {"Service": "cloudfront.amazonaws.com"}, **READS_ALL}

#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (bucket_is_private, (*BUCKET, "PublicAccessBlockConfiguration", "RestrictPublicBuckets"), False),
    (bucket_is_private, (*BUCKET, "PublicAccessBlockConfiguration", "BlockPublicAcls"), REMOVED),
    (bucket_is_private, (*BUCKET, "OwnershipControls"), REMOVED),
    (bucket_is_private, (*BUCKET, "BucketEncryption"), REMOVED),
    (bucket_is_private, (*BUCKET, "BucketName"), {"Fn::Sub": "${ServiceName}-${AWS::AccountId}"}),
    (files_can_be_restored, (*BUCKET, "VersioningConfiguration"), REMOVED),
    (files_can_be_restored, (*LIFECYCLE, 0, "NoncurrentVersionExpiration", "NoncurrentDays"), 1),
    (files_can_be_restored, (*LIFECYCLE, 0, "AbortIncompleteMultipartUpload"), REMOVED),
    (files_can_be_restored, (*LIFECYCLE, 0, "ExpirationInDays"), 365),
    (
        files_can_be_restored,
        (*LIFECYCLE, 1, "NoncurrentVersionExpiration"),
        {"NoncurrentDays": 1},
    ),
    (lasting_things_are_retained, (*RESOURCES, "Bucket", "DeletionPolicy"), REMOVED),
    (lasting_things_are_retained, (*RESOURCES, "AuthenticatorFunction", "DeletionPolicy"), "Delete"),
    (lasting_things_are_retained, (*RESOURCES, "AuthenticatorRole", "DeletionPolicy"), REMOVED),
    (bucket_policy_is_exact, (*POLICY, 0), REMOVED),
    (bucket_policy_is_exact, (*POLICY, 1, "Resource"), {"Fn::Sub": "${Bucket.Arn}/*"}),
    (bucket_policy_is_exact, (*POLICY, 1, "Condition"), REMOVED),
    (bucket_policy_is_exact, (*POLICY, 2), REMOVED),
    (bucket_policy_is_exact, (*POLICY, 3), REMOVED),
    (bucket_policy_is_exact, (*POLICY, 1, "Resource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    *((bucket_policy_is_exact, (*POLICY, 1, "Resource", place), REMOVED) for place in range(len(SERVED))),
    (bucket_policy_is_exact, (*POLICY, 3, "NotResource", "+"), {"Fn::Sub": "${Bucket.Arn}/auth/*"}),
    *((bucket_policy_is_exact, (*POLICY, 3, "NotResource", 1 + n), REMOVED) for n in range(len(SERVED))),
    (bucket_policy_is_exact, (*POLICY, "+"), ANY_DISTRIBUTION),
    (bucket_policy_is_exact, (*POLICY, 4), REMOVED),
    *((bucket_policy_is_exact, (*POLICY, 4, "Resource", place), REMOVED) for place in range(len(DERIVED))),
    (bucket_policy_is_exact, (*POLICY, 4, "Condition"), REMOVED),
    (bucket_policy_is_exact, (*DERIVING, 0), {"Fn::GetAtt": ["AuthenticatorRole", "Arn"]}),
    (bucket_policy_is_exact, (*DERIVING, "+"), "arn:aws:iam::*:role/*"),
    (
        bucket_policy_is_exact,
        (*RESOURCES, "AnotherPolicy"),
        {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"PolicyDocument": {"Statement": [ANY_DISTRIBUTION]}},
        },
    ),
]
