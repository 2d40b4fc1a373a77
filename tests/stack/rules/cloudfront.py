"""CloudFront guards each request, keeps what it may, and tells nothing of the bucket."""

from tests.stack.places import ASSOCIATION, BEHAVIOUR, CACHE, CACHE_KEY, DISTRIBUTION, HEADERS, OAC
from tests.stack.synthesized import (
    REMOVED,
    Mutation,
    Stack,
    behaviours,
    distribution,
    properties,
    resources,
    unlike,
)

#: No script, no frame, no form, and nothing from elsewhere.
CONTENT_SECURITY_POLICY = [
    *("default-src 'none'", "img-src 'self'", "style-src 'self'"),
    *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
]


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


def distribution_is_modern(stack: Stack) -> list[str]:
    """HTTP/2 and 3, IPv6, and as far into the world as the parameter says."""
    expected = {
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "Enabled": True,
        "PriceClass": {"Ref": "PriceClass"},
    }
    return unlike(expected, distribution(stack))


def behaviours_are_strict(stack: Stack) -> list[str]:
    """HTTPS only, all methods to the authenticator, our policies, and nothing else sent to the origin."""
    expected = {
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        "CachedMethods": ["GET", "HEAD"],
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
    found += unlike({"ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True}}, security)
    policy = security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", "")
    found += [
        f"{each} is not in the CSP" for each in CONTENT_SECURITY_POLICY if each not in policy.split("; ")
    ]
    return found + [f"{header} is shown" for header in sorted(hidden - removed)]


UNGUARDED = {"TargetOriginId": "bucket", "PathPattern": "/assets/*", "ViewerProtocolPolicy": "https-only"}

#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (every_behaviour_is_guarded, (*BEHAVIOUR, "LambdaFunctionAssociations"), REMOVED),
    (every_behaviour_is_guarded, (*DISTRIBUTION, "CacheBehaviors"), [UNGUARDED]),
    (every_behaviour_is_guarded, (*ASSOCIATION, "EventType"), "origin-request"),
    (
        every_behaviour_is_guarded,
        (*ASSOCIATION, "LambdaFunctionARN"),
        {"Fn::GetAtt": ["AuthenticatorFunction", "Arn"]},
    ),
    (
        every_behaviour_is_guarded,
        (*ASSOCIATION, "LambdaFunctionARN"),
        {"Ref": "AuthenticatorFunctionAliaslive"},
    ),
    (distribution_is_modern, (*DISTRIBUTION, "HttpVersion"), "http1.1"),
    (distribution_is_modern, (*DISTRIBUTION, "PriceClass"), REMOVED),
    (behaviours_are_strict, (*BEHAVIOUR, "ViewerProtocolPolicy"), "redirect-to-https"),
    (behaviours_are_strict, (*BEHAVIOUR, "Compress"), False),
    (behaviours_are_strict, (*BEHAVIOUR, "AllowedMethods"), ["GET", "HEAD", "OPTIONS"]),
    (behaviours_are_strict, (*BEHAVIOUR, "AllowedMethods"), REMOVED),
    (behaviours_are_strict, (*BEHAVIOUR, "CachedMethods"), ["GET", "HEAD", "OPTIONS"]),
    (behaviours_are_strict, (*BEHAVIOUR, "OriginRequestPolicyId"), "216adef6-5c7f-47e4-b989-5492eafa07d3"),
    (behaviours_are_strict, (*BEHAVIOUR, "CachePolicyId"), "658327ea-f89d-4fab-a63d-7e88639e58f6"),
    (behaviours_are_strict, (*DISTRIBUTION, "CacheBehaviors"), [UNGUARDED]),
    (cache_key_is_the_path, (*CACHE_KEY, "QueryStringsConfig", "QueryStringBehavior"), "all"),
    (cache_key_is_the_path, (*CACHE_KEY, "HeadersConfig"), {"HeaderBehavior": "whitelist"}),
    (cache_key_is_the_path, (*CACHE_KEY, "CookiesConfig", "CookieBehavior"), "all"),
    (cache_key_is_the_path, (*CACHE, "MinTTL"), 1),
    (cache_key_is_the_path, (*CACHE, "DefaultTTL"), 86400),
    (origin_is_signed_for, (*OAC, "SigningBehavior"), "no-override"),
    (origin_is_signed_for, (*DISTRIBUTION, "Origins", 0, "OriginAccessControlId"), REMOVED),
    (errors_are_not_cached, (*DISTRIBUTION, "CustomErrorResponses", 1), REMOVED),
    (errors_are_not_cached, (*DISTRIBUTION, "CustomErrorResponses", 0, "ErrorCachingMinTTL"), 10),
    (responses_are_hardened, (*HEADERS, "SecurityHeadersConfig", "StrictTransportSecurity"), REMOVED),
    (responses_are_hardened, (*HEADERS, "SecurityHeadersConfig", "ContentTypeOptions"), REMOVED),
    (responses_are_hardened, (*HEADERS, "SecurityHeadersConfig", "ReferrerPolicy"), REMOVED),
    (responses_are_hardened, (*HEADERS, "SecurityHeadersConfig", "ContentSecurityPolicy"), REMOVED),
    (
        responses_are_hardened,
        (*HEADERS, "SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy"),
        "default-src 'self' 'unsafe-inline'",
    ),
    (responses_are_hardened, (*HEADERS, "CustomHeadersConfig", "Items"), []),
    (responses_are_hardened, (*HEADERS, "RemoveHeadersConfig", "Items", 0), REMOVED),
]
