"""``policy``: nobody puts a policy that is none, and everybody learns what one gives to whom."""

import json
import re
from pathlib import Path

import pytest

from serverless_pypi.auth.audience import explain_audience
from serverless_pypi.auth.explanation import Explainer, InvalidProjectError
from serverless_pypi.auth.files import PolicyChangedError, put_policy
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.written_policy import WrittenPolicy
from serverless_pypi.store import Store
from tests.cli.auth_bucket import AuthBucket
from tests.cli.running import run_command
from tests.road.road import REPOSITORY

BCRYPT = "$2y$10$" + "." * 53
PAGE = (REPOSITORY / "docs" / "policy.md").read_text()
EXAMPLE = re.findall(r"^## A whole example$.*?^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
PEOPLE = ("alice", "bob", "carol", "dan", "erin", "ci-merger", "ci-trial")
HTPASSWD = "".join(f"{name}:{BCRYPT}\n" for name in PEOPLE) + f"zoe:!{BCRYPT}\nmd5:$apr1$x$y\n"
MISTAKE = EXAMPLE.replace('read = ["@merger", "alice"]', 'read = ["@mergre", "alice"]')


def line_of(text: str) -> int:
    """Of the example, where *text* stands."""
    return EXAMPLE[: EXAMPLE.index(text)].count("\n") + 1


MERGER_LINE = line_of('[[rules]]\nprojects = ["acme-merger"')
REST_LINE = line_of('[[rules]]\nprojects = ["*"]')


def explainer(name: str | None, policy: str = EXAMPLE, *, htpasswd: str | None = HTPASSWD) -> Explainer:
    return Explainer(
        WrittenPolicy(policy.encode(), "policy.toml"),
        None if htpasswd is None else HtpasswdFile(htpasswd.encode()),
        name,
    )


def decided(rule: int, line: int, pattern: str) -> str:
    return (
        f"Rule {rule} of policy.toml (line {line}) decides: "
        f'its "{pattern}" is the first pattern that names the project.'
    )


BY_PUBLIC = decided(1, line_of("[[rules]]"), "acme-client")
BY_MERGER = decided(2, MERGER_LINE, "acme-merger-*")
BY_REST = decided(3, REST_LINE, "*")
EXPLAINED = [
    (
        "carol",
        "Acme.Merger-x",
        [
            "carol may read acme-merger-x.",
            BY_MERGER,
            f"It is for @merger, which carol is in (line {line_of('merger = ')}).",
            "carol can come in (line 3 of auth/htpasswd).",
            "It is reserved, and never looked for upstream.",
        ],
    ),
    (
        "alice",
        "acme-merger-x",
        [
            "alice may read acme-merger-x.",
            BY_MERGER,
            "It is for alice.",
            "alice can come in (line 1 of auth/htpasswd).",
            "It is reserved, and never looked for upstream.",
        ],
    ),
    (
        "bob",
        "acme-merger-x",
        [
            "bob may not read acme-merger-x.",
            BY_MERGER,
            "It is for @merger, alice, which bob is not.",
            "bob can come in (line 2 of auth/htpasswd).",
        ],
    ),
    (
        None,
        "acme-client",
        [
            "Who has no credential may read acme-client.",
            BY_PUBLIC,
            "It is for @anonymous: everybody, with or without a credential.",
            "It is reserved, and never looked for upstream.",
        ],
    ),
    (
        None,
        "numpy",
        [
            "Who has no credential may not read numpy.",
            BY_REST,
            "It is for @signed-in, which who has no credential is not.",
        ],
    ),
    (
        "dan",
        "numpy",
        [
            "dan may read numpy.",
            BY_REST,
            "It is for @signed-in: whoever has a good credential.",
            "dan can come in (line 4 of auth/htpasswd, until 2099-12-31).",
            "If this index never had it, it is looked for at https://upstream.example/simple/.",
        ],
    ),
    (
        "ci-trial",
        "numpy",
        [
            "ci-trial may not read numpy.",
            BY_REST,
            "It is for @signed-in: whoever has a good credential.",
            f"ci-trial has expired (2026-01-31T18:00:00+01:00, by line {line_of('ci-trial = ')} of "
            "policy.toml), so a credential of that name is answered 401.",
        ],
    ),
]


@pytest.mark.parametrize(("name", "project", "lines"), EXPLAINED)
def test_an_answer_names_the_rule_its_line_and_the_way_to_it(
    name: str | None, project: str, lines: list[str]
) -> None:
    """And what else has to do with it: the line in auth/htpasswd, an expiry, upstream."""
    assert explainer(name).explain(project).text.split("\n  ") == lines


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("eve", "eve has no line in auth/htpasswd, so a credential of that name is answered 401."),
        ("zoe", "zoe is shut out by the ! on line 8 of auth/htpasswd, so a credential"),
        ("md5", "md5 has line 9 of auth/htpasswd, which is left out, for its hash is neither bcrypt"),
    ],
)
def test_who_cannot_come_in_may_read_nothing(name: str, problem: str) -> None:
    """Whatever the rules say."""
    explanation = explainer(name).explain("numpy")
    assert explanation.text.startswith(f"{name} may not read numpy.")
    assert problem in explanation.text
    assert explanation.value["may_read"] is False
    assert explanation.value["through"] == "@signed-in"


