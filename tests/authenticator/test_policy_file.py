from datetime import UTC, datetime

import pytest

from authenticator.authorization import Principal
from authenticator.policy import Freshness, Policy
from authenticator.policy_file import InvalidPolicyError, open_policy, parse_policy

ALICE, BOB, CAROL = Principal("alice"), Principal("bob"), Principal("carol")
GLOB = (
    "the normalized name of a project, or a pattern of some "
    "(lower-case letters, digits, single hyphens, and up to three * for any run of characters)"
)
MOMENT = "a date (its first moment, UTC) or a time with its zone (2027-01-31T18:00:00Z)"
KEYS = "realm, refresh_seconds, stale_seconds, groups, rules, project_list, expires, upstream"
REALM = 'realm must be up to 100 printable ASCII characters without " and \\, and is'
URL = "url must be the index URL of another index (https://…/simple/), and no credential"
READER = "each of read must be a username or one of the groups"
GROUP_NAME = (
    "a group's name must be letters, digits, dots, hyphens and underscores, "
    "and neither signed-in nor anonymous, which are there already"
)
WHOLE = """\
realm = "Acme's index"
refresh_seconds = 30
stale_seconds = 600

[groups]
core = ["alice", "ci deploy"]
nobody = []

[[rules]]
projects = ["acme-secret"]
read = ["@core"]

[[rules]]
projects = ["acme-public", "acme-docs-*"]
read = ["@anonymous"]

[[rules]]
projects = ["acme-*"]
read = ["bob", "@core", "@nobody"]

[[rules]]
projects = ["*"]
read = ["@signed-in"]

[project_list]
read = ["@core", "bob"]

[expires]
bob = 2027-01-31
"ci deploy" = 2027-01-31T18:00:00+02:00

[upstream]
url = "https://index.example/simple/"
reserved = ["acme-*", "internal"]
"""


def refusal(text: str | bytes) -> str:
    """The sentence that a policy is refused with."""
    with pytest.raises(InvalidPolicyError) as caught:
        parse_policy(text if isinstance(text, bytes) else text.encode())
    return str(caught.value)


def parse(text: str) -> Policy:
    return parse_policy(text.encode())


def test_a_whole_policy() -> None:
    """Each key of it."""
    policy = parse(WHOLE)
    assert policy.realm == "Acme's index"
    assert policy.freshness == Freshness(refresh_seconds=30, stale_seconds=600)
    may = {
        project: [who for who in (ALICE, BOB, CAROL, None) if policy.may_read_project(who, project)]
        for project in ("acme-secret", "acme-public", "acme-docs-api", "acme-core", "other")
    }
    assert may == {
        "acme-secret": [ALICE],
        "acme-public": [ALICE, BOB, CAROL, None],
        "acme-docs-api": [ALICE, BOB, CAROL, None],
        "acme-core": [ALICE, BOB],
        "other": [ALICE, BOB, CAROL],
    }
    assert [who for who in (ALICE, BOB, CAROL, None) if policy.may_read_list(who)] == [ALICE, BOB]
    assert policy.expirations == {
        "bob": datetime(2027, 1, 31, tzinfo=UTC).timestamp(),
        "ci deploy": datetime(2027, 1, 31, 16, tzinfo=UTC).timestamp(),
    }
    assert policy.upstream is not None
    assert policy.upstream.page("x") == "https://index.example/simple/x/"
    reserved = policy.upstream.reserved
    assert [name for name in ("acme-core", "internal", "acme") if reserved.first(name) is not None] == [
        "acme-core",
        "internal",
    ]


@pytest.mark.parametrize("policy", [open_policy(), parse("refresh_seconds = 60"), parse("[groups]")])
def test_without_rules_every_principal_reads_every_project(policy: Policy) -> None:
    """And the list of them; who is not signed in reads nothing, nobody expires, upstream is off."""
    assert policy.may_read_project(ALICE, "any")
    assert policy.may_read_list(ALICE)
    assert policy.may_read_assets(ALICE)
    assert not policy.may_read_project(None, "any")
    assert not policy.may_read_list(None)
    assert not policy.may_read_assets(None)
    assert policy.freshness == Freshness(refresh_seconds=60, stale_seconds=300)
    assert policy.realm == "serverless-pypi"
    assert policy.expirations == {}
    assert policy.upstream is None


