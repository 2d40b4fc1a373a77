"""The headers that CloudFront keeps from an edge function, or lets it read but not write.

From the developer guide, "Restrictions on all edge functions", section "HTTP headers".
"""

from __future__ import annotations

__all__ = ["READ_ONLY_HEADERS", "is_disallowed"]

# fmt: off
_DISALLOWED = frozenset(
    (
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "trailer", "upgrade", "x-accel-buffering", "x-accel-charset",
        "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id",
        "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count",
        "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache",
        "x-forwarded-proto", "x-real-ip",
    )
)
# fmt: on
_DISALLOWED_PREFIXES = ("x-amz-cf-", "x-edge-")

# Those of viewer-request events. The last one is not in that list, but adding it has the same end: "If a
# viewer request function adds this header, it fails validation".
READ_ONLY_HEADERS = (
    "cdn-loop",
    "content-length",
    "host",
    "transfer-encoding",
    "via",
    "cloudfront-viewer-country",
)


def is_disallowed(name: str) -> bool:
    """Whether the header, by its lower-case *name*, is neither shown to a function nor taken from one."""
    return name in _DISALLOWED or name.startswith(_DISALLOWED_PREFIXES)