def test_where_nobody_looked_into_auth_htpasswd_nothing_is_said_of_it() -> None:
    explanation = explainer("eve", htpasswd=None).explain("numpy")
    assert explanation.value["may_read"]
    assert "htpasswd" not in explanation.text


def test_without_rules_whoever_is_signed_in_reads_everything() -> None:
    text = explainer("alice", "refresh_seconds = 5\n").explain("numpy").text
    assert "There is no rule in policy.toml, so whoever is signed in reads everything." in text


def test_a_project_that_no_rule_names_is_nobodys() -> None:
    policy = '[[rules]]\nprojects = ["acme"]\nread = []\n'
    assert "No rule of policy.toml names it, so it is nobody's to read." in (
        explainer("alice", policy).explain("bolt").text
    )
    assert "It is for nobody, which alice is not." in explainer("alice", policy).explain("acme").text
    assert explainer("alice", policy).explain_all().text.splitlines()[3].split() == (
        ["(all", "other", "projects)", "no"]
    )


@pytest.mark.parametrize("project", ["acme-*", "", "a/b", "-"])
def test_what_is_no_project_is_told(project: str) -> None:
    with pytest.raises(InvalidProjectError, match="is no project's name"):
        explainer("alice").explain(project)


def test_all_that_somebody_may_read_is_a_table() -> None:
    explanation = explainer("carol").explain_all()
    assert [line.split() for line in explanation.text.splitlines()[1:6]] == [
        ["1", str(line_of("[[rules]]")), "acme-client", "yes", "@anonymous"],
        ["1", str(line_of("[[rules]]")), "acme-client-*", "yes", "@anonymous"],
        ["2", str(MERGER_LINE), "acme-merger", "yes", "@merger"],
        ["2", str(MERGER_LINE), "acme-merger-*", "yes", "@merger"],
        ["3", str(REST_LINE), "*", "yes", "@signed-in"],
    ]
    assert explanation.text.splitlines()[6].split()[-2:] == ["yes", "@merger"]
    assert explanation.value["project_list"] == {"may_read": True, "through": "@merger"}
    assert [each["pattern"] for each in explanation.value["patterns"]][2:4] == [
        "acme-merger",
        "acme-merger-*",
    ]