def test_once_there_are_rules_a_project_that_none_names_is_nobodys() -> None:
    """Deny by default; the list keeps its own readers."""
    policy = parse('[[rules]]\nprojects = ["acme-*"]\nread = ["@signed-in"]')
    assert policy.may_read_project(ALICE, "acme-core")
    assert not policy.may_read_project(ALICE, "other")
    assert policy.may_read_list(ALICE)


def test_the_first_rule_that_names_a_project_decides_even_if_it_lets_nobody_in() -> None:
    """So a project is shut by giving it to nobody."""
    policy = parse(
        '[[rules]]\nprojects = ["shut"]\nread = []\n[[rules]]\nprojects = ["*"]\nread = ["@anonymous"]'
    )
    assert not policy.may_read_project(ALICE, "shut")
    assert policy.may_read_project(None, "open")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-01-31", "2027-01-31T00:00:00+00:00"),
        ("2027-01-31T18:00:00Z", "2027-01-31T18:00:00+00:00"),
        ("2027-01-31T18:00:00-05:30", "2027-01-31T23:30:00+00:00"),
        ("2027-01-31 18:00:00.5+00:00", "2027-01-31T18:00:00.500000+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_name_expires_at_the_first_moment_of_a_date_or_at_a_zoned_time(
    written: str, moment: str | None
) -> None:
    """Also at the ends of the calendar, which are never and always."""
    expires = parse(f"[expires]\nalice = {written}").expirations["alice"]
    if moment is not None:
        assert datetime.fromtimestamp(expires, UTC).isoformat() == moment


@pytest.mark.parametrize(
    "url",
    [
        "https://index.example/simple/",
        "https://index.example:8443/a/b~c/simple/",
        "https://index.example/",
        "http://127.0.0.1:8000/simple/",
        "http://localhost/simple/",
    ],
)
def test_an_upstream_is_an_index_url(url: str) -> None:
    """Over TLS, or on this machine; and without `reserved` nothing is."""
    upstream = parse(f'upstream = {{url = "{url}"}}').upstream
    assert upstream is not None
    assert upstream.page("a") == f"{url}a/"
    assert upstream.reserved.first("a") is None


