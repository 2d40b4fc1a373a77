"""Whatever stands in a password file, an edit changes the lines of those it is about, and no other byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator.htpasswd import parse_htpasswd
from authenticator.tokens import hash_token
from serverless_pypi.auth.entry import NameTakenError, NoSuchNameError, ShutOutError, WrongKindError
from serverless_pypi.auth.htpasswd_file import HtpasswdFile, LastNameError, UnreadableHtpasswdError
from serverless_pypi.errors import CommandError
from tests.property.test_htpasswd import BAD_LINES, HASHES, LINE_ENDS, NAMES, USELESS_LINES

BCRYPT = "$2y$10$" + "." * 21 + "O" + "a" * 31
OTHER = BCRYPT.replace("a", "b")
TOKEN = hash_token(b"spp_")

#: Few, so that lines meet.
FEW_NAMES = st.sampled_from(["alice", "bob", "Zoë", "ci/linux", "nobody"]) | NAMES
LINES = st.one_of(
    st.builds("{}:{}".format, FEW_NAMES, HASHES).map(str.encode),
    st.builds("{}:!{}".format, FEW_NAMES, HASHES).map(str.encode),
    BAD_LINES,
    USELESS_LINES,
    st.binary(max_size=12).map(lambda raw: raw.translate(None, b"\r\n")),
)
FILES = st.builds(
    lambda mark, lines, last: mark + b"".join(line + end for line, end in lines) + last,
    st.sampled_from([b"", b"", "\ufeff".encode()]),
    st.lists(st.tuples(LINES, LINE_ENDS), max_size=8),
    st.just(b"") | LINES,
)


def lines_of(content: bytes) -> list[tuple[str | None, bytes]]:
    """Each line without its end, and whose it is, as somebody finds who reads the file by eye."""
    found = []
    for line in content.removeprefix("\ufeff".encode()).splitlines():
        name = line.partition(b":")[0].decode(errors="replace")
        # A line of the name's own tells whether that can be one.
        whose = name if b":" in line and name in parse_htpasswd(f"\n{name}:{TOKEN}".encode()).hashes else None
        found.append((whose, line))
    return found


@given(FILES)
def test_the_names_are_those_that_the_authenticator_takes(content: bytes) -> None:
    """And every other line of a name is there too, with the reason; each name once, by its first line."""
    parsed = parse_htpasswd(content)
    htpasswd = HtpasswdFile(content)

    good = {name: entry.stored for name, entry in htpasswd.entries.items() if entry.problem is None}
    assert good == parsed.hashes
    assert set(htpasswd.names) == set(parsed.hashes)
    told = [entry.number for entry in htpasswd.entries.values() if entry.problem is not None]
    assert sorted(told + [bad.number for bad in htpasswd.other_bad_lines]) == [
        bad.number for bad in parsed.bad_lines
    ]


@given(FILES, FEW_NAMES, HASHES)
def test_a_new_name_is_a_line_at_the_end(content: bytes, name: str, stored: str) -> None:
    """Whatever the file's last line, and its line ends."""
    before = HtpasswdFile(content)
    if name in before.entries:
        if before.entries[name].stored != stored:
            with pytest.raises(NameTakenError):
                before.with_new(name, stored)
        return
    after = before.with_new(name, stored)
    assert after.content.startswith(content)
    assert lines_of(after.content) == [*lines_of(content), (name, f"{name}:{stored}".encode())]
    assert parse_htpasswd(after.content).hashes == {**parse_htpasswd(content).hashes, name: stored}


@given(FILES, FEW_NAMES, HASHES)
def test_another_hash_stands_where_the_first_line_stood(content: bytes, name: str, stored: str) -> None:
    """The name's other lines go, that none of them counts one day; nobody else's line is touched."""
    after = HtpasswdFile(content).with_lines({name: stored})

    hashes = parse_htpasswd(after.content).hashes
    assert hashes == {**parse_htpasswd(content).hashes, name: stored}
    assert [line for line in lines_of(after.content) if line[0] != name] == [
        line for line in lines_of(content) if line[0] != name
    ]
    assert [line for line in lines_of(after.content) if line[0] == name] == [
        (name, f"{name}:{stored}".encode())
    ]
    numbers = [number for number, line in enumerate(lines_of(content)) if line[0] == name]
    assert [number for number, line in enumerate(lines_of(after.content)) if line[0] == name] == (
        numbers[:1] or [len(lines_of(content))]
    )


