import pytest
from authenticator.htpasswd import parse_htpasswd
from authenticator.tokens import hash_token, issue_token

from tests.authenticator.passwords import hash_password

HASH = "$2y$05$" + "." * 21 + "O" + "a" * 31


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_in_its_three_spellings_is_taken(prefix: str) -> None:
    """htpasswd -B writes $2y$, Python's bcrypt $2b$."""
    stored = prefix + HASH[4:]
    assert parse_htpasswd(f"alice:{stored}\n".encode()).hashes == {"alice": stored}


def test_a_token_line_is_taken() -> None:
    """{SHA256} keeps a generated token."""
    stored = hash_token(issue_token().encode())
    assert parse_htpasswd(f"ci:{stored}".encode()).hashes == {"ci": stored}


@pytest.mark.parametrize(
    "line",
    [
        "alice",
        ":" + HASH,
        "alice:" + HASH + "x",
        "alice:" + HASH[:-1],
        "alice:" + HASH.replace("$2y$", "$2x$"),
        "alice:" + HASH.replace("$2y$", "$2$"),
        "alice:" + HASH.replace("$05$", "$12$"),
        "alice:" + HASH.replace("$05$", "$31$"),
        "alice:" + HASH.replace("$05$", "$03$"),
        "alice:" + HASH.replace("$05$", "$005$"),
        "alice:" + HASH.replace("$05$", "$+5$"),
        "alice:" + HASH.replace("O", "P"),
        "alice:" + HASH[1:],
        "alice:$apr1$Vmg1Oj2R$SOiFxmPmxJ2qpWlVbbQVP0",
        "alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "alice:{SHA256}short=",
        "alice:plain",
        "al\tice:" + HASH,
        "alice: " + HASH,
    ],
)
def test_a_bad_line_is_named_by_number_and_takes_no_other_down(line: str) -> None:
    """The problem says nothing of what stands in the line."""
    htpasswd = parse_htpasswd(f"good:{HASH}\n{line}\nalso:{HASH}\n".encode())
    assert sorted(htpasswd.hashes) == ["also", "good"]
    (bad,) = htpasswd.bad_lines
    assert bad.number == 2
    assert "alice" not in bad.problem
    assert HASH[10:] not in bad.problem


def test_line_ends_blank_lines_and_comments_do_not_matter() -> None:
    """Files come from Windows and from editors."""
    htpasswd = parse_htpasswd(f"# who\r\n\r\nalice:{HASH}\r\n\n".encode())
    assert list(htpasswd.hashes) == ["alice"]
    assert htpasswd.bad_lines == ()


def test_bytes_that_are_no_text_are_one_bad_line() -> None:
    """A line is refused, not the file."""
    htpasswd = parse_htpasswd(b"\xff:x\n" + f"alice:{HASH}".encode())
    assert list(htpasswd.hashes) == ["alice"]


def test_the_usual_cost_is_the_commonest() -> None:
    """An unknown name is given a check of it."""
    lines = "\n".join(f"u{n}:{hash_password('x', cost)}" for n, cost in enumerate([4, 5, 5]))
    assert parse_htpasswd(lines.encode()).usual_cost == 5


def test_a_file_of_tokens_has_no_usual_cost() -> None:
    """Then nobody's password can be right, and none is hashed."""
    assert parse_htpasswd(f"ci:{hash_token(b'x')}".encode()).usual_cost is None


def test_the_hashes_are_not_shown() -> None:
    """A repr reaches logs sooner or later."""
    assert HASH not in repr(parse_htpasswd(f"alice:{HASH}".encode()))