def test_who_may_read_a_project_is_asked_for_everybody() -> None:
    """Each name in either file, and who has none."""
    explanation = explain_audience(
        WrittenPolicy(EXAMPLE.encode(), "policy.toml"), HtpasswdFile(HTPASSWD.encode()), "Acme_Merger"
    )
    readers = {each["name"]: each for each in explanation.value["readers"]}
    assert list(readers) == [None, *PEOPLE, "zoe", "md5"]
    assert [name for name, each in readers.items() if each["may_read"]] == [
        "alice",
        "carol",
        "dan",
        "ci-merger",
    ]
    assert (readers["carol"]["through"], readers["alice"]["through"]) == ("@merger", "alice")
    assert readers["zoe"]["refused"] == "is shut out by the ! on line 8 of auth/htpasswd"
    assert explanation.value["line"] == MERGER_LINE
    assert [line.split()[:3] for line in explanation.text.splitlines()[:3]] == [
        ["NAME", "MAY", "READ"],
        ["(no", "credential)", "no"],
        ["alice", "yes", "alice"],
    ]


def test_a_good_policy_would_be_taken(auth: AuthBucket) -> None:
    """What it hardly means is told: names that nobody has, or that have expired."""
    auth.put("auth/htpasswd", "".join(f"{name}:{BCRYPT}\n" for name in ("alice", "carol", "dan", "ci-trial")))
    (auth.command.home / "policy.toml").write_text(EXAMPLE)
    done = auth("policy", "check", "policy.toml")
    assert (done.returncode, done.stdout) == (0, "policy.toml would be taken.\n")
    bob, merger = line_of("platform = "), line_of("merger = ")
    assert done.stderr.splitlines() == [
        f"WARNING: policy.toml: auth/htpasswd has no good line for 'bob' (line {bob}), 'ci-merger' "
        f"(line {merger}), so nothing is read by such a name.",
        f"WARNING: policy.toml: expired: 'ci-trial' (line {line_of('ci-trial = ')}).",
    ]
    found = auth.read_json("policy", "check", "policy.toml")
    assert found["missing"] == {"bob": bob, "ci-merger": merger}
    assert found["valid"]


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """In the authenticator's words; no bucket is needed for that."""
    (tmp_path / "policy.toml").write_text(MISTAKE)
    done = run_command(tmp_path, "policy", "check", "policy.toml", "--json")
    assert done.returncode == 3
    line = line_of('read = ["@merger", "alice"]')
    assert done.stderr.startswith(
        f"ERROR: policy.toml: line {line}: each of read must be a username or one of the"
    )
    assert json.loads(done.stdout)["line"] == line


def test_a_policy_is_checked_where_nothing_can_be_reached(tmp_path: Path) -> None:
    """With a word on what was not looked at, or none if that was meant."""
    (tmp_path / "policy.toml").write_text(EXAMPLE)
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    done = run_command(tmp_path, "policy", "check", "policy.toml", "--quiet", **nowhere)
    assert (done.returncode, done.stdout) == (0, "policy.toml would be taken.\n")
    assert "WARNING: auth/htpasswd was not looked at, as with --offline: AWS cannot be reached" in done.stderr
    done = run_command(tmp_path, "policy", "check", "-", "--offline", typed=EXAMPLE, **nowhere)
    assert "htpasswd" not in done.stderr
    done = run_command(
        tmp_path, "policy", "explain", "eve", "acme-merger", "--file", "policy.toml", "--offline", **nowhere
    )
    assert done.stdout.startswith("eve may not read acme-merger.")


def test_without_a_policy_what_holds_is_shown_and_can_be_put(auth: AuthBucket) -> None:
    """And explained."""
    done = auth("policy", "show")
    assert "There is no auth/policy.toml: this is what holds without one." in done.stderr
    auth.put("auth/htpasswd", HTPASSWD)
    assert auth.ok("policy", "explain", "alice", "acme").splitlines()[1] == (
        "  There is no auth/policy.toml, so whoever is signed in reads everything."
    )
    put = auth("policy", "put", "-", typed=done.stdout)
    assert put.returncode == 0
    assert auth.read("auth/policy.toml") == done.stdout


