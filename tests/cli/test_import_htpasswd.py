"""``import-htpasswd``: users come over from another server, and who does not is told by line."""

import bcrypt

from authenticator.tokens import hash_token
from tests.cli.auth_bucket import AuthBucket

BCRYPT = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
OTHER = bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()
SHA1 = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="
THEIRS = f"""\
# as htpasswd left it
alice:{BCRYPT}
bob:{SHA1}
carol:{BCRYPT}:who pays
dan:$2y$12${BCRYPT[7:]}
alice:{OTHER}
secret
ci:{hash_token(b"x")}
"""


def test_what_can_be_used_is_taken_and_the_rest_told_by_line(auth: AuthBucket) -> None:
    """With the command that mends it: another for who is in auth/htpasswd already."""
    auth.put("auth/htpasswd", f"# ours\ndan:{OTHER}\n")
    (auth.command.home / "users").write_text(THEIRS)
    done = auth("import-htpasswd", "users")

    assert done.returncode == 3
    assert auth.htpasswd == (f"# ours\ndan:{OTHER}\nalice:{BCRYPT}\ncarol:{BCRYPT}\nci:{hash_token(b'x')}\n")
    assert done.stdout == "3 taken over, 0 already there, 4 left out.\n"
    assert done.stderr.splitlines() == [
        "3 names of users taken over: it holds everywhere within 60 s.",
        "WARNING: users: line 3 ('bob') keeps a SHA-1, which is guessed too quickly: "
        "`serverless-pypi user add bob` gives a new password.",
        "WARNING: users: line 5 ('dan') has a bcrypt cost of 12, and above 11 a check takes seconds at the "
        "edge: `serverless-pypi user passwd dan` gives a new password.",
        "WARNING: users: line 6 ('alice') does not count beside line 2 of that name.",
        "WARNING: users: line 7 has no colon, so it is no line of a password file.",
        "WARNING: 'ci' is let in by a generated token of this index alone, for its line is {SHA256}.",
    ]
    assert not any(secret in done.stderr for secret in ("secret", SHA1, BCRYPT[7:]))


def test_the_same_once_more_changes_nothing(auth: AuthBucket) -> None:
    """What is there already is no failure; a dry run writes nothing at all."""
    users = f"alice:{BCRYPT}\nbob:{BCRYPT}\n"
    assert auth.ok("import-htpasswd", "-", "--dry-run", typed=users) == (
        "2 would be taken over, 0 are already there, 0 would be left out.\n"
    )
    assert auth.ok("user", "list") == ""
    auth.ok("import-htpasswd", "-", typed=users)
    assert auth.ok("import-htpasswd", "-", typed=users) == "0 taken over, 2 already there, 0 left out.\n"
    assert auth.htpasswd == users


def test_a_name_that_is_there_keeps_its_line_unless_that_is_to_be_replaced(auth: AuthBucket) -> None:
    auth.put("auth/htpasswd", f"alice:{OTHER}\n")
    kept = auth("import-htpasswd", "-", "--json", typed=f"alice:{BCRYPT}\n")
    assert kept.returncode == 3
    assert "is in auth/htpasswd already, with another hash: --replace takes this one" in kept.stdout
    assert auth.htpasswd == f"alice:{OTHER}\n"

    auth.ok("import-htpasswd", "-", "--replace", typed=f"alice:{BCRYPT}\n")
    assert auth.htpasswd == f"alice:{BCRYPT}\n"


def test_what_is_no_password_file_is_told(auth: AuthBucket) -> None:
    """As is one that is not there, or a folder."""
    assert auth.fails("import-htpasswd", "-", typed="secret\n") == (
        "standard input is no password file: none of its lines begins with a name. Its lines are name:hash."
    )
    assert auth.fails("import-htpasswd", "users") == "users: No such file or directory."