@given(FILES, st.lists(FEW_NAMES, max_size=3))
def test_a_removed_name_has_no_line_left(content: bytes, names: list[str]) -> None:
    """A second line of it would count as soon as the first is gone."""
    before = HtpasswdFile(content)
    good = parse_htpasswd(content).hashes
    left = {name: stored for name, stored in good.items() if name not in names}
    if good and not left:
        with pytest.raises(LastNameError):
            before.without(names)
        after = before.without(names, last={"nobody": TOKEN})
        assert parse_htpasswd(after.content).hashes == {"nobody": TOKEN}
        return
    after = before.without(names)
    assert lines_of(after.content) == [line for line in lines_of(content) if line[0] not in names]
    assert parse_htpasswd(after.content).hashes == left


@given(FILES, FEW_NAMES, HASHES)
def test_what_was_put_is_taken_back(content: bytes, name: str, stored: str) -> None:
    """Unless somebody has changed it again meanwhile."""
    before = HtpasswdFile(content)
    after = before.with_lines({name: stored})
    former = before.entries[name].stored if name in before.entries else None
    back = after.with_former(name, former, instead_of=stored)
    assert parse_htpasswd(back.content).hashes == parse_htpasswd(content).hashes
    assert after.with_former(name, former, instead_of="another").content == after.content


@given(FILES)
def test_an_edit_of_nothing_changes_no_byte(content: bytes) -> None:
    assert HtpasswdFile(content).with_lines({}).content == content


def test_lines_from_windows_get_a_line_as_from_windows() -> None:
    """And a last line without an end gets one."""
    htpasswd = HtpasswdFile(f"# ours\r\nalice:{BCRYPT}".encode())
    assert htpasswd.with_new("ci", TOKEN).content == f"# ours\r\nalice:{BCRYPT}\r\nci:{TOKEN}\r\n".encode()


def test_our_own_line_is_no_name_that_is_taken() -> None:
    """A PUT whose answer was lost is tried once more, and finds what it wrote."""
    htpasswd = HtpasswdFile(f"alice:{BCRYPT}\n".encode())
    assert htpasswd.with_new("alice", BCRYPT) is htpasswd


REFUSALS = [
    (f"alice:{BCRYPT}", "serverless-pypi user passwd alice` gives a new password"),
    ("alice:$apr1$x$y", "serverless-pypi user passwd alice` gives a new password"),
    (f"alice:{TOKEN}", "is a token's name, so choose another, or `serverless-pypi token revoke alice`"),
    (f"alice:!{BCRYPT}", "a ! shuts it out; `serverless-pypi user remove alice` lets"),
    (f"alice:!{TOKEN}", "a ! shuts it out; `serverless-pypi token revoke alice` lets"),
]


@pytest.mark.parametrize(("line", "way"), REFUSALS)
def test_who_finds_a_name_taken_is_shown_the_way(line: str, way: str) -> None:
    htpasswd = HtpasswdFile(f"# first\n{line}\n".encode())
    with pytest.raises(NameTakenError) as refused:
        htpasswd.with_new("alice", OTHER)
    assert way in str(refused.value)
    assert "on line 2" in str(refused.value)
    assert "$" not in str(refused.value)


def test_a_name_with_spaces_is_quoted_in_the_command_that_is_shown() -> None:
    htpasswd = HtpasswdFile(f"Ann Lee:{BCRYPT}\n".encode())
    with pytest.raises(NameTakenError, match="user passwd 'Ann Lee'`"):
        htpasswd.require_free("Ann Lee")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (f"bob:{BCRYPT}", NoSuchNameError),
        (f"alice:{TOKEN}", WrongKindError),
        (f"alice:!{BCRYPT}", ShutOutError),
    ],
)
def test_another_password_is_for_who_has_one_and_is_not_shut_out(
    line: str, error: type[CommandError]
) -> None:
    """Also if that came to be only while somebody thought of a password."""
    with pytest.raises(error):
        HtpasswdFile(line.encode()).with_password("alice", OTHER)


def test_a_line_that_cannot_be_used_is_mended_by_a_password() -> None:
    htpasswd = HtpasswdFile(b"alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n").with_password("alice", BCRYPT)
    assert htpasswd.content == f"alice:{BCRYPT}\n".encode()


def test_a_file_of_too_many_lines_is_none_and_none_becomes_one() -> None:
    """The authenticator would not read it."""
    full = b"#\n" * 29_999 + f"alice:{BCRYPT}\n".encode()
    with pytest.raises(UnreadableHtpasswdError, match="more than 30000 lines"):
        HtpasswdFile(full).with_new("bob", BCRYPT)
    with pytest.raises(UnreadableHtpasswdError, match=r"version before \(docs/operating.md\)"):
        HtpasswdFile(full + b"#\n")


def test_no_hash_is_ever_shown() -> None:
    htpasswd = HtpasswdFile(f"alice:{BCRYPT}\n".encode())
    assert "$2y" not in repr(htpasswd) + repr(htpasswd.entries)
