import tomllib

import pytest

from authenticator.toml_lines import Path, line_of

HIDDEN = '''\
# [not] a {table} = "
text = "[ { # \\" ]"
raw = '[ # " {'
long = """
[rules]  # no table
one " and two "" quotes, an \\""" escape
five at its end"""""
lines = \'\'\'
] } #
four at its end\'\'\'\'
empty = ["", \'\', """""", \'\'\'\'\'\']
here = 1
'''


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1", ("a",), 1),
        ("a = 1\nb = 2\n", ("b",), 2),
        ("a = 1\n\n# a comment\nb = 2\n", ("b",), 4),
        ("a = 1\r\nb = 2\r\nc = 3\r\n", ("c",), 3),
        ("a = [\n 1,\n 2,\n]\nb = 1", ("b",), 5),
        ("a = [\n 1,\n 2,\n]\nb = 1", ("a", 1), 1),
        ("a = [ # ] and [\n 1, # }\n]\nb = 1", ("b",), 4),
        ("a = [[1,\n 2], [\n3]]\nb = 1", ("b",), 4),
        ("a = {b = {c = 1}}\nd = 2", ("a", "b", "c"), 1),
        ("a = {b = [\n1,\n2]}\nd = 2", ("d",), 4),
        ("a.b.c = 1\na.b.d = 2", ("a", "b", "d"), 2),
        ("[a]\nb = 1\n\n[c]\nd = 2", ("c", "d"), 5),
        ("[a]\nb = 1\n\n[c]\nd = 2", ("c",), 4),
        ("[a.b]\nc = 1\n[a]\nd = 2", ("a", "d"), 4),
        ("[a.b]\nc = 1\n[a]\nd = 2", ("a",), 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[[a]]\nb = 3", ("a", 2, "b"), 6),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[[a]]\nb = 3", ("a", 2), 5),
        ("[[a]]\n[[a]]\n[[a.b]]\n[[a.b]]\nc = 1", ("a", 1, "b", 1, "c"), 5),
        ('"a # [" = 1\n"b" = 2', ("b",), 2),
        ("'[' = 1\nb = 2", ("b",), 2),
        ('a = """\nx\ny"""\nb = 1', ("b",), 4),
        ('a = "\\\\"\nb = """\n"""\nc = 1', ("c",), 4),
        ('a = ["""x"""", "]",\n1]\nb = 1', ("b",), 3),
        ("a = ['''x'''', ']',\n1]\nb = 1", ("b",), 3),
        (HIDDEN, ("here",), 12),
        (HIDDEN, ("empty", 3), 11),
        (HIDDEN, ("lines",), 8),
        (HIDDEN, ("long",), 4),
    ],
)
def test_a_value_stands_on_the_line_that_its_statement_begins_on(text: str, path: Path, line: int) -> None:
    """Whatever hides in strings and comments before it, and however its lines end."""
    tomllib.loads(text)
    assert line_of(text, path) == line
