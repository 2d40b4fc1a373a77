"""Where things are in a synthesized template, for changing them."""

RESOURCES = ("deployed", "Resources")
EDGE = (*RESOURCES, "AuthenticatorFunction", "Properties")
EDGE_ROLE = (*RESOURCES, "AuthenticatorRole", "Properties")
EDGE_STATEMENTS = (*EDGE_ROLE, "Policies", 0, "PolicyDocument", "Statement")
EDGE_LISTED = (*EDGE_STATEMENTS, 2, "Condition", "StringLike", "s3:prefix")
INDEXER_STATEMENTS = (
    *(*RESOURCES, "IndexerRole", "Properties"),
    *("Policies", 0, "PolicyDocument", "Statement"),
)
BUCKET = (*RESOURCES, "Bucket", "Properties")
NOTIFICATIONS = (*BUCKET, "NotificationConfiguration", "QueueConfigurations")
FIRST_PREFIX = (*NOTIFICATIONS, 0, "Filter", "S3Key", "Rules", 0, "Value")
LIFECYCLE = (*BUCKET, "LifecycleConfiguration", "Rules")
POLICY = (*RESOURCES, "BucketPolicy", "Properties", "PolicyDocument", "Statement")
QUEUE_POLICY = (*RESOURCES, "IndexerQueuePolicy", "Properties", "PolicyDocument", "Statement", 0)
SCHEDULE_POLICY = (*QUEUE_POLICY[:-1], 1)
DISTRIBUTION = (*RESOURCES, "CloudFrontDistribution", "Properties", "DistributionConfig")
BEHAVIOUR = (*DISTRIBUTION, "DefaultCacheBehavior")
ASSOCIATION = (*BEHAVIOUR, "LambdaFunctionAssociations", 0)
CACHE = (*RESOURCES, "CachePolicy", "Properties", "CachePolicyConfig")
CACHE_KEY = (*CACHE, "ParametersInCacheKeyAndForwardedToOrigin")
OAC = (*RESOURCES, "OriginAccessControl", "Properties", "OriginAccessControlConfig")
HEADERS = (*RESOURCES, "ResponseHeadersPolicy", "Properties", "ResponseHeadersPolicyConfig")
QUEUE = (*RESOURCES, "IndexerQueue", "Properties")
DEAD = (*RESOURCES, "IndexerDeadLetterQueue", "Properties")
SOURCE = (*RESOURCES, "IndexerFunctionNotifications", "Properties")
READS_ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