def test_a_policy_is_put_and_shown_as_it_is(auth: AuthBucket) -> None:
    """What changes is told before; the same once more changes nothing."""
    auth.put("auth/htpasswd", HTPASSWD)
    auth.put("auth/policy.toml", "refresh_seconds = 5\n")
    done = auth("policy", "put", "-", typed=EXAMPLE)
    assert done.returncode == 0
    assert '-refresh_seconds = 5\n+realm = "Acme packages"\n+refresh_seconds = 60\n' in done.stderr
    assert done.stderr.endswith("standard input is the policy: it holds everywhere within 5 s.\n")
    assert auth.ok("policy", "show") == EXAMPLE
    shown = auth.read_json("policy", "show")
    assert shown["rules"][2] == {"projects": ["*"], "read": ["@signed-in"]}
    assert shown["expires"]["dan"] == "2099-12-31"
    assert "nothing to change" in auth("policy", "put", "-", typed=EXAMPLE).stderr
    assert auth.ok("policy", "explain", "--anonymous", "acme-client").startswith(
        "Who has no credential may read"
    )


def test_a_policy_that_is_none_is_not_put(auth: AuthBucket) -> None:
    assert auth.fails("policy", "put", "-", typed="reader = 1\n").startswith(
        "standard input: line 1: unknown key 'reader': allowed are"
    )
    assert "There is no auth/policy.toml" in auth("policy", "show").stderr


def test_a_policy_that_somebody_has_changed_meanwhile_is_left_alone(auth: AuthBucket) -> None:
    """Nobody overwrites what was not shown; ours may be there by a try whose answer was lost."""
    store = Store(auth.s3, auth.name)
    put_policy(store, b"refresh_seconds = 5\n", instead_of=None)
    for shown in (None, b"refresh_seconds = 4\n"):
        with pytest.raises(PolicyChangedError, match="it was left alone: look at it by"):
            put_policy(store, b"refresh_seconds = 6\n", instead_of=shown)
    put_policy(store, b"refresh_seconds = 5\n", instead_of=None)
    put_policy(store, b"refresh_seconds = 6\n", instead_of=b"refresh_seconds = 5\n")
    assert auth.read("auth/policy.toml") == "refresh_seconds = 6\n"


def test_a_policy_is_put_whatever_has_become_of_auth_htpasswd(auth: AuthBucket) -> None:
    """One is mended after the other."""
    auth.put("auth/htpasswd", "#\n" * 30_001)
    done = auth("policy", "put", "-", typed="refresh_seconds = 5\n")
    assert done.returncode == 0
    assert "WARNING: auth/htpasswd would not be taken (it has more than 30000 lines)" in done.stderr


def test_nobody_is_locked_out_in_silence(auth: AuthBucket) -> None:
    """Somebody has to say that it is meant."""
    auth.put("auth/htpasswd", HTPASSWD)
    nothing = '[[rules]]\nprojects = ["*"]\nread = ["eve", "zoe"]\n'
    done = auth("policy", "put", "-", typed=nothing)
    assert done.returncode == 1
    assert "WARNING: standard input: by it, nobody can read any project." in done.stderr
    assert "say --yes where nobody can be asked" in done.stderr
    auth.ok("policy", "put", "-", "--yes", typed=nothing)
    assert auth.read("auth/policy.toml") == nothing


def test_a_policy_in_force_that_is_none_is_shown_and_told(auth: AuthBucket) -> None:
    """As is one that was deleted, which the index takes for an accident."""
    auth.put("auth/policy.toml", "reader = 1\n")
    done = auth("policy", "show")
    assert (done.returncode, done.stdout) == (3, "reader = 1\n")
    assert "The last good one serves on for a while" in done.stderr
    assert auth.fails("policy", "explain", "alice").startswith("auth/policy.toml: line 1: unknown key")

    auth.s3.delete_object(Bucket=auth.name, Key="auth/policy.toml")
    assert auth.fails("policy", "show").startswith("auth/policy.toml has been deleted")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give a NAME, or --anonymous, or --everybody"),
        (["alice", "acme", "--anonymous"], "--anonymous and --everybody have no NAME"),
        (["--everybody"], "--everybody needs a PROJECT"),
        (["alice", "--offline"], "--offline goes with --file"),
    ],
)
def test_a_question_that_is_none_is_told(tmp_path: Path, words: list[str], sentence: str) -> None:
    done = run_command(tmp_path, "policy", "explain", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
