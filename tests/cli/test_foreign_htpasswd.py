"""Which lines of other servers' password files are taken over, and what is said of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator.htpasswd import parse_htpasswd
from authenticator.tokens import hash_token
from serverless_pypi.auth.foreign_htpasswd import NoPasswordFileError, read_foreign_htpasswd
from serverless_pypi.auth.htpasswd_file import HtpasswdFile
from serverless_pypi.auth.merge import merge
from tests.property.test_htpasswd import BAD_LINES, HASHES, NAMES, USELESS_LINES

BCRYPT = "$2b$04$7tmVgNQnwyrvXGqEl/0wSe.WmKmWToL.tJgYnp211DylEQ5f9B6j2"
GOOD = f"good:{BCRYPT}\n"

#: As htpasswd, openssl passwd, nginx' documentation and passlib write them, all of "secret".
LEFT_OUT = [
    ("bob:$apr1$Vmg1Oj2R$SOiFxmPmxJ2qpWlVbbQVP0", "keeps an MD5 of Apache"),
    ("bob:$1$abcdefgh$J3xCTBMGZhVjqSmZ2Zsoq/", "keeps an MD5 of crypt"),
    ("bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "keeps a SHA-1"),
    ("bob:{SSHA}xPLWMzMHKvWB7HNq3oLYzGVYiJxhYmNk", "keeps a SHA-1"),
    ("bob:{SSHA512}abcdef", "keeps a plain digest"),
    ("bob:{SHA256}abcdef", "keeps a plain digest"),
    ("bob:$5$MnfsQ4iN$ZMTppKN16y/tIsUYs/obHlhdP.Os80yXhTurpBMUbA5", "keeps a SHA-crypt"),
    ("bob:$6$rounds=5000$abc$" + "x" * 86, "keeps a SHA-crypt"),
    ("bob:$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "keeps another hash than bcrypt"),
    ("bob:$pbkdf2-sha256$29000$x$y", "keeps another hash than bcrypt"),
    ("bob:$2y$12$" + BCRYPT[7:], "has a bcrypt cost of 12, and above 11 a check takes seconds"),
    ("bob:" + BCRYPT[:-1], "keeps a bcrypt hash that is not whole"),
    ("bob:$2x" + BCRYPT[3:], "keeps a bcrypt hash that is not whole, or of a kind with a mistake"),
    ("bob:rqXexS6ZhobKA", "keeps a DES hash of crypt"),
    ("bob:acme:0123456789abcdef0123456789abcdef", "is htdigest's"),
    ("bob:", "keeps no password"),
    ("bob:secret", "keeps a password in clear"),
    ("bob:{PLAIN}secret", "keeps a password in clear"),
    ("bob:sécret", "keeps a password in clear"),
    ("bob:!" + BCRYPT, "is shut out by a !"),
    ("good:" + BCRYPT, "does not count beside line 2 of that name"),
    ("@ops:" + BCRYPT, "has a name that cannot be given here"),
    ("b\tb:" + BCRYPT, "has a name that cannot be given here"),
    ("bob :" + BCRYPT, "has a name that cannot be given here"),
    (":" + BCRYPT, "has a name that cannot be given here"),
    ("secret", "has no colon"),
]


@pytest.mark.parametrize(("line", "problem"), LEFT_OUT)
def test_a_line_that_cannot_be_used_is_told_by_number_and_reason(line: str, problem: str) -> None:
    """Never by what it keeps. The others are taken."""
    foreign = read_foreign_htpasswd(f"# users\n{GOOD}{line}\n".encode(), "htpasswd")
    assert list(foreign.usable) == ["good"]
    (left_out,) = foreign.left_out
    assert left_out.number == 3
    assert left_out.problem.startswith(problem)
    assert "secret" not in repr(left_out)
    assert line[4:20] not in repr(left_out) or not line[4:20]


def test_names_that_are_no_utf_8_are_left_out() -> None:
    foreign = read_foreign_htpasswd(GOOD.encode() + b"J\xfcrgen:" + BCRYPT.encode(), "htpasswd")
    assert [each.problem for each in foreign.left_out] == ["has a name that is not UTF-8"]


@pytest.mark.parametrize(
    "line",
    [
        f"alice:{BCRYPT}",
        f"alice:{BCRYPT}:a comment, as nginx has them",
        f"  alice:{BCRYPT}  ",
        f"alice:{BCRYPT}\r",
        f"\ufeffalice:{BCRYPT}",
    ],
)
def test_a_line_of_bcrypt_is_taken_as_apache_and_nginx_read_it(line: str) -> None:
    """A comment behind a second colon, and white space around, are no part of it."""
    foreign = read_foreign_htpasswd(f"{line}\n".encode(), "htpasswd")
    assert {name: usable.stored for name, usable in foreign.usable.items()} == {"alice": BCRYPT}
    assert "$2" not in repr(foreign)


@pytest.mark.parametrize("content", [b"", b"\n# nobody\n", b"secret\n", b"a:b\0", b"@a:b\n"])
def test_what_names_nobody_is_no_password_file(content: bytes) -> None:
    with pytest.raises(NoPasswordFileError, match=r"x is no password file: .* Its lines are name:hash\."):
        read_foreign_htpasswd(content, "x")


def test_nor_is_what_has_too_many_lines() -> None:
    with pytest.raises(NoPasswordFileError, match="more than 30000 lines"):
        read_foreign_htpasswd(GOOD.encode() * 30_001, "x")


LINES = st.one_of(st.builds("{}:{}".format, NAMES, HASHES).map(str.encode), BAD_LINES, USELESS_LINES)


@given(
    st.lists(LINES, max_size=8).map(b"\n".join), st.lists(LINES, max_size=8).map(b"\n".join), st.booleans()
)
def test_what_is_taken_over_holds_and_nobody_else_is_changed(
    theirs: bytes, ours: bytes, replace: bool
) -> None:
    """Each line of a foreign file is taken, there already, or left out with a reason; never two of these."""
    try:
        foreign = read_foreign_htpasswd(theirs, "x")
    except NoPasswordFileError:
        return
    before = HtpasswdFile(ours)
    outcome = merge(before, foreign, replace=replace)

    after = parse_htpasswd(outcome.merged.content).hashes
    good = parse_htpasswd(ours).hashes
    assert after == {**good, **{name: foreign.usable[name].stored for name in outcome.taken}}
    assert all(good[name] == foreign.usable[name].stored for name in outcome.unchanged if name in good)
    if not replace:
        assert not set(outcome.taken) & before.entries.keys()
    lines = [line for line in theirs.removeprefix("\ufeff".encode()).splitlines() if line.strip()]
    told = len(outcome.taken) + len(outcome.unchanged) + len(outcome.left_out)
    assert told == len([line for line in lines if not line.lstrip().startswith(b"#")])


def test_who_is_shut_out_here_stays_so() -> None:
    """Also where somebody asks for the lines to be replaced."""
    foreign = read_foreign_htpasswd(GOOD.encode(), "x")
    outcome = merge(HtpasswdFile(f"good:!{BCRYPT}\n".encode()), foreign, replace=True)
    assert outcome.taken == []
    assert outcome.left_out[0].problem == "is in auth/htpasswd already, shut out by a !"


def test_a_line_of_sha_256_is_taken_for_a_token() -> None:
    """It looks the same; who imports it is told what it lets in."""
    foreign = read_foreign_htpasswd(f"ci:{hash_token(b'x')}\n".encode(), "x")
    assert merge(HtpasswdFile(b""), foreign, replace=False).tokens == ["ci"]
