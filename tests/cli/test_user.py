"""``user``: people come in by passwords that are chosen well, and nobody's line is lost."""

import fcntl
import os
import pty
import subprocess
import termios
from collections.abc import Iterator

import pytest

from tests.cli.auth_bucket import AuthBucket, make_auth_bucket
from tests.cli.running import COMMAND, Command
from tests.road.road import Road

PASSWORD = "tr33house-lemur-ballast"
OTHER = "ballast-lemur-tr33house"
BCRYPT = "$2y$10$" + "." * 53
TOKEN = "{SHA256}" + "a" * 43 + "="
KEPT = f"# who comes in\r\nold:$apr1$x$y\r\nzoe:{TOKEN}\r\n"


def test_a_user_comes_in_gets_another_password_and_goes(auth: AuthBucket) -> None:
    """And all that stood in the file stays, byte for byte."""
    auth.put("auth/htpasswd", KEPT)

    assert auth.ok("user", "add", "alice", typed=f"{PASSWORD}\n") == ""
    assert auth.htpasswd.startswith(KEPT + "alice:$2b$10$")
    assert auth.htpasswd.endswith("\r\n")
    assert auth.lets_in("alice", PASSWORD)

    done = auth("user", "passwd", "alice", "--password-stdin", "--cost", "4", typed=f"{OTHER}\nmore")
    assert done.stderr == "'alice' has this password: it holds everywhere within 60 s.\n"
    assert auth.htpasswd.startswith(KEPT + "alice:$2b$04$")
    assert auth.lets_in("alice", OTHER)

    auth.ok("user", "passwd", "old", typed=PASSWORD)
    assert auth.lets_in("old", PASSWORD)
    auth.ok("user", "remove", "alice", "old")
    assert auth.htpasswd == KEPT.replace("old:$apr1$x$y\r\n", "")


def test_the_first_user_makes_the_file(auth: AuthBucket) -> None:
    """The generated password is all that is on standard output, and nowhere else."""
    done = auth("user", "add", "Zoë Müller", "--generate")

    password = done.stdout.removesuffix("\n")
    assert auth.lets_in("Zoë Müller", password)
    assert password not in done.stderr
    assert auth.s3.head_object(Bucket=auth.name, Key="auth/htpasswd")["ContentType"].startswith("text/plain")


def test_a_list_says_who_comes_in_and_what_keeps_others_out(auth: AuthBucket) -> None:
    """Not what their lines keep."""
    auth.put(
        "auth/htpasswd",
        f"alice:{BCRYPT}\nbob:!{BCRYPT}\ncarol:$apr1$x$y\ndan:{BCRYPT}\nalice:{BCRYPT}\nnobody\nci:{TOKEN}\n",
    )
    auth.put("auth/policy.toml", "[expires]\ndan = 2026-01-31\nalice = 2099-12-31T00:00:00Z\n")
    done = auth("user", "list")
    assert done.stdout.splitlines() == [
        "NAME   KEPT BY          STATE",
        "alice  bcrypt, cost 10  until 2099-12-31T00:00:00+00:00",
        "bob                     shut out by a !",
        "carol                   left out: its hash is neither bcrypt ($2y$) nor {SHA256} of a token",
        "dan    bcrypt, cost 10  expired 2026-01-31",
    ]
    assert done.stderr.splitlines() == [
        "WARNING: Line 5 of auth/htpasswd is left out: the name stands on line 1 already.",
        "WARNING: Line 6 of auth/htpasswd is left out: it does not begin with a name and a colon.",
    ]
    listed = auth.read_json("user", "list")
    assert [(each["name"], each["line"], each["can_sign_in"]) for each in listed] == [
        ("alice", 1, True),
        ("bob", 2, False),
        ("carol", 3, False),
        ("dan", 4, False),
    ]
    assert listed[1]["shut_out"]
    assert BCRYPT[7:] not in done.stdout + done.stderr + str(listed)