def rule(projects: str = '["a"]', read: str = "[]") -> str:
    return f"[[rules]]\nprojects = {projects}\nread = {read}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'it says nothing: a rule can give the projects "*" to "@signed-in"'),
        ("# nothing\n", 'it says nothing: a rule can give the projects "*" to "@signed-in"'),
        ("\ufeff\r\n", 'it says nothing: a rule can give the projects "*" to "@signed-in"'),
        (b"x" * 32769, "it is larger than 32768 bytes"),
        (b"a = 1\n# \xff\n", "line 2: it is not UTF-8"),
        (b"\xef\xbb\xbfa = 1\n\xff", "line 2: it is not UTF-8"),
        ("rules", "it is not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
        ("a = 1\nb = ?\n", "it is not TOML: Invalid value (at line 2, column 5)"),
        ("a = " + "[" * 5000, "its arrays or tables stand too deep in each other"),
        ("relam = 'x'", f"line 1: unknown key 'relam': allowed are {KEYS}"),
        ("a.b = 1", f"line 1: unknown key 'a': allowed are {KEYS}"),
        ('"a\\nb" = 1', f"line 1: unknown key 'a\\nb': allowed are {KEYS}"),
        ("realm = 5", f"line 1: {REALM} 5"),
        ("realm = 'say \"x\"'", f"line 1: {REALM} 'say \"x\"'"),
        ("realm = 'a\\b'", f"line 1: {REALM} 'a\\\\b'"),
        ('realm = "a\\r\\nb"', f"line 1: {REALM} 'a\\r\\nb'"),
        ("realm = ''", f"line 1: {REALM} ''"),
        ("realm = 'ä'", f"line 1: {REALM} '\\xe4'"),
        ("realm = '" + "x" * 101 + "'", f"line 1: {REALM} '{'x' * 59}…"),
        ("refresh_seconds = 0", "line 1: refresh_seconds must be a whole number from 1 to 300, and is 0"),
        ("refresh_seconds = 301", "line 1: refresh_seconds must be a whole number from 1 to 300, and is 301"),
        (
            "refresh_seconds = 60.0",
            "line 1: refresh_seconds must be a whole number from 1 to 300, and is 60.0",
        ),
        (
            "refresh_seconds = true",
            "line 1: refresh_seconds must be a whole number from 1 to 300, and is true",
        ),
        (
            "refresh_seconds = '60'",
            "line 1: refresh_seconds must be a whole number from 1 to 300, and is '60'",
        ),
        (
            "refresh_seconds = 0x" + "f" * 5000,
            "line 1: refresh_seconds must be a whole number from 1 to 300, and is a very long number",
        ),
        ("stale_seconds = 59", "line 1: stale_seconds must be a whole number from 60 to 86400, and is 59"),
        (
            "stale_seconds = 100\nrefresh_seconds = 200",
            "line 1: stale_seconds must be a whole number from 200 to 86400, and is 100",
        ),
        (
            "stale_seconds = 86401",
            "line 1: stale_seconds must be a whole number from 60 to 86400, and is 86401",
        ),
        ("groups = ['a']", "line 1: groups must be a table, and is an array"),
        ("[[groups]]\na = []", "line 1: groups must be a table, and is an array"),
        ("[groups]\ncore = 'alice'", "line 2: core must be an array, and is 'alice'"),
        ("[groups]\nsigned-in = []", f"line 2: {GROUP_NAME}"),
        ("[groups]\nanonymous = []", f"line 2: {GROUP_NAME}"),
        ("[groups]\n'@core' = []", f"line 2: {GROUP_NAME}"),
        ("[groups]\n'' = []", f"line 2: {GROUP_NAME}"),
        ("[groups]\ncore = [1]", "line 2: each of core must be a username, not a group, and is 1"),
        ("[groups]\na = []\nb = ['@a']", "line 3: each of b must be a username, not a group, and is '@a'"),
        ("[groups]\na = ['x:y']", "line 2: each of a must be a username, not a group, and is 'x:y'"),
        ("[groups]\na = ['']", "line 2: each of a must be a username, not a group, and is ''"),
        ("rules = 'all'", "line 1: rules must be an array, and is 'all'"),
        ("rules = []", "line 1: rules must not be empty"),
        ("rules = ['all']", "line 1: each of rules must be a table, and is 'all'"),
        ("[rules]\nprojects = []", "line 1: rules must be an array, and is a table"),
        ("[[rules]]\n", "line 1: each of rules must have projects and read"),
        (rule() + "[[rules]]\nread = []", "line 4: each of rules must have projects and read"),
        ("[[rules]]\nprojects = ['a']", "line 1: each of rules must have projects and read"),
        ("[[rules]]\nproject = ['a']", "line 2: unknown key 'project' in rules: allowed are projects, read"),
        (rule(projects="'a'"), "line 2: projects must be an array, and is 'a'"),
        (rule(projects="[]"), "line 2: projects must not be empty"),
        (rule(projects="['Acme']"), f"line 2: each of projects must be {GLOB}, and is 'Acme'"),
        (rule(projects="['a', 1]"), f"line 2: each of projects must be {GLOB}, and is 1"),
        (rule(read="'@signed-in'"), "line 3: read must be an array, and is '@signed-in'"),
        (rule(read="[1]"), "line 3: each of read must be a username or a group (@name), and is 1"),
        (rule(read="[['a']]"), "line 3: each of read must be a username or a group (@name), and is an array"),
        (rule(read="['']"), "line 3: each of read must be a username or a group (@name), and is ''"),
        (
            rule(read="['@all']"),
            f"line 3: {READER} @anonymous, @signed-in, and is '@all'",
        ),
        (
            rule(read="['@']"),
            f"line 3: {READER} @anonymous, @signed-in, and is '@'",
        ),
        (
            "[groups]\nb = []\n" + rule(read="['@b', '@a']"),
            f"line 5: {READER} @anonymous, @b, @signed-in, and is '@a'",
        ),
        (
            rule(projects="['*', 'acme']"),
            "line 2: this rule never decides on 'acme': '*' before it names all of that, "
            "so put the narrower first",
        ),
        (
            rule(projects="['acme-*']") + rule(projects="['acme-core-*']"),
            "line 5: this rule never decides on 'acme-core-*': 'acme-*' before it names all of that, "
            "so put the narrower first",
        ),
        (
            rule() + rule(),
            "line 5: this rule never decides on 'a': 'a' before it names all of that, "
            "so put the narrower first",
        ),
        (
            rule(projects=str([f"p{number}" for number in range(501)])),
            "line 1: up to 500 patterns may stand here in all, and 501 do",
        ),
        ("project_list = []", "line 1: project_list must be a table, and is an array"),
        ("[project_list]", "line 1: project_list must have read"),
        (
            "[project_list]\nread = []\nprojects = []",
            "line 3: unknown key 'projects' in project_list: allowed are read",
        ),
        (
            "[project_list]\nread = ['@x']",
            f"line 2: {READER} @anonymous, @signed-in, and is '@x'",
        ),
        ("expires = 2027-01-31", "line 1: expires must be a table, and is 2027-01-31"),
        ("[expires]\nalice = 'soon'", f"line 2: alice must be {MOMENT}, and is 'soon'"),
        (
            "[expires]\nalice = 2027-01-31T18:00:00",
            f"line 2: alice must be {MOMENT}, and is 2027-01-31 18:00:00",
        ),
        ("[expires]\nalice = 18:00:00", f"line 2: alice must be {MOMENT}, and is 18:00:00"),
        ("[expires]\nalice = 1801440000", f"line 2: alice must be {MOMENT}, and is 1801440000"),
        ("[expires]\n'@core' = 2027-01-31", "line 2: only a username expires, not a group"),
        ("upstream = 'https://x/'", "line 1: upstream must be a table, and is 'https://x/'"),
        ("[upstream]\nreserved = []", "line 1: upstream must have a url"),
        ("[upstream]\nuri = ''", "line 2: unknown key 'uri' in upstream: allowed are url, reserved"),
        ("[upstream]\nurl = 5", f"line 2: {URL}"),
        ("[upstream]\nurl = 'https://index.example/simple'", f"line 2: {URL}"),
        ("[upstream]\nurl = 'http://index.example/simple/'", f"line 2: {URL}"),
        ("[upstream]\nurl = 'http://localhost.example/simple/'", f"line 2: {URL}"),
        ("[upstream]\nurl = 'https://bob:hunter2@index.example/simple/'", f"line 2: {URL}"),
        ("[upstream]\nurl = 'https://index.example/simple/?x=/'", f"line 2: {URL}"),
        ('[upstream]\nurl = "https://index.example/\\n/"', f"line 2: {URL}"),
        ("[upstream]\nurl = '//index.example/simple/'", f"line 2: {URL}"),
        ("[upstream]\nurl = 'https://x/'\nreserved = 'a'", "line 3: reserved must be an array, and is 'a'"),
        (
            "[upstream]\nurl = 'https://x/'\nreserved = ['A']",
            f"line 3: each of reserved must be {GLOB}, and is 'A'",
        ),
    ],
)
def test_a_mistake_refuses_the_whole_and_is_told_with_its_line(text: str | bytes, sentence: str) -> None:
    """And with what is allowed there."""
    assert refusal(text) == sentence


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("", 1),
        ("\ufeff", 1),
        ("\ufeffrealm = 'x'\r\n\r\n", 3),
        ("# a comment with [ and \" and '\n\n", 3),
        ("realm = 'a # [ {'\n", 2),
        ("[groups]\nteam = [\n  'alice', # ]\n  'bob',\n]\n", 6),
        ("groups = {team = ['alice'], 'ot.her' = ['[', '#', '\\']}\n", 2),
        ("groups.a = []\ngroups.b = ['''\n]x''']\n", 4),
        ("[groups]\na = []\n[[rules]]\nprojects = ['a']\nread = []\n\n", 7),
        ("[expires]\nalice = 2027-01-31\n", 3),
    ],
)
def test_the_line_is_right_whatever_stands_before_it(before: str, line: int) -> None:
    """Strings, comments, arrays of several lines, line ends of Windows, a byte order mark."""
    assert refusal(before + "[upstream]\nurl = 'no'\n") == f"line {line + 1}: {URL}"


def test_a_number_of_thousands_of_digits_is_a_mistake_like_others() -> None:
    """Python refuses to read it."""
    assert refusal("refresh_seconds = " + "9" * 5000).startswith("it is not TOML: Exceeds the limit")


def test_what_stands_just_not_too_deep_to_be_read_is_a_mistake_like_others() -> None:
    """To find its line takes a little more of the stack."""
    sentences = {refusal("a = " + "[" * depth + "]" * depth) for depth in range(1, 700)}
    assert sentences == {
        "its arrays or tables stand too deep in each other",
        f"line 1: unknown key 'a': allowed are {KEYS}",
    }


def test_the_largest_that_is_allowed_is_read() -> None:
    """Patterns and bytes, to the last."""
    text = rule(projects=str([f"p{number}" for number in range(500)]))
    text += "#" * (32768 - len(text))
    assert parse(text).rules.admit(ALICE, "p499") is False
