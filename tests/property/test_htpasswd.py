"""Whatever stands in a password file, its good lines count."""

import re

import bcrypt
from hypothesis import example, given
from hypothesis import strategies as st

from authenticator.htpasswd import HIGHEST_COST, Htpasswd, describe_bad_lines, parse_htpasswd

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters=":"), min_size=1, max_size=12
).filter(lambda name: name == name.strip() and not name.startswith(("#", "\ufeff")))
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
COSTS = st.integers(4, HIGHEST_COST)
BCRYPT = st.builds(
    "${}${:02}${}{}{}".format,
    st.sampled_from(["2a", "2b", "2y"]),
    COSTS,
    st.text(_ALPHABET, min_size=21, max_size=21),
    st.sampled_from(".Oeu"),
    st.text(_ALPHABET, min_size=31, max_size=31),
)
SHA256 = st.from_regex(r"\{SHA256\}[A-Za-z0-9+/]{43}=", fullmatch=True)
HASHES = BCRYPT | SHA256
# What must never be told of a line; no sentence of ours has it.
_SECRET = "S3CRET"
BAD_HASHES = st.one_of(
    st.sampled_from(["", "!", "plain", "$apr1$x$y", "{SHA}x", "{SHA256}x", "$2x$10$", "$2$10$"]),
    BCRYPT.map(lambda stored: f"!{stored}"),
    BCRYPT.map(lambda stored: stored[:-1]),
    BCRYPT.map(lambda stored: f"{stored}."),
    BCRYPT.map(lambda stored: stored.replace("$2", "$3")),
    BCRYPT.map(lambda stored: re.sub(r"\$[01][0-9]\$", "$12$", stored)),
    BCRYPT.map(lambda stored: re.sub(r"\$[01][0-9]\$", "$03$", stored)),
    SHA256.map(str.lower),
)
BAD_LINES = st.one_of(
    st.builds("{}:{}{}".format, NAMES, BAD_HASHES, st.just(_SECRET)).map(str.encode),
    st.sampled_from([b"", b":", b"\xff:", b" a:", b"a\0:", b"a" * 256 + b":"]).map(
        lambda start: start + _SECRET.encode()
    ),
)
USELESS_LINES = st.sampled_from([b"", b"  ", b"# a comment", b"#a:b"])
LINE_ENDS = st.sampled_from([b"\n", b"\r\n"])


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.lists(BAD_LINES).map(b"\n".join))
def test_any_file_is_read(content: bytes) -> None:
    """Nothing is raised; each bad line is told by its number and its defect, never by its content."""
    htpasswd = parse_htpasswd(content)
    lines = content.splitlines()
    numbers = [bad.number for bad in htpasswd.bad_lines]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= len(lines) for number in numbers)
    assert len(htpasswd.hashes) + len(numbers) <= len(lines)
    told = describe_bad_lines(htpasswd.bad_lines)
    assert told.isascii()
    assert told.isprintable()
    assert len(told) < 1000
    assert _SECRET not in told + repr(htpasswd)


PROBLEMS = {
    b"alice": "it does not begin with a name and a colon",
    b"\xff:x": "its name is not UTF-8",
    b"alice :x": "its name begins or ends with white space",
    b"alice:\xff": "its hash is neither bcrypt ($2y$) nor {SHA256} of a token",
    b"alice:$2b$12$" + b"." * 53: "its bcrypt cost 12 is above 11",
}


def test_each_defect_is_told_in_its_own_words() -> None:
    """And a hash of the highest cost is none."""
    htpasswd = parse_htpasswd(b"\n".join(PROBLEMS).replace(b"alice:\xff", b"bob:\xff"))
    assert [bad.problem for bad in htpasswd.bad_lines] == list(PROBLEMS.values())
    highest = parse_htpasswd(b"alice:$2b$11$" + b"." * 53)
    assert (highest.highest_cost, highest.bad_lines) == (11, ())


@given(st.integers(1, 30))
def test_the_first_ten_bad_lines_are_described(count: int) -> None:
    """And the rest counted, if there is any."""
    told = describe_bad_lines(parse_htpasswd(b"bad\n" * count).bad_lines)
    assert told.startswith(f"{count} left out: line 1 (it does not begin with a name and a colon)")
    assert told.count("line ") == min(count, 10)
    assert told.endswith(f", and {count - 10} more") == (count > 10)
    assert ("more" in told) == (count > 10)


@given(st.lists(st.tuples(NAMES, HASHES), max_size=6, unique_by=lambda entry: entry[0]), st.data())
def test_a_good_line_counts_whatever_stands_around_it(
    entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    """A bad line takes no line of another name down, and neither do comments and line ends."""
    names = [name.encode() for name, _ in entries]
    bad_lines = BAD_LINES.filter(lambda line: line.split(b":")[0] not in names)
    others = st.lists(bad_lines | USELESS_LINES, max_size=2)
    content = data.draw(st.sampled_from([b"", "\ufeff".encode()]))
    for name, stored in entries:
        for line in [*data.draw(others), f"{name}:{stored}".encode()]:
            content += line + data.draw(LINE_ENDS)
    htpasswd = parse_htpasswd(content)
    assert htpasswd.hashes == dict(entries)
    costs = [int(stored[4:6]) for _, stored in entries if stored.startswith("$")]
    assert htpasswd.highest_cost == max(costs, default=None)


WRITTEN = (HASHES | BAD_HASHES).map(str.encode) | st.binary(max_size=8).map(
    lambda raw: raw.translate(None, b"\r\n")
)


@given(NAMES, st.lists(WRITTEN, min_size=1, max_size=4))
@example("alice", [b"\xff", f"{{SHA256}}{'a' * 43}=".encode()])
@example("alice", [b"!:x", f"{{SHA256}}{'a' * 43}=".encode()])
def test_of_one_name_the_first_line_decides(name: str, written: list[bytes]) -> None:
    """Also if it is a bad one, of whatever bytes: so a name is shut out."""
    lines = [name.encode() + b":" + stored for stored in written]
    htpasswd = parse_htpasswd(b"\n".join(lines))
    alone = parse_htpasswd(lines[0])
    assert htpasswd.hashes == alone.hashes
    assert len(htpasswd.hashes) + len(htpasswd.bad_lines) == len(written)


@given(BCRYPT | st.text(_ALPHABET + "${}", max_size=64), st.binary(min_size=1, max_size=72))
def test_bcrypt_takes_every_hash_that_is_taken(stored: str, password: bytes) -> None:
    """At the lowest cost here; it raises on many that are not."""
    cheapest = re.sub(r"(?<=^\$2[aby]\$)[01][0-9](?=\$)", "04", stored)
    htpasswd: Htpasswd = parse_htpasswd(f"alice:{cheapest}".encode())
    for taken in htpasswd.hashes.values():
        assert isinstance(bcrypt.checkpw(password.replace(b"\0", b"x"), taken.encode()), bool)