def test_where_nobody_is_listed_it_is_said_how_to_begin(auth: AuthBucket) -> None:
    done = auth("user", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "names nobody, so the index answers 503: `serverless-pypi user add` mends that" in done.stderr


#: The sentences of names and passwords are all in test_passwords.py and test_htpasswd_file.py.
REFUSALS = [
    (
        ["add", "alice"],
        PASSWORD,
        "'alice' is in auth/htpasswd already, on line 1: `serverless-pypi user passwd",
    ),
    (["add", "dan"], "serverless-pypi-dan", "The password is too easy to guess"),
    (
        ["passwd", "bob"],
        PASSWORD,
        "'bob' is shut out by the ! on line 2 of auth/htpasswd: `serverless-pypi user",
    ),
    (["remove", "alice", "ci"], "", "'ci' has a token: `serverless-pypi token revoke ci` ends it"),
]


@pytest.fixture(scope="module")
def kept(road: Road, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthBucket]:
    with make_auth_bucket(road, tmp_path_factory.mktemp("kept")) as bucket:
        bucket.put("auth/htpasswd", f"alice:{BCRYPT}\nbob:!{BCRYPT}\nci:{TOKEN}\n")
        yield bucket


@pytest.mark.parametrize(("arguments", "typed", "sentence"), REFUSALS)
def test_what_is_refused_changes_nothing(
    kept: AuthBucket, arguments: list[str], typed: str, sentence: str
) -> None:
    """And says what to do."""
    before = kept.htpasswd
    assert sentence in kept.fails("user", *arguments, typed=f"{typed}\n")
    assert kept.htpasswd == before


@pytest.mark.parametrize("cost", ["3", "12"])
def test_a_cost_that_the_edge_cannot_bear_is_no_command_line(command: Command, cost: str) -> None:
    assert "no cost that the edge bears: give 4 to 11" in command.fails(
        "user", "add", "dan", "--cost", cost, code=2
    )


def test_the_last_name_stays_or_leaves_nobody(auth: AuthBucket) -> None:
    """Never a file that names nobody, which the index would answer with 503."""
    auth.put("auth/htpasswd", f"# ours\nalice:{BCRYPT}\nbob:$apr1$x$y\n")
    before = auth.htpasswd
    assert "Add somebody first, or say --force" in auth.fails("user", "remove", "alice")
    assert auth.htpasswd == before

    done = auth("user", "remove", "alice", "--force")
    assert (
        "WARNING: Nobody can come in: a token that nobody has is all that is left, as 'nobody'."
        in done.stderr
    )
    assert list(auth.hashes) == ["nobody"]
    assert auth.htpasswd.startswith("# ours\nbob:$apr1$x$y\nnobody:{SHA256}")


def test_administrators_at_the_same_time_lose_nobody(auth: AuthBucket) -> None:
    """Five processes, each with a user of its own."""
    auth.put("auth/htpasswd", KEPT)
    names = [f"user-{number}" for number in range(5)]
    running = [auth.start("user", "add", name, "--generate", "--cost", "4") for name in names]
    passwords = dict(zip(names, [each.communicate(timeout=60)[0].strip() for each in running], strict=True))

    assert [each.returncode for each in running] == [0] * 5
    assert auth.htpasswd.startswith(KEPT)
    assert auth.hashes.keys() == {*names, "zoe"}
    assert all(auth.lets_in(name, password) for name, password in passwords.items())


def test_of_two_that_add_the_same_name_one_is_told(auth: AuthBucket) -> None:
    """The password of the other holds, and there is one line."""
    running = [auth.start("user", "add", "alice", "--generate", "--cost", "4") for _ in range(2)]
    outcomes = [each.communicate(timeout=60) for each in running]

    codes = [each.returncode for each in running]
    assert sorted(codes) == [0, 1]
    (lost_out, lost_err), (won_out, _) = outcomes[codes.index(1)], outcomes[codes.index(0)]
    assert lost_out == ""
    assert "'alice' is in auth/htpasswd already, on line 1" in lost_err
    assert auth.htpasswd.count("\n") == 1
    assert auth.lets_in("alice", won_out.strip())


def type_at_terminal(auth: AuthBucket, *arguments: str, lines: list[str]) -> tuple[int, str]:
    """The exit code, and all that somebody saw who typed *lines*, each when he was asked."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *arguments],
        env=auth.full_environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # else getpass finds no terminal
    )
    os.close(theirs)
    seen = ""
    asked = 0
    while chunk := read_terminal(ours):
        seen += chunk
        if seen.count(": ") > asked and seen.endswith(": "):
            asked += 1
            os.write(ours, f"{lines.pop(0)}\n".encode())
    os.close(ours)
    return process.wait(timeout=60), seen


def read_terminal(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # so Linux says that nobody is left at the other end
        return ""


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(auth: AuthBucket) -> None:
    code, seen = type_at_terminal(auth, "user", "add", "alice", lines=[PASSWORD, PASSWORD])
    assert code == 0
    assert "Password for alice: " in seen
    assert "The same again: " in seen
    assert PASSWORD not in seen
    assert auth.lets_in("alice", PASSWORD)


def test_two_that_differ_are_none(auth: AuthBucket) -> None:
    code, seen = type_at_terminal(auth, "user", "add", "alice", lines=[PASSWORD, OTHER])
    assert code == 1
    assert "ERROR: The second password is not the first: type the same one twice." in seen


def test_where_there_is_no_standard_input_the_password_is_empty(auth: AuthBucket) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{COMMAND} user add alice <&-"],
        env=auth.full_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "ERROR: The password is empty; --generate makes a strong one.\n"


def test_an_end_of_input_at_a_terminal_is_an_empty_password(auth: AuthBucket) -> None:
    """Ctrl-D."""
    code, seen = type_at_terminal(auth, "user", "add", "alice", "--password-stdin", lines=["\x04"])
    assert code == 1
    assert "ERROR: The password is empty" in seen
