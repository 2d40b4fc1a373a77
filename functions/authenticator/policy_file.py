"""``auth/policy.toml``: how a policy is written. One mistake refuses the file as a whole.

A mistake is told with its line and with what is allowed there.
"""

import codecs
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from authenticator.globs import GLOB_GRAMMAR, Globs, is_glob
from authenticator.policy import Freshness, Policy, Readers, Rules, Upstream
from authenticator.toml_lines import line_of
from authenticator.toml_nodes import Node, NotAllowedError

__all__ = ["InvalidPolicyError", "open_policy", "parse_policy"]

Groups = Mapping[str, frozenset[str]]

#: Bytes. A policy of 200 rules takes 16,000, and 0.05 s of the edge's fourteenth of a processor.
_LARGEST = 32 * 1024
#: Of refresh_seconds: so long may a revoked credential hold. Of stale_seconds: a day.
_LONGEST_REFRESH, _LONGEST_STALE = 300, 86_400
#: Of the projects of all rules together, and of those reserved; each takes its time to make ready.
_MOST_PATTERNS = 500
_SIGNED_IN, _ANONYMOUS = "signed-in", "anonymous"
#: What a key says that is not written.
_DEFAULTS: dict[str, Any] = {
    "realm": "serverless-pypi",
    "refresh_seconds": 60,
    "stale_seconds": 300,
    "groups": {},
    "rules": [{"projects": ["*"], "read": [f"@{_SIGNED_IN}"]}],
    "project_list": {"read": [f"@{_SIGNED_IN}"]},
    "expires": {},
}
_KEYS = (*_DEFAULTS, "upstream")
# It stands in quotes, in a header (RFC 9110, 5.6.4).
_REALM = re.compile(r"[ !#-\[\]-~]{1,100}", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
# As a name in auth/htpasswd, but for those that begin like a group's.
_PRINCIPAL = re.compile(r"(?!@)[^\x00-\x1f\x7f-\x9f:]{1,255}")
# In clear only to this machine, where nobody listens in between.
_URL = re.compile(
    r"(?:https://[A-Za-z0-9.-]{1,253}|http://(?:127\.0\.0\.1|localhost))(?::[0-9]{1,5})?/(?:[A-Za-z0-9._~-]+/)*",
    re.ASCII,
)


class InvalidPolicyError(ValueError):
    """Why a policy is refused: one sentence, that begins with the line where there is one."""


def parse_policy(content: bytes) -> Policy:
    """Read a policy. Raises `InvalidPolicyError`."""
    if len(content) > _LARGEST:
        raise InvalidPolicyError(f"it is larger than {_LARGEST} bytes")
    try:
        return _parse(_decode(content))
    except RecursionError:
        raise InvalidPolicyError("its arrays or tables stand too deep in each other") from None


def open_policy() -> Policy:
    """What holds where there is no file: every principal reads every project."""
    return _policy({})


def _decode(content: bytes) -> str:
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidPolicyError(f"line {line}: it is not UTF-8") from None


def _parse(text: str) -> Policy:
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # of a number with thousands of digits it is no TOMLDecodeError
        raise InvalidPolicyError(f"it is not TOML: {error}") from None
    if not document:
        # As a write leaves it that went wrong. Who means it can say it.
        raise InvalidPolicyError(f'it says nothing: a rule can give the projects "*" to "@{_SIGNED_IN}"')
    try:
        return _policy(document)
    except NotAllowedError as error:
        raise InvalidPolicyError(f"line {line_of(text, error.path)}: {error}") from None


def _policy(document: Mapping[str, Any]) -> Policy:
    Node(document).fields(*_KEYS)
    fields = {key: Node(value, (key,)) for key, value in {**_DEFAULTS, **document}.items()}
    groups = _groups(fields["groups"])
    refresh = fields["refresh_seconds"].whole_number(1, _LONGEST_REFRESH)
    stale = fields["stale_seconds"].whole_number(refresh, _LONGEST_STALE)
    return Policy(
        realm=fields["realm"].text('up to 100 printable ASCII characters without " and \\', _REALM.fullmatch),
        freshness=Freshness(refresh_seconds=refresh, stale_seconds=stale),
        rules=_rules(fields["rules"], groups),
        list_readers=_readers(fields["project_list"].record("read")["read"], groups),
        expirations=_expirations(fields["expires"]),
        upstream=_upstream(fields["upstream"]) if "upstream" in fields else None,
    )


def _groups(node: Node) -> Groups:
    groups = {}
    for name, members in node.table().items():
        if name in (_SIGNED_IN, _ANONYMOUS) or _GROUP.fullmatch(name) is None:
            raise members.refused(
                f"a group's name must be letters, digits, dots, hyphens and underscores, "
                f"and neither {_SIGNED_IN} nor {_ANONYMOUS}, which are there already"
            )
        groups[name] = frozenset(_principal(member, "a username, not a group") for member in members.items())
    return groups


def _principal(node: Node, expected: str) -> str:
    return node.text(expected, _PRINCIPAL.fullmatch)


def _rules(node: Node, groups: Groups) -> Rules:
    patterns: list[Node] = []
    readers: list[Readers] = []
    for rule in node.items(at_least=1):
        fields = rule.record("projects", "read")
        named = fields["projects"].items(at_least=1)
        patterns += named
        readers += [_readers(fields["read"], groups)] * len(named)
    globs = _globs(node, patterns)
    for index, pattern in enumerate(patterns):
        # Read as a name, its star is matched by a star alone.
        first = globs.first(pattern.value)
        if first is not None and first < index:
            raise pattern.refused(
                f"this rule never decides on {pattern.value!r}: {patterns[first].value!r} before it names "
                f"all of that, so put the narrower first"
            )
    return Rules(globs, readers)


def _globs(owner: Node, nodes: Sequence[Node]) -> Globs:
    if len(nodes) > _MOST_PATTERNS:
        raise owner.refused(f"up to {_MOST_PATTERNS} patterns may stand here in all, and {len(nodes)} do")
    expected = f"the normalized name of a project, or a pattern of some ({GLOB_GRAMMAR})"
    return Globs([node.text(expected, is_glob) for node in nodes])


def _readers(node: Node, groups: Groups) -> Readers:
    names: set[str] = set()
    known: set[str] = set()
    for reader in node.items():
        if isinstance(reader.value, str) and reader.value.startswith("@"):
            names |= _members(reader, groups)
            known.add(reader.value[1:])
        else:
            names.add(_principal(reader, "a username or a group (@name)"))
    return Readers(names=frozenset(names), signed_in=_SIGNED_IN in known, anonymous=_ANONYMOUS in known)


def _members(reader: Node, groups: Groups) -> frozenset[str]:
    every = {**groups, _SIGNED_IN: frozenset[str](), _ANONYMOUS: frozenset[str]()}
    group = reader.value[1:]
    if group not in every:
        raise reader.unlike(f"a username or one of the groups @{', @'.join(sorted(every))}")
    return every[group]


def _expirations(node: Node) -> Mapping[str, float]:
    """By name, seconds since 1970."""
    table = node.table()
    for name, moment in table.items():
        if _PRINCIPAL.fullmatch(name) is None:
            raise moment.refused("only a username expires, not a group")
    return {name: _moment(moment) for name, moment in table.items()}


def _moment(node: Node) -> float:
    value = node.value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise node.unlike("a date (its first moment, UTC) or a time with its zone (2027-01-31T18:00:00Z)")
    return value.timestamp()


def _upstream(node: Node) -> Upstream:
    fields = node.fields("url", "reserved")
    if "url" not in fields:
        raise node.refused("upstream must have a url")
    url = fields["url"]
    if not isinstance(url.value, str) or _URL.fullmatch(url.value) is None:
        # It is not shown, for there may be a password in it.
        raise url.refused("url must be the index URL of another index (https://…/simple/), and no credential")
    reserved = fields.get("reserved", Node([]))
    return Upstream(url=url.value, reserved=_globs(reserved, reserved.items()))
