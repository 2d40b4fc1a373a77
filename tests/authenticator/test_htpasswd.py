import pytest

from authenticator.htpasswd import BadLine, describe_bad_lines, parse_htpasswd
from authenticator.tokens import hash_token

HASH = "$2y$05$" + "." * 21 + "O" + "a" * 31


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_in_its_three_spellings_is_taken(prefix: str) -> None:
    """htpasswd -B writes $2y$, Python's bcrypt $2b$."""
    stored = prefix + HASH[4:]
    assert parse_htpasswd(f"alice:{stored}\n".encode()).hashes == {"alice": stored}


def test_a_token_line_is_taken() -> None:
    """{SHA256} keeps a generated token."""
    stored = hash_token(b"spp_")
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
        "alice :" + HASH,
        " alice:" + HASH,
        "alice\u00a0:" + HASH,
        "\ufeffalice :" + HASH,
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


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    """Editors on Windows begin a file with it."""
    htpasswd = parse_htpasswd(f"\ufeffalice:{HASH}".encode())
    assert list(htpasswd.hashes) == ["alice"]


def test_a_second_line_of_a_name_is_a_bad_line() -> None:
    """The first counts, as with Apache; but who added the second should know that it does not."""
    other = HASH.replace("$05$", "$06$")
    htpasswd = parse_htpasswd(f"alice:{HASH}\nbob:{HASH}\nalice:{other}\n".encode())
    assert htpasswd.hashes == {"alice": HASH, "bob": HASH}
    assert htpasswd.bad_lines == (BadLine(number=3, problem="the name stands on line 1 already"),)


@pytest.mark.parametrize("first", ["!" + HASH, "", HASH.replace("$05$", "$12$")])
def test_a_bad_first_line_claims_its_name(first: str) -> None:
    """Whoever was shut out stays out, whatever an older line further down says."""
    htpasswd = parse_htpasswd(f"alice:{first}\nalice:{HASH}\n".encode())
    assert htpasswd.hashes == {}
    assert [bad.number for bad in htpasswd.bad_lines] == [1, 2]


def test_a_comment_claims_no_name() -> None:
    """It is none of the file's lines."""
    assert parse_htpasswd(f"#alice:{HASH}\nalice:{HASH}\n".encode()).hashes == {"alice": HASH}


def test_many_bad_lines_are_one_line_of_the_log() -> None:
    """At most ten of them are named, and all are counted."""
    two = parse_htpasswd(b"alice\nbob:plain\n").bad_lines
    assert describe_bad_lines(two) == (
        "2 left out: line 1 (it does not begin with a name and a colon), "
        "line 2 (its hash is neither bcrypt ($2y$) nor {SHA256} of a token)"
    )
    many = describe_bad_lines(parse_htpasswd(b"x\n" * 5000).bad_lines)
    assert many.startswith("5000 left out: line 1 (")
    assert many.endswith("line 10 (it does not begin with a name and a colon), and 4990 more")


def test_the_highest_cost_is_known() -> None:
    """A check of each name is made to cost as much."""
    lines = "\n".join(f"u{n}:{HASH.replace('05', cost)}" for n, cost in enumerate(["04", "06", "05", "04"]))
    assert parse_htpasswd(lines.encode()).highest_cost == 6


def test_a_file_of_tokens_has_no_cost() -> None:
    """Then nobody's password can be right, and none is hashed."""
    assert parse_htpasswd(f"ci:{hash_token(b'x')}".encode()).highest_cost is None


def test_the_hashes_are_not_shown() -> None:
    """A repr reaches logs sooner or later."""
    assert HASH not in repr(parse_htpasswd(f"alice:{HASH}".encode()))


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_file_of_very_many_lines_is_refused_whole(end: bytes) -> None:
    """To read two megabytes of short ones the edge has neither the time nor the memory."""
    most = f"alice:{HASH}".encode() + end + (b"ab" + end) * 29_999
    assert list(parse_htpasswd(most).hashes) == ["alice"]
    with pytest.raises(ValueError, match=r"^it has more than 30000 lines$"):
        parse_htpasswd(most + b"ab" + end)
