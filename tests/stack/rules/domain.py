"""A name of one's own: served with a certificate, found in DNS, and told wherever the index is named."""

from tests.stack.conditions import with_parameters
from tests.stack.places import DISTRIBUTION, RESOURCES
from tests.stack.synthesized import REMOVED, Mutation, Stack, distribution, properties, unlike

NAME = {"Ref": "DomainName"}
OF_CLOUDFRONT = {"Fn::GetAtt": ["CloudFrontDistribution", "DomainName"]}
#: Where the index is read, as the template writes it.
HOST = {"Fn::If": ["HasDomain", NAME, OF_CLOUDFRONT]}

IN_ZONE = {"DomainName": "pypi.example.com", "HostedZoneId": "Z0123456789EXAMPLE"}
GIVEN = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
BY_HAND = {"DomainName": "pypi.example.com", "CertificateArn": GIVEN}
PARTS = {"Certificate", "DomainRecordA", "DomainRecordAAAA"}


def parts(stack: Stack) -> set[str]:
    """Those resources of a domain that there are."""
    return PARTS.intersection(stack["deployed"]["Resources"])


def domain_is_optional(stack: Stack) -> list[str]:
    """Without one the distribution has CloudFront's own name and certificate."""
    plain = with_parameters(stack)
    found = [f"there is a {part}" for part in parts(plain)]
    return found + unlike({"Aliases": None, "ViewerCertificate": None}, distribution(plain))


def domain_is_served(stack: Stack) -> list[str]:
    """By the certificate that is given, or else a new one; with TLS 1.2 at least."""
    found = []
    for parameters, certificate, made in (
        (IN_ZONE, "Certificate", PARTS),
        (BY_HAND, "CertificateArn", set()),
        ({**IN_ZONE, **BY_HAND}, "CertificateArn", PARTS - {"Certificate"}),
    ):
        chosen = with_parameters(stack, **parameters)
        viewers = {
            "AcmCertificateArn": {"Ref": certificate},
            "SslSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
        found += unlike({"Aliases": [NAME], "ViewerCertificate": viewers}, distribution(chosen))
        found += [f"{part} is there or missing" for part in parts(chosen) ^ made]
    return found


def domain_is_proved_and_found(stack: Stack) -> list[str]:
    """The certificate proves itself in the zone, which has records for both kinds of addresses."""
    zone = {"Ref": "HostedZoneId"}
    validation = [{"DomainName": NAME, "HostedZoneId": zone}]
    certificate = {"DomainName": NAME, "ValidationMethod": "DNS", "DomainValidationOptions": validation}
    found = unlike(certificate, properties(stack, "Certificate"))
    for kind in ("A", "AAAA"):
        alias = {"DNSName": OF_CLOUDFRONT, "HostedZoneId": "Z2FDTNDATAQYW2"}
        record = {"Type": kind, "Name": NAME, "HostedZoneId": zone, "AliasTarget": alias}
        found += unlike(record, properties(stack, f"DomainRecord{kind}"))
    return found


#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (domain_is_optional, (*RESOURCES, "DomainRecordA", "Condition"), REMOVED),
    (domain_is_optional, (*DISTRIBUTION, "Aliases"), [NAME]),
    (
        domain_is_optional,
        (*DISTRIBUTION, "ViewerCertificate", "Fn::If", 2),
        {"MinimumProtocolVersion": "TLSv1"},
    ),
    (domain_is_served, (*DISTRIBUTION, "Aliases"), REMOVED),
    (domain_is_served, (*DISTRIBUTION, "ViewerCertificate", "Fn::If", 1, "MinimumProtocolVersion"), "TLSv1"),
    (domain_is_served, (*DISTRIBUTION, "ViewerCertificate", "Fn::If", 1, "SslSupportMethod"), "vip"),
    (
        domain_is_served,
        (*DISTRIBUTION, "ViewerCertificate", "Fn::If", 1, "AcmCertificateArn"),
        {"Ref": "CertificateArn"},
    ),
    (domain_is_served, (*RESOURCES, "Certificate", "Condition"), "HasDomain"),
    (domain_is_proved_and_found, (*RESOURCES, "Certificate", "Properties", "ValidationMethod"), "EMAIL"),
    (domain_is_proved_and_found, (*RESOURCES, "DomainRecordAAAA", "Properties", "Type"), "A"),
    (
        domain_is_proved_and_found,
        (*RESOURCES, "DomainRecordA", "Properties", "AliasTarget", "HostedZoneId"),
        {"Ref": "HostedZoneId"},
    ),
]
