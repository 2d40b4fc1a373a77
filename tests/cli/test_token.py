"""``token``: machines come in by tokens that are told once, and are never lost in the telling."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from authenticator.tokens import hash_token, is_token
from tests.cli.auth_bucket import AuthBucket
from tests.cli.running import COMMAND
from tests.road.faulty_endpoint import serve_faulty_endpoint

BCRYPT = "$2y$10$" + "." * 53


def test_a_token_is_all_that_is_on_standard_output(auth: AuthBucket) -> None:
    """So that TOKEN="$(serverless-pypi token create ci)" works."""
    auth.put("auth/htpasswd", f"alice:{BCRYPT}\n")
    done = auth("token", "create", "ci/linux")

    token = done.stdout.removesuffix("\n")
    assert is_token(token.encode())
    assert auth.htpasswd == f"alice:{BCRYPT}\nci/linux:{hash_token(token.encode())}\n"
    assert done.stderr == "'ci/linux' has this token: it holds everywhere within 60 s.\n"


def test_a_program_gets_name_and_token(auth: AuthBucket) -> None:
    created = auth.read_json("token", "create", "ci")
    assert auth.hashes == {"ci": hash_token(created.pop("token").encode())}
    assert created == {"name": "ci"}


def test_tokens_are_listed_and_revoked_by_name(auth: AuthBucket) -> None:
    """What a line keeps is not in a list."""
    keeps = hash_token(b"spp_")
    auth.put("auth/htpasswd", f"alice:{BCRYPT}\nci:{keeps}\nci-2:{keeps}\n")
    assert auth.ok("token", "list") == "NAME  KEPT BY  STATE\nci    SHA-256\nci-2  SHA-256\n"
    auth.ok("token", "revoke", "ci")
    assert auth.htpasswd == f"alice:{BCRYPT}\nci-2:{keeps}\n"
    (listed,) = auth.read_json("token", "list")
    assert (listed["name"], listed["can_sign_in"]) == ("ci-2", True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["create", "alice"],
            "'alice' is in auth/htpasswd already, on line 1: `serverless-pypi user passwd alice`",
        ),
        (["revoke", "alice"], "'alice' has a password: `serverless-pypi user remove alice` ends it."),
    ],
)
def test_what_is_refused_is_told(auth: AuthBucket, arguments: list[str], sentence: str) -> None:
    auth.put("auth/htpasswd", f"alice:{BCRYPT}\n")
    assert sentence in auth.fails("token", *arguments)
    assert auth.htpasswd == f"alice:{BCRYPT}\n"


def test_a_policy_that_gives_a_token_nothing_is_told_of(auth: AuthBucket) -> None:
    """As is one by which it has expired; the token is made all the same."""
    auth.put(
        "auth/policy.toml", '[[rules]]\nprojects = ["*"]\nread = ["alice"]\n[expires]\nold = 2026-01-31\n'
    )
    assert "WARNING: auth/policy.toml gives 'ci' no project to read." in auth("token", "create", "ci").stderr
    done = auth("token", "create", "old")
    assert "WARNING: 'old' has expired (2026-01-31, by auth/policy.toml)." in done.stderr
    assert auth.hashes.keys() == {"ci", "old"}


def test_a_policy_that_cannot_be_used_is_no_hindrance(auth: AuthBucket) -> None:
    """But told, as the index soon says nothing but 503."""
    auth.put("auth/policy.toml", "reader = 1\n")
    done = auth("token", "create", "ci")
    assert done.returncode == 0
    assert "WARNING: auth/policy.toml: line 1: unknown key 'reader'" in done.stderr
    assert "it holds everywhere within 300 s" in done.stderr  # the last good one may say so


def test_a_secret_that_nobody_could_be_told_is_taken_back(auth: AuthBucket) -> None:
    """No name is taken by a token that nobody has, and the former password holds on."""
    former = f"alice:{BCRYPT}\n"
    auth.put("auth/htpasswd", former)
    for words in (["token", "create", "ci"], ["user", "passwd", "alice", "--generate", "--cost", "4"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [COMMAND, *words],
                env=auth.full_environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr == (
            "ERROR: Nobody could be told it on standard output (No space left on device), so it was taken "
            "back: mend that, and type the command again.\n"
        )
        assert auth.htpasswd == former


def test_an_interrupt_does_not_part_a_token_from_its_being_told(auth: AuthBucket) -> None:
    """It waits for the write; the token that then holds is on standard output."""
    with serve_faulty_endpoint(auth.command.road.s3_endpoint) as endpoint:
        with endpoint.holding_uploads() as held:
            running = auth.start("token", "create", "ci", "--json", AWS_ENDPOINT_URL=endpoint.url)
            assert held.wait(20)
            running.send_signal(signal.SIGINT)
            assert running.stderr is not None
            assert "This is finished first; once more breaks it off." in running.stderr.readline()
        out, err = running.communicate(timeout=60)

    assert running.returncode == 130
    assert err == "ERROR: Interrupted, when all was written: it stays so.\n"
    assert auth.hashes == {"ci": hash_token(json.loads(out)["token"].encode())}


def test_a_second_interrupt_leaves_nothing(auth: AuthBucket) -> None:
    """Nothing was written; so the same command once more makes a token."""
    with serve_faulty_endpoint(auth.command.road.s3_endpoint) as endpoint:
        with endpoint.holding_uploads() as held:
            running = auth.start("token", "create", "ci", AWS_ENDPOINT_URL=endpoint.url)
            assert held.wait(20)
            running.send_signal(signal.SIGINT)
            assert running.stderr is not None
            running.stderr.readline()
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=60)
            assert (running.returncode, out) == (130, "")
        token = auth.ok("token", "create", "ci", AWS_ENDPOINT_URL=endpoint.url).strip()
    assert auth.hashes == {"ci": hash_token(token.encode())}
